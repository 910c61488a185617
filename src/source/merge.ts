import { buffers, startGit, type GitFolder } from './git-process.ts'
import { isCommitId } from './refs.ts'

/** What merging two commits came to. */
export type TreeMerge =
  /** Id of the tree that the merge leaves. */
  | { readonly kind: 'merged'; readonly tree: string }
  /** Both changed the same lines of these files, or one removed what the other changed. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] }

/**
 * Merges `head` onto `onto` in the object database alone: no work tree, no index, no ref is touched. Both and their
 * histories must be here. `undefined`: git could not do it. Needs git 2.38 (`merge-tree --write-tree`).
 */
export async function mergeTrees(git: GitFolder, onto: string, head: string): Promise<TreeMerge | undefined> {
  const child = startGit(git, [
    'merge-tree',
    '--write-tree',
    '--name-only',
    '--no-messages',
    '-z',
    onto,
    head,
  ])
  child.stderr.resume()
  const chunks: Buffer[] = []
  for await (const chunk of buffers(child.stdout)) chunks.push(chunk)
  const isClean = await child.finished
  const [tree = '', ...files] = Buffer.concat(chunks).toString().split('\0')
  if (!isCommitId(tree)) return undefined
  const conflicting = [...new Set(files.filter((file) => file !== ''))]
  if (isClean) return { kind: 'merged', tree }
  return conflicting.length === 0 ? undefined : { kind: 'conflict', files: conflicting }
}
