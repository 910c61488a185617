import { Ajv, type ValidateFunction } from 'ajv'

type Json = { readonly [key: string]: unknown }
type Parameter = {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly type?: string
  readonly enum?: readonly unknown[]
  readonly schema?: { readonly $ref: string }
}
type Operation = { readonly parameters: readonly Parameter[] }

/** A description of an API, Swagger 2.0, as much of it as is used. */
export type Description = {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly definitions: Readonly<Record<string, Json>>
}

/** A request as it came: the path without the API's base, encoded. */
export type Asked = {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly body: string
}

/** The operation that a request is for, with the decoded values of its path, and what is wrong with the request. */
export type Found = {
  readonly operation: string
  readonly values: Readonly<Record<string, string>>
  readonly wrong: readonly string[]
}

/** These hold slashes as they are, in Gitea; everything else is one part of the path. */
const WITH_SLASHES: ReadonlySet<string> = new Set(['filepath', 'branch'])

/** Stricter than the forges: a key or a parameter that is not described is wrong, too. */
export function openContract({ paths, definitions }: Description): (asked: Asked) => Found | undefined {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true })
  const ofText = new Ajv({ strict: false, validateFormats: false, coerceTypes: true })
  ajv.addSchema({ $id: 'api', definitions: Object.fromEntries(Object.entries(definitions).map(closed)) })
  const operations = Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      method: method.toUpperCase(),
      template,
      operation,
      names: [...template.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name),
      pattern: new RegExp(
        `^${template.replaceAll(/\{(\w+)\}/g, (_, name: string) => (WITH_SLASHES.has(name) ? '(.+)' : '([^/]+)'))}$`,
      ),
      body: bodyOf(operation),
    })),
  )

  function bodyOf({ parameters }: Operation): ValidateFunction | undefined {
    const body = parameters.find((each) => each.in === 'body')?.schema
    return body === undefined ? undefined : ajv.compile({ $ref: `api${body.$ref}` })
  }

  function wrongBody(validate: ValidateFunction | undefined, body: string): string[] {
    if (validate === undefined) return body === '' ? [] : ['a body where none is taken']
    try {
      const valid: unknown = validate(JSON.parse(body))
      return valid === true ? [] : [ajv.errorsText(validate.errors, { dataVar: 'body' })]
    } catch {
      return ['a body that is no JSON']
    }
  }

  function wrongValue({ type = 'string', enum: among }: Parameter, value: string): boolean {
    return !ofText.validate({ type, ...(among === undefined ? {} : { enum: [...among] }) }, value)
  }

  return ({ method, path, query, body }) => {
    const found = operations.find((each) => each.method === method && each.pattern.test(path))
    if (found === undefined) return undefined
    const { parameters } = found.operation
    const parts = found.pattern.exec(path)?.slice(1) ?? []
    const values = Object.fromEntries(
      found.names.map((name, at) => [name, decodeURIComponent(parts[at] ?? '')]),
    )
    const wrong = [
      ...wrongValues(parameters, 'path', Object.entries(values)),
      ...wrongValues(parameters, 'query', [...query]),
      ...wrongBody(found.body, body),
    ]
    return {
      operation: `${method} ${found.template}`,
      values,
      wrong: wrong.map((what) => `${method} ${path}: ${what}`),
    }
  }

  function wrongValues(
    parameters: readonly Parameter[],
    where: string,
    given: readonly (readonly [string, string])[],
  ): string[] {
    const described = parameters.filter((each) => each.in === where)
    return given.flatMap(([name, value]) => {
      const parameter = described.find((each) => each.name === name)
      if (parameter === undefined) return [`unknown ${where} parameter ${name}`]
      return wrongValue(parameter, value) ? [`bad ${where} parameter ${name}: ${value}`] : []
    })
  }
}

function closed([name, schema]: readonly [string, Json]): readonly [string, Json] {
  return [name, 'properties' in schema ? { additionalProperties: false, ...schema } : schema]
}
