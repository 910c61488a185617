import { createHash } from 'node:crypto'
import forgejoDescription from './gitea-forgejo-openapi.json' with { type: 'json' }
import giteaDescription from './gitea-openapi.json' with { type: 'json' }
import { openContract, type Description } from './gitlab-gitea-contract.ts'
import {
  makeRepository,
  type FakeComment,
  type FakeRequest,
  type FakeThread,
} from './gitlab-gitea-repository.ts'
import { openServer, type Request, type Said } from './gitlab-gitea-server.ts'

export type Flavour = 'gitea' | 'forgejo'
type Route = (request: Request) => Said
type Operation = {
  readonly operation: string
  readonly path: string
  readonly content?: string
  readonly sha?: string
}
type Status = {
  readonly id: number
  readonly sha: string
  readonly context: string
  readonly status: string
  readonly description: string
  readonly target_url: string
}

export const TOKEN = '4f2asixteenOrMoreLetters0123456789abcdef'
export const US = 'simplane-bot'
const HOME = { id: 7, url: 'https://git.example.com/acme/esim' }
const VERSIONS = { gitea: '1.26.4', forgejo: '16.0.1+gitea-1.22.0' }
const DESCRIPTIONS: Readonly<Record<Flavour, Description>> = {
  gitea: giteaDescription,
  forgejo: forgejoDescription,
}
/** A Gitea or a Forgejo on the loopback with one repository, written from its source (routers/api/v1, services/convert). */
export type FakeGitea = Awaited<ReturnType<typeof openFakeGitea>>

