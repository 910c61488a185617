import type { CommitStatus, Forge } from '../../../src/domain/forge.ts'
import { MINUTE } from '../../../src/domain/time.ts'
import type { TestClock } from '../../clock.ts'
import type { ForgeWorld } from '../../conformance/forge-world.ts'
import type { FakeComment, FakeRepository, FakeRequest, FakeThread } from './gitlab-gitea-repository.ts'
import type { FakeServer } from './gitlab-gitea-server.ts'

type Parts = {
  readonly forge: Forge
  readonly clock: TestClock
  readonly us: string
  readonly secrets: readonly string[]
  readonly repository: FakeRepository
  readonly server: FakeServer
  readonly statuses: (commit: string) => readonly CommitStatus[]
}

/** A world of such parts; what was asked against the forge's description of its API fails when it closes. */
export function makeWorld({ repository, server, forge, clock, ...parts }: Parts): ForgeWorld {
  function pullOf(number: number): FakeRequest {
    const request = repository.pulls.find((each) => each.number === number)
    if (request === undefined) throw new Error(`there is no request ${number}`)
    return request
  }

  return {
    ...parts,
    forge,
    clock,
    base: { ref: 'main', sha: repository.first },
    openPull({ title = 'Change', author = 'jane', draft = false, fork = false } = {}) {
      const branch = `change-${repository.pulls.length + 1}`
      const head = repository.push(`${fork ? 'fork/' : ''}${branch}`, { [`${branch}.yaml`]: title }, title)
      if (fork) repository.branches.delete(`fork/${branch}`)
      const pull = { branch, base: 'main', fork, draft, ...(fork ? { head } : {}) }
      return { number: repository.addPull(author, title, '', pull).number, sha: head }
    },
    mergePull: (number) => repository.merge(pullOf(number), 'merge'),
    closePull: (number) => repository.close(pullOf(number)),
    pulls: () => repository.pulls.map((each) => ({ ...each, ...each.pull })),
    say: (pull, author, body) => void repository.addComment(pullOf(pull), author, body),
    comments: (pull) => said(pullOf(pull)),
    annotations: () => [],
    fileIssue: (author, title, body) => repository.addIssue(author, title, body).number,
    reopenIssue(number) {
      const issue = repository.issues.find((each) => each.number === number)
      if (issue !== undefined) issue.open = true
    },
    issues: () => repository.issues.map((issue) => ({ ...issue, comments: said(issue) })),
    push: (branch, files) => repository.push(branch, files, 'Somebody was here'),
    branch(name) {
      const sha = repository.branches.get(name)
      return sha === undefined ? undefined : { sha, files: repository.filesOf(sha) }
    },
    suffer(fault) {
      server.dials.fault = fault
    },
    requests: server.requests,
    reachable: (is) => server.reachable(is),
    async [Symbol.asyncDispose]() {
      await forge[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      // Whoever is still to be answered would wait for ever.
      await clock.advance(MINUTE)
      if (server.violations.length > 0) throw new Error(server.violations.join('\n'))
    },
  }
}

/** What people said; the forge's own remarks are none of it. */
function said({ comments }: FakeThread): readonly FakeComment[] {
  return comments.filter(({ system }) => !system)
}
