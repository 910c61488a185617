import type { Tree } from './tree.ts'
import { textOf } from './tree.ts'

/** One of a few words; the default when it is absent, or when it is another, which the schema has told. */
export function chosen<Word extends string, Otherwise extends Word | undefined>(
  tree: Tree | undefined,
  words: readonly Word[],
  otherwise: Otherwise,
): Word | Otherwise {
  const text = textOf(tree)
  return words.find((word) => word === text) ?? otherwise
}
