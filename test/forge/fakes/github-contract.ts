import { Ajv, type ValidateFunction } from 'ajv'
import description from './github-openapi.json' with { type: 'json' }

type Json = { readonly [key: string]: unknown }
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema: Json
}
type Operation = {
  readonly parameters: readonly Parameter[]
  readonly body?: Json
  readonly bodyRequired?: boolean
  readonly responses: readonly string[]
}

/** A request as it came: the path without the API's base. */
export type Asked = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

/** What is wrong with a request, by GitHub's own description of its API; an empty list: nothing. */
export type Contract = {
  wrong(asked: Asked): readonly string[]
  /** May GitHub answer this one like that? */
  mayAnswer(asked: Asked, status: number): boolean
}

const ajv = new Ajv({ strict: false, validateFormats: false, coerceTypes: false, allErrors: true })
const ofText = new Ajv({ strict: false, validateFormats: false, coerceTypes: true })

/** Checks against `github-openapi.json`. Stricter than GitHub: a key that it does not describe is wrong, too. */
export const CONTRACT: Contract = readContract()

function readContract(): Contract {
  const operations = Object.entries(description.operations as Readonly<Record<string, Operation>>).map(
    ([route, operation]) => {
      const [method = '', template = ''] = route.split(' ')
      const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      return {
        method,
        names,
        operation,
        pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '([^/]+)')}$`),
        body: operation.body === undefined ? undefined : ajv.compile(closed(operation.body) as Json),
      }
    },
  )
  const find = ({ method, path }: Asked) =>
    operations.find((each) => each.method === method && each.pattern.test(path))

  return {
    wrong(asked) {
      const found = find(asked)
      if (found === undefined) return [`${asked.method} ${asked.path} is not described`]
      const values = found.pattern.exec(asked.path)?.slice(1) ?? []
      const inPath = Object.fromEntries(found.names.map((name, at) => [name, values[at] ?? '']))
      return [
        ...wrongValues(found.operation.parameters, 'path', inPath),
        ...wrongValues(found.operation.parameters, 'query', Object.fromEntries(asked.query)),
        ...wrongBody(found.body, found.operation, asked.body),
      ].map((what) => `${asked.method} ${asked.path}: ${what}`)
    },
    mayAnswer: (asked, status) => find(asked)?.operation.responses.includes(String(status)) ?? false,
  }
}

function wrongValues(
  parameters: readonly Parameter[],
  where: string,
  values: Readonly<Record<string, string>>,
): string[] {
  const described = parameters.filter((each) => each.in === where)
  const unknown = Object.keys(values).filter((name) => !described.some((each) => each.name === name))
  const missing = described.filter(({ name, required }) => required === true && !(name in values))
  const bad = described.filter(({ name, schema }) => {
    const value = values[name]
    return value !== undefined && !ofText.validate(schema, decodeURIComponent(value))
  })
  return [
    ...unknown.map((name) => `unknown ${where} parameter ${name}`),
    ...missing.map(({ name }) => `no ${where} parameter ${name}`),
    ...bad.map(({ name }) => `bad ${where} parameter ${name}: ${values[name]}`),
  ]
}

function wrongBody(validate: ValidateFunction | undefined, operation: Operation, body: string): string[] {
  if (validate === undefined) return body === '' ? [] : ['a body where none is taken']
  if (body === '') return operation.bodyRequired === true ? ['no body'] : []
  let parsed: unknown
  try {
    parsed = JSON.parse(body)
  } catch {
    return ['a body that is no JSON']
  }
  return validate(parsed) ? [] : [ajv.errorsText(validate.errors, { dataVar: 'body' })]
}

/** OpenAPI 3.0 as a JSON Schema, in which objects have no other keys than those that are described. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed)
  if (typeof schema !== 'object' || schema === null) return schema
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      key === 'properties' ? eachClosed(value as Json) : closed(value),
    ]),
  )
  const made =
    'properties' in rest && !('additionalProperties' in rest)
      ? { ...rest, additionalProperties: false }
      : rest
  return nullable === true ? { anyOf: [made, { type: 'null' }] } : made
}

function eachClosed(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, closed(value)]))
}
