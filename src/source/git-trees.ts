import type { Entry } from './admission.ts'
import { LONGEST_LISTING } from './git-objects.ts'
import type { GitReader } from './git-reader.ts'
import { type TreeEntry, parseTree } from './git-tree.ts'

/** A folder of a revision as it was read; it is never changed, so that the next revision shares what stayed. */
export type Tree = {
  readonly id: string
  readonly path: string
  /** In their order. */
  readonly entries: readonly (Entry | Tree)[]
}

/** A folder that is still to be read: what stood in its place before, and where it is to stand. */
type Unread = {
  readonly id: string
  readonly path: string
  readonly before: Tree | undefined
  readonly place: (tree: Tree) => void
}

type Unsized = { readonly blob: string; readonly place: (size: number) => void }

/** Far beyond what people make. Where there is more, git lists it, and stops at a limit. */
const FOLDERS = 20_000
const DEPTH = 100

/**
 * The folder that `name` (an id, or a path of a commit) stands for. Reads the folders that are not as they were
 * `before`, and the sizes of files that are new. `undefined` for whatever is out of the ordinary: git is to list it.
 */
export async function readTree(
  reader: GitReader,
  name: string,
  before: Tree | undefined,
): Promise<Tree | undefined> {
  const [root] = (await reader.ask([{ of: name, what: 'info' }])) ?? []
  if (root?.type !== 'tree') return undefined
  if (root.id === before?.id) return before
  let read: Tree | undefined
  const unsized: Unsized[] = []
  let level: Unread[] = [{ id: root.id, path: '', before, place: (tree) => void (read = tree) }]
  let folders = 0
  for (let depth = 0; level.length > 0; depth += 1) {
    folders += level.length
    if (depth > DEPTH || folders > FOLDERS) return undefined
    const next = await readLevel(reader, level, unsized)
    if (next === undefined) return undefined
    level = next
  }
  return (await readSizes(reader, unsized)) ? read : undefined
}

/** Everything in a folder and below it, as git lists it; `undefined` when the listing may be out of all proportion. */
export function entriesOf(tree: Tree): readonly Entry[] | undefined {
  const entries: Entry[] = []
  let longest = 0
  function add({ entries: inside }: Tree): void {
    for (const entry of inside) {
      if ('entries' in entry) {
        add(entry)
        continue
      }
      entries.push(entry)
      // A line of `ls-tree`: mode, type, id, size and path, of which a character has three bytes at most.
      longest += 40 + (entry.blob?.length ?? 0) + 3 * (entry.path?.length ?? 0)
    }
  }
  add(tree)
  return longest > LONGEST_LISTING ? undefined : entries
}

async function readLevel(
  reader: GitReader,
  level: readonly Unread[],
  unsized: Unsized[],
): Promise<Unread[] | undefined> {
  const ids = [...new Set(level.map(({ id }) => id))]
  const answers = await reader.ask(
    ids.map((of) => ({ of, what: 'contents' })),
    LONGEST_LISTING,
  )
  if (answers === undefined) return undefined
  const trees = new Map<string, readonly TreeEntry[]>()
  for (const answer of answers) {
    const tree = answer?.type === 'tree' && answer.bytes && parseTree(answer.bytes, answer.id.length / 2)
    if (!answer || !tree) return undefined
    trees.set(answer.id, tree)
  }
  const next: Unread[] = []
  for (const { id, path, before, place } of level) {
    const found = trees.get(id)
    if (found === undefined) return undefined
    const entries: (Entry | Tree)[] = []
    const known = new Map(before?.entries.map((entry) => [entry.path, entry]))
    for (const one of found) {
      const at = entries.length
      const inside = path === '' ? one.name : `${path}/${one.name}`
      const was = known.get(inside)
      if (one.kind === 'tree') {
        const tree = was !== undefined && 'entries' in was ? was : undefined
        entries.push(tree?.id === one.id ? tree : { id: one.id, path: inside, entries: [] })
        if (tree?.id === one.id) continue
        next.push({ id: one.id, path: inside, before: tree, place: (read) => void (entries[at] = read) })
        if (next.length > FOLDERS) return undefined
      } else if (was !== undefined && 'kind' in was && was.blob === one.id && was.kind === one.kind) {
        entries.push(was)
      } else {
        const entry = { path: inside, kind: one.kind, size: 0, blob: one.id }
        entries.push(entry)
        if (one.kind !== 'submodule')
          unsized.push({ blob: one.id, place: (size) => void (entry.size = size) })
      }
    }
    place({ id, path, entries })
  }
  return next
}

async function readSizes(reader: GitReader, unsized: readonly Unsized[]): Promise<boolean> {
  const ids = [...new Set(unsized.map(({ blob }) => blob))]
  const answers = await reader.ask(ids.map((of) => ({ of, what: 'info' })))
  if (answers === undefined) return false
  const sizes = new Map<string, number>()
  for (const answer of answers) {
    if (answer?.type !== 'blob') return false
    sizes.set(answer.id, answer.size)
  }
  for (const { blob, place } of unsized) place(sizes.get(blob) ?? 0)
  return true
}
