import type { Annotation, CommitStatus } from '../../../src/domain/forge.ts'
import { MINUTE, SECOND } from '../../../src/domain/time.ts'
import { openGitHub } from '../../../src/forge/github/github.ts'
import type { GitHubOptions } from '../../../src/forge/github/options.ts'
import { testClock } from '../../clock.ts'
import type { ForgeWorld } from '../../conformance/forge-world.ts'
import { APP, openFakeGitHub, TOKEN, type FakeGitHub } from './github.ts'
import type { FakeIssue } from './github-repository.ts'

export type GitHubWorld = ForgeWorld & { readonly fake: FakeGitHub }

const SEVERITIES = { failure: 'error', warning: 'warning', notice: 'info' } as const

/** Opens a world with GitHub in it; what was asked against GitHub's description of its API fails when it closes. */
export async function openGitHubWorld(
  kind: 'token' | 'app',
  options: Partial<GitHubOptions> = {},
): Promise<GitHubWorld> {
  const clock = testClock()
  const now = (): number => clock.now()
  const fake = await openFakeGitHub(now, kind)
  const { repository } = fake
  const forge = await openGitHub({
    name: 'github',
    repository: 'acme/esim',
    api: fake.address,
    auth:
      kind === 'token'
        ? { kind, token: () => TOKEN }
        : { kind, appId: APP.id, privateKey: () => APP.privateKey, installation: APP.installation },
    clock,
    perSecond: 100_000,
    random: () => 0.5,
    answerWithin: 20 * SECOND,
    ...options,
  })

  function issueOf(number: number): FakeIssue {
    const issue = repository.issues[number - 1]
    if (issue === undefined) throw new Error(`there is no issue ${number}`)
    return issue
  }

  function end(number: number): FakeIssue {
    const issue = issueOf(number)
    Object.assign(issue, { open: false, updatedAt: clock.now() })
    return issue
  }

  return {
    fake,
    forge,
    clock,
    get us() {
      return fake.us()
    },
    get secrets() {
      return [TOKEN, ...APP.privateKey.split('\n').filter((line) => line.length > 20), ...fake.issued]
    },
    base: { ref: 'main', sha: repository.first },
    openPull({ title = 'Change', author = 'jane', draft = false, fork = false } = {}) {
      const branch = `change-${repository.issues.length + 1}`
      const head = repository.push(fork ? `fork/${branch}` : branch, { [`${branch}.yaml`]: title }, title)
      if (fork) repository.branches.delete(`fork/${branch}`)
      const pull = { branch, base: 'main', fork, draft, ...(fork ? { head } : {}) }
      return { number: repository.addIssue({ author, title, body: '', pull }).number, sha: head }
    },
    mergePull(number) {
      const issue = end(number)
      const head = repository.commits.get(repository.headOf(issue))
      const main = repository.branches.get('main') ?? ''
      const merged = repository.addCommit(head?.tree ?? '', [main], `Merge ${number}`)
      repository.branches.set('main', merged)
      Object.assign(issue.pull ?? {}, { mergedAs: merged, mergedAt: clock.now() })
      return merged
    },
    closePull: (number) => void end(number),
    pulls: () =>
      repository.issues.flatMap((issue) =>
        issue.pull === undefined ? [] : [{ ...issue, branch: issue.pull.branch, base: issue.pull.base }],
      ),
    say: (pull, author, body) => void repository.addComment(issueOf(pull), author, body),
    comments: (pull) => issueOf(pull).comments,
    statuses: (commit) => (repository.statuses.get(commit) ?? []).map(statusOf),
    annotations(commit, name) {
      const runs = repository.runs.filter((run) => run.sha === commit && run.name === name)
      return (runs.at(-1)?.annotations ?? []).map(annotationOf)
    },
    fileIssue: (author, title, body) => repository.addIssue({ author, title, body }).number,
    reopenIssue: (number) => void Object.assign(issueOf(number), { open: true }),
    issues: () => repository.issues.filter(({ pull }) => pull === undefined),
    push: (branch, files) => repository.push(branch, files, 'Somebody was here'),
    branch(name) {
      const sha = repository.branches.get(name)
      return sha === undefined ? undefined : { sha, files: Object.fromEntries(repository.filesOf(sha)) }
    },
    suffer(fault) {
      fake.dials.fault = fault
    },
    requests: fake.requests,
    reachable: (is) => fake.reachable(is),
    async [Symbol.asyncDispose]() {
      await forge[Symbol.asyncDispose]()
      await fake[Symbol.asyncDispose]()
      // Whoever is still to be answered would wait for ever.
      await clock.advance(MINUTE)
      if (fake.violations.length > 0) throw new Error(fake.violations.join('\n'))
    },
  }
}

function statusOf({ context, state, description, target_url }: Record<string, unknown>): CommitStatus {
  return {
    context: String(context),
    state: state as CommitStatus['state'],
    description: String(description),
    ...(typeof target_url === 'string' ? { url: target_url } : {}),
  }
}

function annotationOf(shown: Readonly<Record<string, unknown>>): Annotation {
  const level = shown['annotation_level'] as keyof typeof SEVERITIES
  return {
    file: String(shown['path']),
    line: Number(shown['start_line']),
    ...(shown['start_column'] === undefined ? {} : { column: Number(shown['start_column']) }),
    severity: SEVERITIES[level],
    title: String(shown['title']),
    message: String(shown['message']),
  }
}
