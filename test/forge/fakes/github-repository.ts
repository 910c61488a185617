import { createHash } from 'node:crypto'

type Tree = ReadonlyMap<string, string>
export type FakeCommit = {
  readonly sha: string
  readonly tree: string
  readonly parents: readonly string[]
  readonly message: string
}
export type FakeComment = {
  readonly id: number
  /** `ghost`: the account is gone. */
  readonly author: string
  body: string
  edits: number
}
export type FakeIssue = {
  readonly number: number
  readonly author: string
  title: string
  body: string
  open: boolean
  edits: number
  labels: readonly string[]
  readonly comments: FakeComment[]
  updatedAt: number
  /** It is a pull request: to GitHub every one is an issue. */
  readonly pull?: {
    readonly branch: string
    readonly base: string
    readonly fork: boolean
    readonly draft: boolean
    /** Where its branch is in another repository. */
    readonly head?: string
    mergedAs?: string
    mergedAt?: number
  }
}
export type FakeStatus = {
  readonly state: string
  readonly context: string
  readonly description: string | null
  readonly target_url: string | null
}
export type FakeRun = {
  readonly id: number
  readonly name: string
  readonly sha: string
  readonly app: number
  externalId: string
  status: string
  conclusion: string | null
  readonly annotations: Readonly<Record<string, unknown>>[]
}

/** What a repository on GitHub holds. Behind its API; nothing here checks anything. */
export type FakeRepository = ReturnType<typeof makeRepository>

export function makeRepository(now: () => number) {
  const trees = new Map<string, Tree>()
  const commits = new Map<string, FakeCommit>()
  const branches = new Map<string, string>()
  const issues: FakeIssue[] = []
  const statuses = new Map<string, FakeStatus[]>()
  const runs: FakeRun[] = []
  let ids = 0

  function addTree(files: Tree): string {
    const sorted = [...files].sort(([a], [b]) => (a < b ? -1 : 1))
    const sha = digest('tree', sorted)
    trees.set(sha, new Map(sorted))
    return sha
  }

  function addCommit(tree: string, parents: readonly string[], message: string): string {
    const sha = digest('commit', [tree, parents, message, (ids += 1)])
    commits.set(sha, { sha, tree, parents, message })
    return sha
  }

  function filesOf(sha: string): Tree {
    return trees.get(commits.get(sha)?.tree ?? '') ?? new Map()
  }

  const first = addCommit(
    addTree(
      new Map([
        ['README.md', 'eSIM configurations\n'],
        ['keep/this.yaml', 'kind: Keep\n'],
      ]),
    ),
    [],
    'Begin',
  )
  branches.set('main', first)

  return {
    trees,
    commits,
    branches,
    issues,
    statuses,
    runs,
    first,
    addTree,
    addCommit,
    filesOf,
    nextId: () => (ids += 1),
    addIssue(issue: Pick<FakeIssue, 'author' | 'title' | 'body'> & Partial<FakeIssue>): FakeIssue {
      const made: FakeIssue = {
        number: issues.length + 1,
        open: true,
        edits: 0,
        labels: [],
        comments: [],
        updatedAt: now(),
        ...issue,
      }
      issues.push(made)
      return made
    },
    addComment(issue: FakeIssue, author: string, body: string): FakeComment {
      const made = { id: (ids += 1), author, body, edits: 0 }
      issue.comments.push(made)
      // To GitHub that is a change of the pull request.
      issue.updatedAt = now()
      return made
    },
    addStatus(commit: string, status: FakeStatus): void {
      statuses.set(commit, [...(statuses.get(commit) ?? []), status])
    },
    /** Somebody commits to a branch, on what it holds or on main. */
    push(branch: string, files: Readonly<Record<string, string>>, message: string): string {
      const on = branches.get(branch) ?? branches.get('main') ?? first
      const sha = addCommit(addTree(new Map([...filesOf(on), ...Object.entries(files)])), [on], message)
      branches.set(branch, sha)
      return sha
    },
    headOf({ pull }: FakeIssue): string {
      return pull?.head ?? branches.get(pull?.branch ?? '') ?? first
    },
  }
}

function digest(kind: string, what: unknown): string {
  return createHash('sha1')
    .update(JSON.stringify([kind, what]))
    .digest('hex')
}
