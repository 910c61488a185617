import type { Schema } from './kinds.ts'
import { resolve } from './kinds.ts'
import type { Scalar, Tree } from './tree.ts'
import { isNull, textOf } from './tree.ts'

/**
 * The plain value of a tree for the validator, read beside its schema: where a string is wanted a plain scalar is
 * its source text; where a list or mapping is wanted, nothing written is as if the key were absent. Unknown keys
 * stand for themselves only.
 */
export function asWritten(tree: Tree, wanted: Schema | undefined, root: Schema): unknown {
  const schema = resolve(wanted, root)
  if (tree.kind === 'scalar') return scalar(tree, schema, root)
  const fitting = schema?.anyOf === undefined ? schema : schema.anyOf.find((one) => one.type === typeOf(tree))
  if (tree.kind === 'list') return tree.items.map((item) => asWritten(item, fitting?.items, root))
  // Without a prototype, so that a key called `constructor` is a key like any other.
  const value: Record<string, unknown> = Object.create(null)
  for (const [key, entry] of tree.entries) {
    const below = schemaOf(fitting, key)
    if (below !== undefined && isNull(entry.value) && wantsContent(below, root)) {
      // An empty mapping is as if absent, and still says which of its own keys are missing.
      if (resolve(below, root)?.type === 'object') value[key] = {}
      continue
    }
    value[key] = below === undefined ? true : asWritten(entry.value, below, root)
  }
  return value
}

function schemaOf(schema: Schema | undefined, key: string): Schema | undefined {
  if (schema?.properties !== undefined && Object.hasOwn(schema.properties, key)) return schema.properties[key]
  return typeof schema?.additionalProperties === 'object' ? schema.additionalProperties : undefined
}

function scalar(tree: Scalar, schema: Schema | undefined, root: Schema): unknown {
  return typesOf(schema, root).includes('string') ? (textOf(tree) ?? null) : tree.value
}

function wantsContent(schema: Schema, root: Schema): boolean {
  return typesOf(schema, root).some((type) => type === 'object' || type === 'array')
}

function typesOf(wanted: Schema | undefined, root: Schema): readonly (string | undefined)[] {
  const schema = resolve(wanted, root)
  return schema?.anyOf === undefined ? [schema?.type] : schema.anyOf.map((one) => one.type)
}

function typeOf(tree: Tree): string {
  return tree.kind === 'list' ? 'array' : 'object'
}
