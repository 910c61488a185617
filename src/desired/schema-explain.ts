import type { ErrorObject } from 'ajv/dist/2020.js'
import type { Finding } from '../domain/finding.ts'
import type { Schema } from './kinds.ts'
import { didYouMean, nearest } from './nearest.ts'
import type { Details } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Mapping, Spot, Tree } from './tree.ts'

/** What an error is about: its key as people call it, the spot of its value and of its key. */
export type Subject = { readonly name: string; readonly spot: Spot; readonly key: Spot; readonly tree: Tree }

/** Follows a JSON pointer as far as the tree goes. */
export function findSubject(root: Mapping, pointer: string): Subject {
  let subject: Subject = { name: 'the document', spot: firstKey(root), key: firstKey(root), tree: root }
  for (const part of pointer.split('/').slice(1)) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
    const { tree, name } = subject
    if (tree.kind === 'list') {
      const item = tree.items[Number(key)]
      if (item !== undefined) subject = { name: `${name}[${key}]`, spot: item, key: item, tree: item }
    } else if (tree.kind === 'map') {
      const entry = tree.entries.get(key)
      if (entry !== undefined) subject = { name: key, spot: entry.value, key: entry.key, tree: entry.value }
    }
  }
  return subject
}

function firstKey(root: Mapping): Spot {
  return root.entries.values().next().value?.key ?? root
}

/** Where keys belong that people write one level too high or under the other platform. */
const HOMES = new Map([
  ['serverName', 'windows'],
  ['isDiscoveryServer', 'windows'],
  ['autoEnable', 'windows'],
  ['carrierUrl', 'ios'],
])

/** An unknown key, and the free key of the same mapping that was probably meant. */
export function explainUnknownKey(
  error: ErrorObject,
  root: Mapping,
): { readonly finding: Finding; readonly meant?: string } {
  const key = String(error.params['additionalProperty'])
  const { tree } = findSubject(root, error.instancePath)
  const entry = tree.kind === 'map' ? tree.entries.get(key) : undefined
  const known = schemaOf(error)
  const notes = [{ label: 'expected', text: expectedKeys(known) }]
  const home = HOMES.get(key)
  const message = `unknown key ${quoted(key)}`
  const spot = entry?.key ?? firstKey(root)
  if (home !== undefined && error.instancePath.startsWith('/spec')) {
    const hint = `${key} belongs under ${home}, and a configuration is for one platform`
    return { finding: invalid('unknown-key', spot, message, { rule: 'S3', hint, notes }) }
  }
  const free = Object.keys(known.properties ?? {}).filter(
    (name) => tree.kind === 'map' && !tree.entries.has(name),
  )
  const meant = nearest(key, free)
  const finding = invalid('unknown-key', spot, message, { ...didYouMean(key, free), notes })
  return meant === undefined ? { finding } : { finding, meant }
}

/** The words that may stand there, and the keys where a mapping may stand there instead. */
function alternatives(error: ErrorObject, all: readonly ErrorObject[]): string {
  const union = all.find(
    (other) => other.keyword === 'anyOf' && error.schemaPath.startsWith(`${other.schemaPath}/`),
  )
  const branches = union === undefined ? [schemaOf(error)] : (schemaOf(union).anyOf ?? [])
  return branches.map((branch) => branch.enum?.join(', ') ?? `{ ${expectedKeys(branch)} }`).join(', or ')
}

function expectedKeys(schema: Schema): string {
  const required = new Set(schema.required ?? [])
  return Object.keys(schema.properties ?? {})
    .map((name) => (required.has(name) ? `${name} (required)` : name))
    .join(', ')
}

function schemaOf(error: ErrorObject): Schema {
  return (error.parentSchema ?? {}) as Schema
}

/** What an error says to a person; `all` are the errors of the document, for the alternatives that were not meant. */
export function explain(error: ErrorObject, subject: Subject, all: readonly ErrorObject[]): Finding {
  const { name, spot, key, tree } = subject
  switch (error.keyword) {
    case 'required': {
      const missing = String(error.params['missingProperty'])
      const notes = [{ label: 'expected', text: expectedKeys(schemaOf(error)) }]
      return invalid('missing-key', key, `missing key "${missing}"`, { notes })
    }
    case 'type':
    case 'anyOf':
      if (error.data === null)
        return invalid('missing-key', key, `${name} has no value`, expectation(schemaOf(error)))
      return invalid(
        'wrong-type',
        spot,
        `${name} must be ${wantedType(schemaOf(error))}, not ${describe(tree)}`,
        expectation(schemaOf(error)),
      )
    case 'enum': {
      const values = schemaOf(error).enum ?? []
      const written = String(error.data)
      const notes = [{ label: 'expected', text: alternatives(error, all) }]
      return invalid('bad-value', spot, `${name} cannot be ${quoted(written)}`, {
        ...didYouMean(written, values),
        notes,
      })
    }
    case 'minimum':
      return invalid('bad-value', spot, `${name} must be ${String(error.params['limit'])} or more`)
    case 'maximum':
      return invalid('bad-value', spot, `${name} must be ${String(error.params['limit'])} or less`)
    case 'minLength':
      return invalid('bad-value', spot, `${name} must not be empty`)
    case 'minProperties':
      return invalid('missing-key', key, `${name} says nothing`, {
        notes: [{ label: 'expected', text: expectedKeys(schemaOf(error)) }],
      })
    default:
      return invalid('bad-value', spot, `${name} ${error.message ?? 'is not valid'}`)
  }
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  string: 'a text',
  boolean: 'true or false',
  integer: 'a whole number',
  array: 'a list',
  object: 'a mapping of keys',
}

function wantedType(schema: Schema): string {
  const types = (schema.anyOf ?? [schema]).map((one) => TYPE_WORDS[one.type ?? ''] ?? 'something else')
  return types.join(' or ')
}

function expectation(schema: Schema): Details {
  const text = schema.enum === undefined ? expectedKeys(schema) : schema.enum.join(', ')
  return text === '' ? {} : { notes: [{ label: 'expected', text }] }
}

function describe(tree: Tree): string {
  if (tree.kind === 'list') return 'a list'
  if (tree.kind === 'map') return 'a mapping of keys'
  if (typeof tree.value === 'string')
    return tree.plain ? quoted(tree.source) : `the text ${quoted(tree.value)}`
  if (tree.source === '') return 'nothing'
  return tree.source.length > 40 ? quoted(tree.source) : tree.source
}
