import { createHash } from 'node:crypto'

type Tree = Readonly<Record<string, string>>
export type FakeCommit = {
  readonly sha: string
  readonly files: Tree
  readonly parent: string | undefined
  readonly message: string
}
export type FakeComment = {
  readonly id: number
  readonly author: string
  /** The forge's own remark on what the author did. */
  readonly system: boolean
  body: string
  edits: number
}
export type FakePull = {
  readonly branch: string
  readonly base: string
  readonly fork: boolean
  draft: boolean
  /** Where it was left, once nothing follows its branch. */
  head?: string
  merged?: { readonly as: string; readonly at: number; readonly how: 'merge' | 'squash' | 'fast-forward' }
}
export type FakeThread = {
  readonly number: number
  readonly author: string
  title: string
  body: string
  open: boolean
  edits: number
  labels: readonly string[]
  readonly comments: FakeComment[]
  readonly createdAt: number
  updatedAt: number
}
export type FakeRequest = FakeThread & { readonly pull: FakePull }

/** What a project of GitLab, or a repository of Gitea, holds. Behind the API; nothing here checks anything. */
export type FakeRepository = ReturnType<typeof makeRepository>

/** `shared`: issues and requests share their numbers. */
export function makeRepository(now: () => number, shared: boolean) {
  const commits = new Map<string, FakeCommit>()
  const branches = new Map<string, string>()
  const issues: FakeThread[] = []
  const pulls: FakeRequest[] = []
  const users: string[] = []
  let ids = 0

  function commit(parent: string | undefined, files: Tree, message: string): string {
    const sha = createHash('sha1')
      .update(JSON.stringify([parent, files, message, (ids += 1)]))
      .digest('hex')
    commits.set(sha, { sha, files, parent, message })
    return sha
  }

  const first = commit(
    undefined,
    { 'README.md': 'eSIM configurations\n', 'keep/this.yaml': 'kind: Keep\n' },
    'Begin',
  )
  branches.set('main', first)

  function filesOf(sha: string | undefined): Tree {
    return commits.get(sha ?? '')?.files ?? {}
  }

  function headOf({ pull }: FakeRequest): string {
    return pull.head ?? branches.get(pull.branch) ?? first
  }

  function thread(author: string, title: string, body: string, number: number): FakeThread {
    return {
      number,
      author,
      title,
      body,
      open: true,
      edits: 0,
      labels: [],
      comments: [],
      createdAt: now(),
      updatedAt: now(),
    }
  }

  function push(branch: string, files: Tree, message: string): string {
    const on = branches.get(branch) ?? branches.get('main')
    const sha = commit(on, { ...filesOf(on), ...files }, message)
    branches.set(branch, sha)
    return sha
  }

  return {
    commits,
    branches,
    issues,
    pulls,
    first,
    commit,
    filesOf,
    headOf,
    push,
    nextId: () => (ids += 1),
    /** The number of an account. */
    userId(name: string): number {
      if (!users.includes(name)) users.push(name)
      return users.indexOf(name) + 1
    },
    addIssue(author: string, title: string, body: string): FakeThread {
      const made = thread(author, title, body, 1 + issues.length + (shared ? pulls.length : 0))
      issues.push(made)
      return made
    },
    addPull(author: string, title: string, body: string, pull: FakePull): FakeRequest {
      const number = 1 + pulls.length + (shared ? issues.length : 0)
      const made = { ...thread(author, title, body, number), pull }
      pulls.push(made)
      return made
    },
    addComment(to: FakeThread, author: string, body: string, system = false): FakeComment {
      const made = { id: (ids += 1), author, body, edits: 0, system }
      to.comments.push(made)
      to.updatedAt = now()
      return made
    },
    /** Somebody merges it; gives what is on the base branch then. */
    merge(request: FakeRequest, how: 'merge' | 'squash' | 'fast-forward'): string {
      const head = headOf(request)
      const { pull } = request
      const base = branches.get(pull.base)
      const as =
        how === 'fast-forward' ? head : commit(base, { ...filesOf(base), ...filesOf(head) }, request.title)
      branches.set(pull.base, as)
      Object.assign(pull, { head, merged: { as, at: now(), how } })
      Object.assign(request, { open: false, updatedAt: now() })
      return as
    },
    close(request: FakeRequest): void {
      Object.assign(request, { open: false, updatedAt: now() })
    },
  }
}
