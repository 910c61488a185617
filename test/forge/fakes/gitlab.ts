import reference from './gitlab-openapi.json' with { type: 'json' }
import { openContract } from './gitlab-gitea-contract.ts'
import {
  makeRepository,
  type FakeComment,
  type FakeRequest,
  type FakeThread,
} from './gitlab-gitea-repository.ts'
import { openServer, type Request, type Said } from './gitlab-gitea-server.ts'
import { makeStatuses } from './gitlab-statuses.ts'

export const TOKEN = 'glpat-sixteenOrMoreLetters0123456789'
export const PROJECT = 'acme/devices/esim'
export const US = 'project_77_bot_4f2a'
const HOME = { id: 77, url: 'https://gitlab.example.com/acme/devices/esim' }
const DEVELOPER = 30

type Route = (request: Request) => Said
type Action = { readonly action: string; readonly file_path: string; readonly content?: string }

/** A GitLab on the loopback with one project, written from docs.gitlab.com/api. */
export type FakeGitLab = Awaited<ReturnType<typeof openFakeGitLab>>

export async function openFakeGitLab(now: () => number) {
  const repository = makeRepository(now, false)
  const statuses = makeStatuses(repository.nextId)
  const dials = {
    /** We may not see the project. */
    hidden: false,
    role: DEVELOPER,
    scopes: ['api'] as readonly string[],
    project: { archived: false, issues_access_level: 'enabled' },
    token: TOKEN,
    /** Off: a proxy takes them away. */
    pageHeaders: true,
  }
  const routes: Readonly<Record<string, Route>> = {
    'GET /user': () => ok({ ...userJson(US), commit_email: 'bot@example.com' }),
    'GET /personal_access_tokens/self': () => ok({ id: 1, scopes: dials.scopes, active: true }),
    'GET /projects/{id}': () =>
      ok({
        id: HOME.id,
        path_with_namespace: PROJECT,
        ...dials.project,
        permissions: { project_access: { access_level: dials.role }, group_access: null },
      }),
    'GET /projects/{id}/merge_requests': ({ query }) =>
      paged(
        ordered(listed(query), query).map((each) => requestJson(each, false)),
        query,
      ),
    'GET /projects/{id}/merge_requests/{merge_request_iid}': ({ values }) =>
      withRequest(values['merge_request_iid'], (each) => ok(requestJson(each, true))),
    'POST /projects/{id}/merge_requests': ({ body }) => makeRequest(body),
    'PUT /projects/{id}/merge_requests/{merge_request_iid}': ({ values, body }) =>
      withRequest(values['merge_request_iid'], (each) => {
        edit(each, body)
        return ok(requestJson(each, true))
      }),
    'GET /projects/{id}/merge_requests/{noteable_id}/notes': ({ values, query }) =>
      withRequest(values['noteable_id'], (each) => notesOf(each, query)),
    'POST /projects/{id}/merge_requests/{noteable_id}/notes': ({ values, body }) =>
      withRequest(values['noteable_id'], (each) => addNote(each, String(body['body']))),
    'PUT /projects/{id}/merge_requests/{noteable_id}/notes/{note_id}': ({ values, body }) =>
      withRequest(values['noteable_id'], (each) => {
        const note = each.comments.find(({ id }) => id === Number(values['note_id']))
        if (note === undefined) return missing('404 Not found')
        if (note.author !== US) return { status: 403, body: { message: '403 Forbidden' } }
        Object.assign(note, { body: String(body['body']), edits: note.edits + 1 })
        return ok(noteJson(note))
      }),
    'GET /projects/{id}/repository/commits/{sha}/statuses': ({ values, query }) =>
      paged(
        statuses.latest(values['sha'] ?? '', query.get('name')).map(({ author, ...row }) => ({
          ...row,
          author: userJson(author),
        })),
        query,
      ),
    'POST /projects/{id}/statuses/{sha}': ({ values, body }) => {
      const sha = values['sha'] ?? ''
      if (!repository.commits.has(sha)) return missing('404 Commit Not Found')
      // Of a fork only the head ref of the request is here: that is no branch.
      if (!isOnBranch(sha)) return missing('404 References for commit Not Found')
      return statuses.post(sha, US, body as Parameters<typeof statuses.post>[2])
    },
    'GET /projects/{id}/repository/branches/{branch}': ({ values }) => {
      const sha = repository.branches.get(values['branch'] ?? '')
      const commit = repository.commits.get(sha ?? '')
      if (commit === undefined) return missing('404 Branch Not Found')
      return ok({
        name: values['branch'],
        protected: values['branch'] === 'main',
        commit: { id: sha, message: commit.message, parent_ids: [commit.parent ?? ''] },
      })
    },
    'GET /projects/{id}/repository/files/{file_path}': ({ values, query }) => {
      const path = values['file_path'] ?? ''
      const content = repository.filesOf(query.get('ref') ?? '')[path]
      if (content === undefined) return missing('404 File Not Found')
      return ok({ file_path: path, encoding: 'base64', content: Buffer.from(content).toString('base64') })
    },
    'POST /projects/{id}/repository/commits': ({ body }) => commitFiles(body),
    'GET /projects/{id}/issues': ({ query }) => {
      const author = query.get('author_id')
      const found = repository.issues
        .filter(({ open }) => query.get('state') !== 'opened' || open)
        .filter((each) => author === null || repository.userId(each.author) === Number(author))
      return paged(ordered(found, query).map(issueJson), query)
    },
    'POST /projects/{id}/issues': ({ body }) => {
      const made = repository.addIssue(US, String(body['title']), textIn(body['description']))
      made.labels = textIn(body['labels']).split(',')
      return { status: 201, body: issueJson(made) }
    },
    'PUT /projects/{id}/issues/{issue_iid}': ({ values, body }) =>
      withIssue(values['issue_iid'], (each) => {
        edit(each, body)
        return ok(issueJson(each))
      }),
    'GET /projects/{id}/issues/{noteable_id}/notes': ({ values, query }) =>
      withIssue(values['noteable_id'], (each) => notesOf(each, query)),
    'POST /projects/{id}/issues/{noteable_id}/notes': ({ values, body }) =>
      withIssue(values['noteable_id'], (each) => addNote(each, String(body['body']))),
  }

  function answer(request: Request): Said {
    if (request.headers['private-token'] !== dials.token)
      return { status: 401, body: { message: '401 Unauthorized' } }
    const project = request.values['id']
    if (project !== undefined && (dials.hidden || ![PROJECT, String(HOME.id)].includes(project)))
      return missing('404 Project Not Found')
    if (!request.operation.startsWith('GET ')) {
      if (!dials.scopes.includes('api'))
        return {
          status: 403,
          body: {
            error: 'insufficient_scope',
            error_description: 'The request requires higher privileges than provided by the access token.',
            scope: 'api',
          },
        }
      if (dials.role < DEVELOPER) return { status: 403, body: { message: '403 Forbidden' } }
    }
    const said = routes[request.operation]?.(request) ?? missing('404 Not Found')
    return dials.pageHeaders ? said : { ...said, headers: {} }
  }

  function listed(query: URLSearchParams): FakeRequest[] {
    const after = Date.parse(query.get('updated_after') ?? '1970-01-01')
    return repository.pulls
      .filter((each) => (query.get('state') ?? stateOf(each)) === stateOf(each))
      .filter(({ updatedAt }) => updatedAt >= after)
      .filter(({ pull }) => (query.get('source_branch') ?? pull.branch) === pull.branch)
      .filter(({ pull }) => (query.get('target_branch') ?? pull.base) === pull.base)
  }

  function withRequest(iid: string | undefined, act: (request: FakeRequest) => Said): Said {
    const found = repository.pulls.find(({ number }) => number === Number(iid))
    return found === undefined ? missing('404 Not found') : act(found)
  }

  function withIssue(iid: string | undefined, act: (issue: FakeThread) => Said): Said {
    const found = repository.issues.find(({ number }) => number === Number(iid))
    return found === undefined ? missing('404 Issue Not Found') : act(found)
  }

  function makeRequest(body: Request['body']): Said {
    const [branch, base] = [String(body['source_branch']), String(body['target_branch'])]
    if (!repository.branches.has(branch))
      return { status: 400, body: { message: { source_branch: ['does not exist'] } } }
    const other = repository.pulls.find(
      ({ open, pull }) => open && !pull.fork && pull.branch === branch && pull.base === base,
    )
    if (other !== undefined)
      return {
        status: 409,
        body: {
          message: [`Another open merge request already exists for this source branch: !${other.number}`],
        },
      }
    const made = repository.addPull(US, String(body['title']), textIn(body['description']), {
      branch,
      base,
      fork: false,
      draft: false,
    })
    return { status: 201, body: requestJson(made, true) }
  }

  function edit(thread: FakeThread, { title, description, state_event }: Request['body']): void {
    Object.assign(thread, {
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { body: description }),
      ...(state_event === 'close' ? { open: false } : { edits: thread.edits + 1 }),
      updatedAt: now(),
    })
    if (state_event === 'close') repository.addComment(thread, US, 'closed', true)
    else repository.addComment(thread, US, 'changed the description', true)
  }

  function notesOf({ comments }: FakeThread, query: URLSearchParams): Said {
    const notes = query.get('sort') === 'asc' ? comments : comments.toReversed()
    return paged(notes.map(noteJson), query)
  }

  function addNote(thread: FakeThread, body: string): Said {
    if (body.trim() === '') return { status: 400, body: { message: '400 (Bad request) "Note" not given' } }
    // A quick action is carried out with the rights of who writes it.
    if (/^\s*\/(close|merge)\b/m.test(body)) thread.open = false
    return { status: 201, body: noteJson(repository.addComment(thread, US, body)) }
  }

  function commitFiles({ branch, start_sha, force, actions, commit_message }: Request['body']): Said {
    const name = String(branch)
    if (repository.branches.has(name) && start_sha !== undefined && force !== true)
      return bad(`A branch called '${name}' already exists. Switch to that branch in order to make changes`)
    const start = textIn(start_sha ?? repository.branches.get(name))
    if (!repository.commits.has(start)) return bad(`Cannot find start_branch/start_sha '${start}'`)
    const files: Record<string, string> = { ...repository.filesOf(start) }
    for (const { action, file_path: path, content } of actions as readonly Action[]) {
      if (action === 'create' && path in files) return bad('A file with this name already exists')
      if (action !== 'create' && !(path in files)) return bad("A file with this name doesn't exist")
      if (action === 'delete') delete files[path]
      else files[path] = content ?? ''
    }
    const sha = repository.commit(start, files, String(commit_message))
    repository.branches.set(name, sha)
    return { status: 201, body: { id: sha, message: commit_message, parent_ids: [start] } }
  }

  function isOnBranch(sha: string): boolean {
    return [...repository.branches.values()].some((tip) => {
      for (let at: string | undefined = tip; at !== undefined; at = repository.commits.get(at)?.parent)
        if (at === sha) return true
      return false
    })
  }

  function userJson(username: string): object {
    return { id: repository.userId(username), username, name: username, state: 'active' }
  }

  function noteJson({ id, author, body, system }: FakeComment): object {
    return { id, body, system, author: userJson(author), internal: false }
  }

  function issueJson(issue: FakeThread): object {
    return {
      id: 9_000 + issue.number,
      iid: issue.number,
      title: issue.title,
      description: issue.body,
      state: issue.open ? 'opened' : 'closed',
      author: userJson(issue.author),
      web_url: `${HOME.url}/-/issues/${issue.number}`,
    }
  }

  /** `whole`: alone. A list does not tell where the base is. */
  function requestJson(request: FakeRequest, whole: boolean): object {
    const { pull, number } = request
    const head = repository.headOf(request)
    return {
      id: 5_000 + number,
      iid: number,
      title: pull.draft ? `Draft: ${request.title}` : request.title,
      description: request.body,
      state: stateOf(request),
      draft: pull.draft,
      author: userJson(request.author),
      source_branch: pull.branch,
      target_branch: pull.base,
      source_project_id: pull.fork ? HOME.id + 1 : HOME.id,
      target_project_id: HOME.id,
      sha: head,
      merge_commit_sha: pull.merged?.how === 'merge' ? pull.merged.as : null,
      squash_commit_sha: pull.merged?.how === 'squash' ? pull.merged.as : null,
      merged_at: pull.merged === undefined ? null : new Date(pull.merged.at).toISOString(),
      updated_at: new Date(request.updatedAt).toISOString(),
      web_url: `${HOME.url}/-/merge_requests/${number}`,
      ...(whole ? { diff_refs: { base_sha: null, head_sha: head, start_sha: repository.first } } : {}),
    }
  }

  const server = await openServer('/api/v4', openContract(reference), answer)
  return { server, repository, statuses, dials }
}

function stateOf({ open, pull }: FakeRequest): string {
  if (pull.merged !== undefined) return 'merged'
  return open ? 'opened' : 'closed'
}

function ordered<T extends FakeThread>(all: readonly T[], query: URLSearchParams): readonly T[] {
  const key = query.get('order_by') === 'updated_at' ? 'updatedAt' : 'createdAt'
  const newest = all.toReversed().toSorted((a, b) => b[key] - a[key])
  return query.get('sort') === 'asc' ? newest.toReversed() : newest
}

function paged(all: readonly unknown[], query: URLSearchParams): Said {
  const size = Math.min(100, Number(query.get('per_page') ?? 20))
  const page = Number(query.get('page') ?? 1)
  const isLast = all.length <= page * size
  return {
    status: 200,
    body: all.slice((page - 1) * size, page * size),
    headers: {
      'x-page': String(page),
      'x-per-page': String(size),
      'x-next-page': isLast ? '' : String(page + 1),
    },
  }
}

function ok(body: unknown): Said {
  return { status: 200, body }
}

function bad(message: string): Said {
  return { status: 400, body: { message } }
}

function missing(message: string): Said {
  return { status: 404, body: { message } }
}

function textIn(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
