import {
  Branches,
  Commits,
  IssueNotes,
  Issues,
  MergeRequestNotes,
  MergeRequests,
  PersonalAccessTokens,
  Projects,
  RepositoryFiles,
  Users,
} from '@gitbeaker/rest'
import { SimplaneError } from '../../domain/error.ts'
import { readAddress } from '../../exchange/address.ts'
import { openExchange } from '../../exchange/exchange.ts'
import { fetchOver } from '../bounded-fetch.ts'
import { memoized } from '../memoized.ts'
import { ordinal, text } from '../json.ts'
import { openTurns, type Turns } from '../turns.ts'
import { answersOf, type Answers } from './answers.ts'
import type { GitLabOptions } from './options.ts'
import { HOST, requesterOver } from './requester.ts'

/** The library's resources, as many as are used. */
export type Api = ReturnType<typeof openApi>

/** Who we are there. */
export type Identity = { readonly id: number; readonly username: string }

/** One project on a GitLab. */
export type Reach = AsyncDisposable & {
  /** For people: `gitlab acme/esim`. */
  readonly forge: string
  readonly project: string | number
  readonly api: Api
  readonly answers: Answers
  readonly identity: () => Promise<Identity>
  readonly turns: Turns
}

/** The way to the project. Nothing is sent yet. Throws `settings` for what it would not use. */
export function connect(options: GitLabOptions): Reach {
  const { name, project, clock, token } = options
  const address = readAddress(options.api ?? 'https://gitlab.com/api/v4', `forge ${name}`)
  if (!isProject(project))
    throw new SimplaneError('settings', `The project of forge ${name} is neither a path nor a number.`, {
      hint: 'Write it like acme/devices/esim.',
    })
  const forge = `${name} ${project}`
  // GitLab.com allows 2,000 requests a minute, and 60 notes.
  const exchange = openExchange({
    perSecond: 10,
    connections: 4,
    ...options,
    address,
    authorization: () => '',
  })
  const api = openApi({
    host: HOST,
    // The exchange has its own limit of time.
    queryTimeout: null,
    requesterFn: requesterOver(fetchOver(exchange, { forge, base: address, clock }), address, token),
  })
  const answers = answersOf(forge)
  return {
    forge,
    project,
    api,
    answers,
    identity: memoized(() => whoWeAre(api, answers)),
    turns: openTurns(),
    [Symbol.asyncDispose]: () => exchange[Symbol.asyncDispose](),
  }
}

function openApi(options: ConstructorParameters<typeof Users>[0]) {
  return {
    branches: new Branches(options),
    commits: new Commits(options),
    files: new RepositoryFiles(options),
    issueNotes: new IssueNotes(options),
    issues: new Issues(options),
    mergeRequestNotes: new MergeRequestNotes(options),
    mergeRequests: new MergeRequests(options),
    projects: new Projects(options),
    tokens: new PersonalAccessTokens(options),
    users: new Users(options),
  }
}

function isProject(project: string | number): boolean {
  if (typeof project === 'number') return Number.isSafeInteger(project) && project > 0
  return /^[\w.-]+(\/[\w.-]+)+$/.test(project) && !/(^|\/)\.+(\/|$)/.test(project)
}

/** The token of a project or of a group has a user of its own, which GitLab makes with it. */
async function whoWeAre({ users }: Api, answers: Answers): Promise<Identity> {
  const user = await answers.one(users.showCurrentUser({ showExpanded: true }))
  const [id, username] = [ordinal(user['id']), text(user['username'])]
  if (id === undefined || username === undefined) throw answers.unreadable('us')
  return { id, username }
}
