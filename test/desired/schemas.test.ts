import { Ajv2020 } from 'ajv/dist/2020.js'
import type { AnySchema } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import combined from '../../schemas/simplane.schema.json' with { type: 'json' }
import type { Schema } from '../../src/desired/kinds.ts'
import { KINDS, SCHEMAS } from '../../src/desired/kinds.ts'

type Node = Schema & {
  readonly $id?: string
  readonly $schema?: string
  readonly examples?: readonly unknown[]
}

/** Every place of a schema that describes a value, with its path. */
function* described(schema: Node, path: string): Generator<readonly [string, Node]> {
  yield [path, schema]
  for (const [name, below] of Object.entries(schema.properties ?? {}))
    yield* described(below, `${path}/properties/${name}`)
  for (const [name, below] of Object.entries(schema.$defs ?? {}))
    yield* described(below, `${path}/$defs/${name}`)
  for (const [at, below] of (schema.anyOf ?? []).entries()) yield* described(below, `${path}/anyOf/${at}`)
  if (schema.items !== undefined) yield* described(schema.items, `${path}/items`)
  if (typeof schema.additionalProperties === 'object')
    yield* described(schema.additionalProperties, `${path}/additionalProperties`)
}

function compiler(): Ajv2020 {
  return new Ajv2020({ strict: true, strictRequired: false })
}

describe.each(KINDS)('the schema of %s', (kind) => {
  const schema: Node = SCHEMAS[kind]
  const all = [...described(schema, '#')]

  test('is 2020-12 and compiles in strict mode', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(() => compiler().compile(schema)).not.toThrow()
  })

  test('explains every key: a title or a reference to one, a description, examples', () => {
    const silent = all.filter(([, node]) => {
      if (node.$ref !== undefined && node.title === undefined) return false
      return node.title === undefined || node.description === undefined || (node.examples ?? []).length === 0
    })
    expect(silent.map(([path]) => path)).toEqual([])
    expect(all.length).toBeGreaterThan(10)
  })

  test('has examples that are valid where they stand', () => {
    const ajv = compiler().addSchema(schema, 'whole')
    const wrong = all.flatMap(([path, node]) =>
      (node.examples ?? [])
        .filter((example) => !ajv.validate({ $ref: `whole${path}` }, example))
        .map((example) => [path, example]),
    )
    expect(wrong).toEqual([])
  })

  test('knows every key: no mapping lets others in, labels apart', () => {
    const open = all.filter(
      ([, node]) => node.properties !== undefined && node.additionalProperties !== false,
    )
    expect(open.map(([path]) => path)).toEqual([])
  })

  test('is in the combined schema word for word', () => {
    const { $schema: _, $id: __, $defs, ...own } = schema
    const definitions: Readonly<Record<string, unknown>> = combined.$defs
    expect(definitions[kind]).toEqual(own)
    for (const [name, definition] of Object.entries($defs ?? {}))
      expect(definitions[name]).toEqual(definition)
  })
})

describe('the combined schema', () => {
  const validate = compiler().compile(combined as AnySchema)

  test('takes the documented example of every kind', () => {
    expect(combined.examples.map(({ kind }) => kind)).toEqual(KINDS)
    for (const example of combined.examples) expect(validate(example)).toBe(true)
  })

  test('judges a document by its kind', () => {
    const policy = {
      apiVersion: 'simplane/v1',
      kind: 'Policy',
      metadata: { name: 'a' },
      spec: { devices: ['A'] },
    }
    expect(validate(policy)).toBe(false)
    expect(validate({ ...policy, kind: 'Retirement' })).toBe(true)
    expect(validate({ ...policy, kind: 'Settings' })).toBe(false)
  })
})
