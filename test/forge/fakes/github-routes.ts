import type { FakeIssue, FakeRepository } from './github-repository.ts'
import { shapesOf } from './github-shapes.ts'

type Json = Readonly<Record<string, unknown>>

/** One request below `/repos/OWNER/NAME`, judged already: it is as GitHub describes it. */
export type Request = {
  readonly query: URLSearchParams
  readonly body: Json
  readonly as: string
  readonly app: number | undefined
}

/** What GitHub answers; a list is cut into pages by whoever sends it. */
export type Said = { readonly status: number; readonly body: unknown; readonly listIn?: string }

type Route = readonly [
  method: string,
  pattern: RegExp,
  right: string | undefined,
  act: (request: Request, ...parts: string[]) => Said,
]

/** What each path does (docs.github.com/rest); `right` is what one needs to be allowed to write for it. */
export function routesOf(repository: FakeRepository, now: () => number): readonly Route[] {
  const shapes = shapesOf(repository, now)
  const { issues, branches, commits } = repository
  const issueOf = (number = ''): FakeIssue | undefined => issues[Number(number) - 1]

  return [
    ['GET', /^\/pulls$/, undefined, ({ query }) => ok(listPulls(query).map(shapes.pull))],
    [
      'GET',
      /^\/pulls\/(\d+)$/,
      undefined,
      (_request, number) => {
        const pull = issueOf(number)
        return pull?.pull === undefined ? missing() : ok(shapes.pull(pull))
      },
    ],
    ['POST', /^\/pulls$/, 'pull_requests', makePull],
    ['PATCH', /^\/pulls\/(\d+)$/, 'pull_requests', (request, number) => edit(request, number, shapes.pull)],
    ['GET', /^\/issues$/, undefined, () => ok(issues.filter((each) => each.open).map(shapes.issue))],
    ['POST', /^\/issues$/, 'issues', makeIssue],
    ['PATCH', /^\/issues\/(\d+)$/, 'issues', (request, number) => edit(request, number, shapes.issue)],
    [
      'GET',
      /^\/issues\/(\d+)\/comments$/,
      undefined,
      (_request, number) => {
        const issue = issueOf(number)
        return issue === undefined ? missing() : ok(issue.comments.map((each) => shapes.comment(issue, each)))
      },
    ],
    ['POST', /^\/issues\/(\d+)\/comments$/, 'issues', addComment],
    ['PATCH', /^\/issues\/comments\/(\d+)$/, 'issues', editComment],
    ['GET', /^\/commits\/(\w+)\/status$/, undefined, (_request, sha) => combined(sha)],
    ['POST', /^\/statuses\/(\w+)$/, 'statuses', addStatus],
    ['GET', /^\/commits\/(\w+)\/check-runs$/, undefined, listRuns],
    ['POST', /^\/check-runs$/, 'checks', makeRun],
    ['PATCH', /^\/check-runs\/(\d+)$/, 'checks', (request, id) => editRun(request, id)],
    [
      'GET',
      /^\/git\/ref\/heads\/(.+)$/,
      undefined,
      (_request, name = '') => {
        const sha = branches.get(name)
        return sha === undefined ? missing() : ok(shapes.ref(name, sha))
      },
    ],
    [
      'GET',
      /^\/git\/commits\/(\w+)$/,
      undefined,
      (_request, sha = '') => {
        const commit = shapes.commit(sha)
        return commit === undefined ? missing() : ok(commit)
      },
    ],
    ['POST', /^\/git\/trees$/, 'contents', makeTree],
    ['POST', /^\/git\/commits$/, 'contents', makeCommit],
    ['POST', /^\/git\/refs$/, 'contents', makeRef],
    ['PATCH', /^\/git\/refs\/heads\/(.+)$/, 'contents', moveRef],
  ]

  function listPulls(query: URLSearchParams): FakeIssue[] {
    const [, branch] = /^acme:(.+)$/.exec(query.get('head') ?? '') ?? []
    const base = query.get('base')
    const listed = issues
      .filter((each) => each.pull !== undefined && (query.get('state') === 'open') === each.open)
      // As on GitHub, a branch of the same name in a fork is not meant.
      .filter(({ pull }) => branch === undefined || (pull?.branch === branch && !pull.fork))
      .filter(({ pull }) => base === null || pull?.base === base)
    return query.get('sort') === 'updated' ? listed.sort((a, b) => b.updatedAt - a.updatedAt) : listed
  }

  function makePull({ body, as }: Request): Said {
    const [branch, base] = [word(body['head']), word(body['base'])]
    if (!branches.has(branch) || !branches.has(base)) return invalid('head invalid')
    if (issues.some(({ open, pull }) => open && pull?.branch === branch && pull.base === base && !pull.fork))
      return invalid(`A pull request already exists for acme:${branch}.`)
    if (branches.get(branch) === branches.get(base))
      return invalid(`No commits between ${base} and ${branch}`)
    const pull = { branch, base, fork: false, draft: false }
    return made(shapes.pull(repository.addIssue({ ...texts(body), author: as, pull })))
  }

  function makeIssue({ body, as }: Request): Said {
    if (tooLong(body)) return invalid('body is too long (maximum is 65536 characters)')
    const labels = Array.isArray(body['labels']) ? body['labels'].map(String) : []
    if (labels.some((label) => label.length > 50)) return invalid('label: name is too long')
    return made(shapes.issue(repository.addIssue({ ...texts(body), author: as, labels })))
  }

  function edit({ body }: Request, number: string | undefined, shape: (issue: FakeIssue) => object): Said {
    const issue = issueOf(number)
    if (issue === undefined) return missing()
    if (tooLong(body)) return invalid('body is too long (maximum is 65536 characters)')
    if (body['title'] !== undefined || body['body'] !== undefined) {
      Object.assign(issue, texts({ ...issue, ...body }))
      issue.edits += 1
    }
    if (body['state'] !== undefined) issue.open = body['state'] === 'open'
    issue.updatedAt = now()
    return ok(shape(issue))
  }

  function addComment({ body, as }: Request, number?: string): Said {
    const issue = issueOf(number)
    if (issue === undefined) return missing()
    if (tooLong(body)) return invalid('body is too long (maximum is 65536 characters)')
    return made(shapes.comment(issue, repository.addComment(issue, as, word(body['body']))))
  }

  function editComment({ body }: Request, id?: string): Said {
    const issue = issues.find(({ comments }) => comments.some((each) => each.id === Number(id)))
    const comment = issue?.comments.find((each) => each.id === Number(id))
    if (issue === undefined || comment === undefined) return missing()
    if (tooLong(body)) return invalid('body is too long (maximum is 65536 characters)')
    comment.body = word(body['body'])
    comment.edits += 1
    issue.updatedAt = now()
    return ok(shapes.comment(issue, comment))
  }

  function combined(sha = ''): Said {
    if (!commits.has(sha)) return missing()
    const latest = new Map((repository.statuses.get(sha) ?? []).map((status) => [status.context, status]))
    return {
      status: 200,
      body: { state: 'success', sha, statuses: [...latest.values()] },
      listIn: 'statuses',
    }
  }

  function addStatus({ body }: Request, sha = ''): Said {
    if (!commits.has(sha)) return invalid(`No commit found for SHA: ${sha}`)
    const [description, url] = [body['description'], body['target_url']]
    if (Array.from(String(description)).length > 140)
      return invalid('description is too long (maximum is 140 characters)')
    const context = word(body['context'], 'default')
    const before = repository.statuses.get(sha)?.filter((each) => each.context === context) ?? []
    if (before.length >= 1000)
      return invalid('This SHA and context has reached the maximum number of statuses.')
    const status = {
      state: word(body['state']),
      context,
      description: typeof description === 'string' ? description : null,
      target_url: typeof url === 'string' ? url : null,
    }
    repository.addStatus(sha, status)
    return made(status)
  }

  function listRuns({ query }: Request, sha?: string): Said {
    const fitting = repository.runs
      .filter((run) => run.sha === sha && run.name === (query.get('check_name') ?? run.name))
      .filter((run) => run.app === Number(query.get('app_id') ?? run.app))
    const shown = query.get('filter') === 'all' ? fitting : fitting.slice(-1)
    return {
      status: 200,
      body: { total_count: shown.length, check_runs: shown.map(shapes.run) },
      listIn: 'check_runs',
    }
  }

  function makeRun({ body, app }: Request): Said {
    if (app === undefined)
      return { status: 403, body: { message: 'You must authenticate via a GitHub App.' } }
    const sha = word(body['head_sha'])
    if (!commits.has(sha)) return invalid(`No commit found for SHA: ${sha}`)
    const [name, externalId] = [word(body['name']), word(body['external_id'])]
    const run = {
      id: repository.nextId(),
      name,
      sha,
      app,
      externalId,
      status: 'queued',
      conclusion: null,
      annotations: [],
    }
    repository.runs.push(run)
    return editRun({ body } as Request, String(run.id), 201)
  }

  function editRun({ body }: Request, id?: string, status = 200): Said {
    const run = repository.runs.find((each) => each.id === Number(id))
    if (run === undefined) return missing()
    const output = (body['output'] ?? {}) as Json
    // They are added, never replaced.
    run.annotations.push(...((output['annotations'] ?? []) as Record<string, unknown>[]))
    if (body['status'] !== undefined) run.status = word(body['status'])
    if (body['conclusion'] !== undefined)
      Object.assign(run, { conclusion: body['conclusion'], status: 'completed' })
    return { status, body: shapes.run(run) }
  }

  function makeTree({ body }: Request): Said {
    const base = repository.trees.get(word(body['base_tree']))
    if (base === undefined) return invalid('base_tree is not a valid tree oid')
    const files = new Map(base)
    for (const entry of body['tree'] as Json[]) {
      const path = String(entry['path'])
      if (entry['sha'] === null) {
        if (!files.delete(path)) return invalid('GitRPC::BadObjectState')
      } else files.set(path, String(entry['content']))
    }
    return made({ sha: repository.addTree(files), tree: [], truncated: false })
  }

  function makeCommit({ body }: Request): Said {
    const [tree, parents] = [word(body['tree']), (body['parents'] ?? []) as string[]]
    if (!repository.trees.has(tree) || parents.some((each) => !commits.has(each)))
      return invalid('Tree SHA does not exist')
    return made(shapes.commit(repository.addCommit(tree, parents, word(body['message']))))
  }

  function makeRef({ body }: Request): Said {
    const [ref, sha] = [word(body['ref']), word(body['sha'])]
    const [, name = ''] = /^refs\/heads\/(.+)$/.exec(ref) ?? []
    if (name === '' || !commits.has(sha)) return invalid('Reference is not valid')
    if (branches.has(name)) return invalid('Reference already exists')
    branches.set(name, sha)
    return made(shapes.ref(name, sha))
  }

  function moveRef({ body }: Request, name = ''): Said {
    const sha = word(body['sha'])
    if (!branches.has(name)) return invalid('Reference does not exist')
    if (!commits.has(sha)) return invalid('Object does not exist')
    if (body['force'] !== true && !commits.get(sha)?.parents.includes(branches.get(name) ?? ''))
      return invalid('Update is not a fast forward')
    branches.set(name, sha)
    return ok(shapes.ref(name, sha))
  }
}

function word(value: unknown, otherwise = ''): string {
  return typeof value === 'string' ? value : otherwise
}

function texts(body: Json): { title: string; body: string } {
  return { title: word(body['title']), body: word(body['body']) }
}

/** 65,536 characters. */
function tooLong(body: Json): boolean {
  return Array.from(word(body['body'])).length > 65_536
}

export function ok(body: unknown): Said {
  return { status: 200, body }
}

function made(body: unknown): Said {
  return { status: 201, body }
}

export function missing(): Said {
  return {
    status: 404,
    body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
  }
}

function invalid(message: string): Said {
  return {
    status: 422,
    body: { message: 'Validation Failed', errors: [{ resource: 'Thing', code: 'custom', message }] },
  }
}