export async function openFakeGitea(now: () => number, flavour: Flavour) {
  const repository = makeRepository(now, true)
  const statuses: Status[] = []
  const labels = new Map<string, number>([['drift', 31]])
  const dials = {
    /** We may not see the repository. */
    hidden: false,
    push: true,
    scopes: true,
    repository: { archived: false, has_issues: true, has_pull_requests: true },
    version: VERSIONS[flavour],
    /** The server gives no more at once, whatever is asked for. */
    most: 50,
  }
  const R = '/repos/{owner}/{repo}'
  const routes: Readonly<Record<string, Route>> = {
    'GET /user': () => ok(userJson(US)),
    'GET /version': () => ok({ version: dials.version }),
    [`GET ${R}`]: () =>
      ok({
        id: HOME.id,
        full_name: 'acme/esim',
        ...dials.repository,
        permissions: { admin: false, push: dials.push, pull: true },
      }),
    [`GET ${R}/pulls`]: ({ query }) => paged(pullsBy(query).map(pullJson), query),
    [`GET ${R}/pulls/{index}`]: ({ values }) => withPull(values['index'], (each) => ok(pullJson(each))),
    [`POST ${R}/pulls`]: ({ body }) => makePull(body),
    [`PATCH ${R}/pulls/{index}`]: ({ values, body }) =>
      withPull(values['index'], (each) => {
        edit(each, body)
        return created(pullJson(each))
      }),
    [`GET ${R}/issues`]: ({ query }) => paged(issuesBy(query), query),
    [`POST ${R}/issues`]: ({ body }) => {
      const wanted = (body['labels'] ?? []) as readonly number[]
      const made = repository.addIssue(US, String(body['title']), textIn(body['body']))
      made.labels = [...labels].filter(([, id]) => wanted.includes(id)).map(([name]) => name)
      return created(issueJson(made))
    },
    [`PATCH ${R}/issues/{index}`]: ({ values, body }) =>
      withThread(values['index'], (each) => {
        edit(each, body)
        return created(issueJson(each))
      }),
    // All of them, whatever is asked for.
    [`GET ${R}/issues/{index}/comments`]: ({ values }) =>
      withThread(values['index'], (each) =>
        ok(each.comments.filter(({ system }) => !system).map((comment) => commentJson(each, comment))),
      ),
    [`POST ${R}/issues/{index}/comments`]: ({ values, body }) =>
      withThread(values['index'], (each) =>
        created(commentJson(each, repository.addComment(each, US, String(body['body'])))),
      ),
    [`PATCH ${R}/issues/comments/{id}`]: ({ values, body }) => {
      for (const each of [...repository.pulls, ...repository.issues]) {
        const comment = each.comments.find(({ id }) => id === Number(values['id']))
        if (comment === undefined) continue
        if (comment.author !== US) return { status: 403, body: { message: 'Forbidden' } }
        Object.assign(comment, { body: String(body['body']), edits: comment.edits + 1 })
        return ok(commentJson(each, comment))
      }
      return missing()
    },
    [`GET ${R}/labels`]: ({ query }) =>
      paged(
        [...labels].map(([name, id]) => ({ id, name })),
        query,
      ),
    [`GET ${R}/commits/{ref}/statuses`]: ({ values, query }) => {
      const found = statuses.filter(({ sha }) => sha === values['ref'])
      // Gitea's own orders: `leastindex` begins with the highest (models/git/commit_status.go).
      return paged(query.get('sort') === 'highestindex' ? found : found.toReversed(), query)
    },
    [`POST ${R}/statuses/{sha}`]: ({ values, body }) => {
      const sha = values['sha'] ?? ''
      if (!repository.commits.has(sha)) return { status: 500, body: { message: '' } }
      const { context, state, description = '', target_url = '' } = body as Readonly<Record<string, string>>
      const made = {
        id: repository.nextId(),
        sha,
        context: context ?? 'default',
        status: state ?? '',
        description,
        target_url,
      }
      statuses.push(made)
      return created(made)
    },
    [`GET ${R}/branches/{branch}`]: ({ values }) => {
      const commit = repository.commits.get(repository.branches.get(values['branch'] ?? '') ?? '')
      if (commit === undefined) return missing()
      return ok({ name: values['branch'], commit: { id: commit.sha, message: commit.message } })
    },
    [`POST ${R}/branches`]: ({ body }) => {
      const [name, from] = [String(body['new_branch_name']), String(body['old_ref_name'])]
      if (repository.branches.has(name))
        return { status: 409, body: { message: 'The branch already exists.' } }
      if (!repository.commits.has(from)) return { status: 500, body: { message: '' } }
      repository.branches.set(name, from)
      return created({ name })
    },
    [`DELETE ${R}/branches/{branch}`]: ({ values }) =>
      repository.branches.delete(values['branch'] ?? '') ? { status: 204 } : missing(),
    [`GET ${R}/contents/{filepath}`]: ({ values, query }) => {
      const path = values['filepath'] ?? ''
      const content = repository.filesOf(query.get('ref') ?? '')[path]
      return content === undefined ? missing() : ok({ path, type: 'file', sha: blobOf(content) })
    },
    [`POST ${R}/contents`]: ({ body }) => changeFiles(body),
  }

  function answer(request: Request): Said {
    const { operation, values, headers } = request
    if (headers.authorization !== `token ${TOKEN}`)
      return { status: 401, body: { message: 'invalid username, password or token', url: `${HOME.url}/api` } }
    if (!dials.scopes)
      return {
        status: 403,
        body: { message: 'token does not have at least one of required scope(s), required=[write:issue]' },
      }
    if ('owner' in values && (dials.hidden || values['owner'] !== 'acme' || values['repo'] !== 'esim'))
      return missing()
    if (!operation.startsWith('GET ') && !dials.push) return { status: 403, body: { message: 'Forbidden' } }
    return routes[operation]?.(request) ?? missing()
  }

  function pullsBy(query: URLSearchParams): readonly FakeRequest[] {
    const state = query.get('state') ?? 'open'
    const found = repository.pulls.filter(({ open }) => state === 'all' || open === (state === 'open'))
    if (query.get('sort') === 'recentupdate')
      return found.toReversed().toSorted((a, b) => b.updatedAt - a.updatedAt)
    return query.get('sort') === 'oldest' ? found : found.toReversed()
  }

  /** Newest first; pull requests are issues, too. */
  function issuesBy(query: URLSearchParams): readonly object[] {
    const type = query.get('type')
    const threads = [
      ...(type === 'issues' ? [] : repository.pulls),
      ...(type === 'pulls' ? [] : repository.issues),
    ]
    return threads
      .filter(({ open }) => (query.get('state') ?? 'open') !== 'open' || open)
      .filter(({ author }) => (query.get('created_by') ?? author) === author)
      .toSorted((a, b) => b.number - a.number)
      .map(issueJson)
  }

  function withPull(index: string | undefined, act: (request: FakeRequest) => Said): Said {
    const found = repository.pulls.find(({ number }) => number === Number(index))
    return found === undefined ? missing() : act(found)
  }

  function withThread(index: string | undefined, act: (thread: FakeThread) => Said): Said {
    const all: readonly FakeThread[] = [...repository.pulls, ...repository.issues]
    const found = all.find(({ number }) => number === Number(index))
    return found === undefined ? missing() : act(found)
  }

  function edit(thread: FakeThread, { title, body, state }: Request['body']): void {
    Object.assign(thread, {
      ...(title === undefined ? {} : { title }),
      ...(body === undefined ? {} : { body }),
      ...(state === 'closed' ? { open: false } : { edits: thread.edits + 1 }),
      updatedAt: now(),
    })
  }

  function makePull({ head, base, title, body }: Request['body']): Said {
    const [branch, into] = [String(head), String(base)]
    if (!repository.branches.has(branch)) return missing()
    const other = repository.pulls.find(
      ({ open, pull }) => open && !pull.fork && pull.branch === branch && pull.base === into,
    )
    if (other !== undefined)
      return {
        status: 409,
        body: { message: `pull request already exists for these targets [index: ${other.number}]` },
      }
    const pull = { branch, base: into, fork: false, draft: false }
    return created(pullJson(repository.addPull(US, String(title), textIn(body), pull)))
  }

  function changeFiles(body: Request['body']): Said {
    const [branch, into] = [String(body['branch']), String(body['new_branch'] ?? body['branch'])]
    const isForced = body[flavour === 'gitea' ? 'force_push' : 'force_overwrite_new_branch'] === true
    const start = repository.branches.get(branch)
    if (start === undefined) return missing(`branch does not exist [name: ${branch}]`)
    if (into !== branch && repository.branches.has(into) && !isForced)
      return unprocessable(`branch already exists [name: ${into}]`)
    const files: Record<string, string> = { ...repository.filesOf(start) }
    for (const { operation, path, content = '', sha } of body['files'] as readonly Operation[]) {
      const before = files[path]
      if (operation === 'create' && before !== undefined)
        return unprocessable(`repository file already exists [path: ${path}]`)
      if (operation !== 'create') {
        if (before === undefined) return missing('path does not exist')
        if (sha === undefined || sha === '') return unprocessable('a SHA or commit ID must be provided')
        if (sha !== blobOf(before)) return unprocessable(`sha does not match [given: ${sha}]`)
      }
      if (operation === 'delete') delete files[path]
      else files[path] = Buffer.from(content, 'base64').toString()
    }
    const commit = repository.commit(start, files, String(body['message']).trim())
    repository.branches.set(into, commit)
    return created({ files: [], commit: { sha: commit } })
  }

  function userJson(login: string): object {
    return { id: repository.userId(login), login, username: login }
  }

  function commentJson({ number }: FakeThread, { id, author, body }: FakeComment): object {
    return { id, body, user: userJson(author), html_url: `${HOME.url}/issues/${number}#issuecomment-${id}` }
  }

  function issueJson(thread: FakeThread): object {
    const isPull = 'pull' in thread
    return {
      id: 9_000 + thread.number,
      number: thread.number,
      title: thread.title,
      body: thread.body,
      state: thread.open ? 'open' : 'closed',
      user: userJson(thread.author),
      html_url: `${HOME.url}/${isPull ? 'pulls' : 'issues'}/${thread.number}`,
      pull_request: isPull ? { merged: false } : null,
    }
  }

  function pullJson(request: FakeRequest): object {
    const { pull, number } = request
    const { merged } = pull
    return {
      ...issueJson(request),
      title: pull.draft ? `WIP: ${request.title}` : request.title,
      draft: pull.draft,
      merged: merged !== undefined,
      merged_at: merged === undefined ? null : local(merged.at),
      merge_commit_sha: merged?.as ?? null,
      updated_at: local(request.updatedAt),
      base: { ref: pull.base, sha: repository.branches.get(pull.base) ?? '', repo_id: HOME.id },
      head: {
        // Once the branch is gone it is the ref that stays.
        ref: pull.head === undefined ? pull.branch : `refs/pull/${number}/head`,
        sha: repository.headOf(request),
        repo_id: pull.fork ? -1 : HOME.id,
        repo: pull.fork ? null : { id: HOME.id },
      },
    }
  }

  /** Links tell of further pages; behind the last one there is nothing. */
  function paged(all: readonly unknown[], query: URLSearchParams): Said {
    const size = Math.min(dials.most, Number(query.get('limit') ?? 30))
    const page = Number(query.get('page') ?? 1)
    const isLast = all.length <= page * size
    const next = `<https://git.example.com/api/v1/next?page=${page + 1}>; rel="next"`
    return {
      status: 200,
      body: all.slice((page - 1) * size, page * size),
      headers: {
        'x-total-count': String(all.length),
        ...(isLast ? {} : { link: `${next},<https://git.example.com/api/v1/last>; rel="last"` }),
      },
    }
  }

  const server = await openServer('/api/v1', openContract(DESCRIPTIONS[flavour]), answer)
  return { server, repository, statuses, labels, dials }
}

/** Servers tell the time where they stand. */
function local(at: number): string {
  return `${new Date(at + 3_600_000).toISOString().slice(0, 19)}+01:00`
}

/** As git names it. */
function blobOf(content: string): string {
  const bytes = Buffer.from(content)
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

function ok(body: unknown): Said {
  return { status: 200, body }
}

function created(body: unknown): Said {
  return { status: 201, body }
}

function unprocessable(message: string): Said {
  return { status: 422, body: { message } }
}

function missing(message = "The target couldn't be found."): Said {
  return { status: 404, body: { message, url: 'https://git.example.com/api/swagger', errors: [] } }
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
