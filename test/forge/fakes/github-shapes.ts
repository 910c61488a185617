import type { FakeComment, FakeIssue, FakeRepository, FakeRun } from './github-repository.ts'

/** Where the repository is, and the number that GitHub gives it. */
export const HOME = { owner: 'acme', repo: 'esim', id: 1_296_269 }

/** How things look in GitHub's answers, as much of it as anybody could look at. */
export function shapesOf(repository: FakeRepository, now: () => number) {
  const web = `https://github.example/${HOME.owner}/${HOME.repo}`
  const ours = { id: HOME.id, full_name: `${HOME.owner}/${HOME.repo}` }

  return {
    user,
    comment: (issue: FakeIssue, { id, author, body }: FakeComment) => ({
      id,
      body,
      user: user(author),
      html_url: `${web}/${issue.pull === undefined ? 'issues' : 'pull'}/${issue.number}#issuecomment-${id}`,
    }),
    issue: (issue: FakeIssue) => ({
      number: issue.number,
      title: issue.title,
      // GitHub gives none for an empty one.
      body: issue.body === '' ? null : issue.body,
      user: user(issue.author),
      state: issue.open ? 'open' : 'closed',
      labels: issue.labels.map((name) => ({ name })),
      html_url: `${web}/issues/${issue.number}`,
      ...(issue.pull === undefined ? {} : { pull_request: { html_url: `${web}/pull/${issue.number}` } }),
    }),
    pull: (issue: FakeIssue) => ({
      number: issue.number,
      title: issue.title,
      body: issue.body,
      user: user(issue.author),
      state: issue.open ? 'open' : 'closed',
      draft: issue.pull?.draft,
      head: {
        ref: issue.pull?.branch,
        sha: repository.headOf(issue),
        repo: issue.pull?.fork === true ? { id: 77, full_name: 'stranger/esim' } : ours,
      },
      base: { ref: issue.pull?.base, sha: repository.branches.get(issue.pull?.base ?? ''), repo: ours },
      // Before it is merged, GitHub's trial of a merge.
      merge_commit_sha: issue.pull?.mergedAs ?? 'e5bd3914e2e596debea16f433f57875b5b90bcd6',
      merged_at: issue.pull?.mergedAt === undefined ? null : time(issue.pull.mergedAt),
      updated_at: time(issue.updatedAt),
      html_url: `${web}/pull/${issue.number}`,
    }),
    run: (run: FakeRun) => ({
      id: run.id,
      name: run.name,
      head_sha: run.sha,
      external_id: run.externalId,
      status: run.status,
      conclusion: run.conclusion,
      app: { id: run.app },
      output: { annotations_count: run.annotations.length },
    }),
    commit: (sha: string) => {
      const commit = repository.commits.get(sha)
      if (commit === undefined) return undefined
      return {
        sha,
        message: commit.message,
        tree: { sha: commit.tree },
        parents: commit.parents.map((parent) => ({ sha: parent })),
        author: { name: 'somebody', email: 'somebody@acme.example', date: time(now()) },
      }
    },
    ref: (branch: string, sha: string) => ({
      ref: `refs/heads/${branch}`,
      object: { type: 'commit', sha },
    }),
  }
}

function user(login: string): object | null {
  return login === 'ghost' ? null : { login, type: login.endsWith('[bot]') ? 'Bot' : 'User' }
}

/** GitHub's times have no milliseconds. */
function time(at: number): string {
  return new Date(at).toISOString().replace(/\.\d+Z$/, 'Z')
}
