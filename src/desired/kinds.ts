import type { ValidateFunction } from 'ajv/dist/2020.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import deviceGroup from '../../schemas/device-group.schema.json' with { type: 'json' }
import esimConfiguration from '../../schemas/esim-configuration.schema.json' with { type: 'json' }
import policy from '../../schemas/policy.schema.json' with { type: 'json' }
import retirement from '../../schemas/retirement.schema.json' with { type: 'json' }

/** The kinds of the desired state. */
export const KINDS = ['EsimConfiguration', 'DeviceGroup', 'Retirement', 'Policy'] as const
export type Kind = (typeof KINDS)[number]

/** The part of JSON Schema that the desired state uses. */
export type Schema = {
  readonly $ref?: string
  readonly $defs?: Readonly<Record<string, Schema>>
  readonly title?: string
  readonly description?: string
  readonly type?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly enum?: readonly string[]
}

/** The schema of each kind, as published in `schemas/`. */
export const SCHEMAS: Readonly<Record<Kind, Schema>> = {
  EsimConfiguration: esimConfiguration,
  DeviceGroup: deviceGroup,
  Retirement: retirement,
  Policy: policy,
}

export function isKind(text: string | undefined): text is Kind {
  return KINDS.some((kind) => kind === text)
}

/** Follows `$ref` to the definitions of the same schema. */
export function resolve(schema: Schema | undefined, root: Schema): Schema | undefined {
  const name = schema?.$ref?.replace('#/$defs/', '')
  return name === undefined ? schema : root.$defs?.[name]
}

const compiled = new Map<Kind, ValidateFunction>()

/** The validator of a kind, compiled at its first use. */
export function validatorOf(kind: Kind): ValidateFunction {
  const known = compiled.get(kind)
  if (known !== undefined) return known
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    strictRequired: false,
    ownProperties: true,
  })
  const validate = ajv.compile(SCHEMAS[kind])
  compiled.set(kind, validate)
  return validate
}
