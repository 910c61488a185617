import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { distance } from 'fastest-levenshtein'
import schema from '../../schemas/settings.schema.json' with { type: 'json' }
import type { InvalidReason, Severity } from '../domain/finding.ts'
import type { Path } from './document.ts'

/** What is wrong with settings, and where, before anybody knows whether a file or a variable said so. */
export type Trouble = {
  readonly path: Path
  readonly onKey?: boolean
  readonly severity: Severity
  readonly reason: InvalidReason
  readonly message: string
  readonly hint?: string
}

/** Keys of contracts.md that this version does not know yet. What would protect is an error, the rest a warning. */
const LATER: Readonly<Record<string, Severity>> = {
  'source.verify': 'error',
}

let compiled: ValidateFunction | undefined

/** Settings against their schema. */
export function checkSettings(value: unknown): readonly Trouble[] {
  compiled ??= new Ajv2020({ allErrors: true, verbose: true, strict: true, strictRequired: false }).compile(
    schema,
  )
  if (compiled(value)) return []
  const errors = compiled.errors ?? []
  const told = errors.flatMap((error) => explain(error) ?? [])
  // What nothing better is said of is said as it comes: what is not valid is never let through.
  return told.length > 0 ? told : errors.slice(0, 1).map(plain)
}

function plain({ instancePath, message }: ErrorObject): Trouble {
  const path = pathOf(instancePath)
  const name = path.length === 0 ? 'the file' : path.join('.')
  return { path, severity: 'error', reason: 'bad-value', message: `${name} ${message ?? 'is not valid'}` }
}

/** The known word nearest to a written one, when it is near enough to be meant. */
export function nearest(written: string, known: readonly string[]): string | undefined {
  const begun = known.find(
    (word) => word.length > 3 && (written.startsWith(word) || word.startsWith(written)),
  )
  if (begun !== undefined && written.length > 3) return begun
  const ranked = known
    .map((word) => ({ word, steps: distance(written.toLowerCase(), word.toLowerCase()) }))
    .sort((a, b) => a.steps - b.steps)
  const [best] = ranked
  return best !== undefined && best.steps <= Math.max(1, written.length * 0.4) ? best.word : undefined
}

function explain(error: ErrorObject): Trouble | undefined {
  const path = pathOf(error.instancePath)
  const name = path.length === 0 ? 'the file' : path.join('.')
  const trouble = (reason: InvalidReason, message: string, hint?: string): Trouble => ({
    path,
    severity: 'error',
    reason,
    message,
    ...(hint === undefined ? {} : { hint }),
  })
  // What a branch was chosen by, or would have liked instead, says nothing to a person.
  if (error.keyword === 'if' || error.keyword === 'anyOf' || error.schemaPath.includes('/anyOf/'))
    return undefined
  // Of a value of another type the `type` says enough.
  const about = error.keyword === 'oneOf' ? typeof error.data === 'object' : typeof error.data === 'string'
  if (error.schemaPath.includes('/oneOf/') || (['enum', 'oneOf'].includes(error.keyword) && !about))
    return undefined
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(path, String(error.params['additionalProperty']), error.parentSchema)
    case 'required':
      return trouble('missing-key', `${name} has no ${String(error.params['missingProperty'])}`)
    case 'dependentRequired':
      return trouble(
        'missing-key',
        `${String(error.params['property'])} in ${name} needs ${String(error.params['missingProperty'])} beside it`,
      )
    case 'oneOf':
      return trouble('bad-value', `${name} has ${choicesOf(error.schema)}: exactly one of the two`)
    case 'minProperties':
    case 'maxProperties':
      return trouble('bad-value', `${name} has exactly one of env and file`)
    case 'type':
      // The value is not repeated: it may be the secret itself.
      if (error.parentSchema?.['title'] === 'Secret') {
        return trouble(
          'wrong-type',
          `${name} holds a secret, which is never written here`,
          'write { env: NAME } or { file: PATH }',
        )
      }
      return trouble('wrong-type', `${name} must be ${article(String(error.params['type']))}`)
    case 'enum':
      return trouble(
        'bad-value',
        `${name} must be ${(error.schema as readonly string[]).join(' or ')}`,
        didYouMean(error),
      )
    case 'pattern':
      return trouble(
        'bad-value',
        `${name} is no ${String(error.parentSchema?.['title']).toLowerCase()}`,
        exampleOf(error),
      )
    default:
      return trouble('bad-value', `${name} ${error.message ?? 'is not valid'}`)
  }
}

function unknownKey(path: Path, key: string, parent: ErrorObject['parentSchema']): Trouble {
  const full = [...path, key]
  const later = LATER[full.join('.')]
  if (later !== undefined) {
    const then = later === 'error' ? 'nothing is started without it' : 'it is ignored'
    const message = `${full.join('.')} comes with a later version of simplane and is not supported by this one; ${then}`
    return {
      path: full,
      onKey: true,
      severity: later,
      reason: 'unknown-key',
      message,
      hint: 'take it out for now',
    }
  }
  const known = Object.keys((parent?.['properties'] ?? {}) as object)
  const meant = nearest(key, known)
  const hint = meant === undefined ? `known here: ${known.join(', ')}` : `did you mean "${meant}"?`
  return {
    path: full,
    onKey: true,
    severity: 'error',
    reason: 'unknown-key',
    message: `unknown key "${key}"`,
    hint,
  }
}

/** The keys of which one must be there. */
function choicesOf(branches: unknown): string {
  const choices = branches as readonly { readonly required: readonly string[] }[]
  return choices.map(({ required }) => required.join(' with ')).join(' or ')
}

function didYouMean(error: ErrorObject): string | undefined {
  const meant =
    typeof error.data === 'string' ? nearest(error.data, error.schema as readonly string[]) : undefined
  return meant === undefined ? undefined : `did you mean "${meant}"?`
}

function exampleOf(error: ErrorObject): string | undefined {
  const [example] = (error.parentSchema?.['examples'] ?? []) as readonly unknown[]
  return typeof example === 'string' ? `for example ${example}` : undefined
}

function article(type: string): string {
  const names: Readonly<Record<string, string>> = {
    integer: 'a whole number',
    object: 'a mapping of keys',
    array: 'a list',
  }
  return names[type] ?? `a ${type}`
}

function pathOf(pointer: string): Path {
  const parts = pointer.split('/').slice(1)
  return parts.map((part) =>
    /^\d+$/.test(part) ? Number(part) : part.replaceAll('~1', '/').replaceAll('~0', '~'),
  )
}
