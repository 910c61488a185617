import type { Environment } from './environment.ts'
import type { WrittenReports } from './reports.ts'

/** What a CI's own variables say of the pull request that it runs for. */
export type CiContext = {
  readonly kind: 'ci'
  /** Where git reads the repository. */
  readonly repo: string
  /** The branch that the pull request is for; absent where the CI does not run for one. */
  readonly branch?: string
  readonly forge: WrittenReports['forge'] & { readonly token: { readonly env: string } }
  /** Absent where the CI does not run for a pull request. */
  readonly pull?: number
}

/** The variables of a CI that cannot be trusted as they are; the value is never repeated. */
export type CiTrouble = { readonly kind: 'wrong'; readonly message: string; readonly hint: string }

/** What people set for us, in place of the token that the CI makes. */
const OURS = 'SIMPLANE_FORGE_TOKEN'
const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])$/
const REPOSITORY = /^[A-Za-z0-9_.-]+\/[A-Za-z0-9_.-]+$/
const PROJECT = /^[A-Za-z0-9_.-]+(\/[A-Za-z0-9_.-]+)+$/
/** As git accepts a branch, and without what a shell or a terminal would read. */
const BRANCH = /^(?!-)[\p{L}\p{N}._/#+@=-]{1,200}$/u

/**
 * Reads where a CI runs and for what: GitHub Actions, those of Gitea and Forgejo, or GitLab CI. `undefined`: no CI that
 * is known. Addresses are https, and the API is on the host of the repository, so that a token goes nowhere else.
 * Sources: docs.github.com/en/actions/reference/workflows-and-actions/variables, docs.gitlab.com/ci/variables/predefined_variables.
 */
export function ciContext(env: Environment): CiContext | CiTrouble | undefined {
  const [actions, gitlab] = [said(env, 'GITHUB_REPOSITORY'), said(env, 'CI_PROJECT_PATH')]
  if (actions !== undefined && gitlab !== undefined)
    return wrong(
      'GITHUB_REPOSITORY and CI_PROJECT_PATH are both set: it is not clear which CI this is',
      'Unset the one of the CI that this is not.',
    )
  if (actions !== undefined) return ofActions(env, actions)
  return gitlab === undefined ? undefined : ofGitLab(env, gitlab)
}

function ofActions(env: Environment, repository: string): CiContext | CiTrouble {
  // Both runners say so of themselves: the other variables have GitHub's names.
  const isGitea = env['GITEA_ACTIONS'] === 'true' || env['FORGEJO_ACTIONS'] === 'true'
  if (!REPOSITORY.test(repository) || hasDots(repository))
    return unusable('GITHUB_REPOSITORY', 'no owner/name')
  const server = addressOf(env, 'GITHUB_SERVER_URL')
  const api = addressOf(env, 'GITHUB_API_URL')
  if ('kind' in server) return server
  if ('kind' in api) return api
  if (![server.hostname, `api.${server.hostname}`].includes(api.hostname))
    return unusable('GITHUB_API_URL', 'on another host than GITHUB_SERVER_URL')
  const ref = said(env, 'GITHUB_REF')
  const pull = ref === undefined ? undefined : /^refs\/pull\/(\d+)\/(?:merge|head)$/.exec(ref)?.[1]
  return completed(env, {
    repo: `${plain(server)}/${repository}.git`,
    forge: { kind: isGitea ? 'gitea' : 'github', repository, api: plain(api) },
    tokens: [OURS, 'GITHUB_TOKEN'],
    branch: 'GITHUB_BASE_REF',
    pull,
  })
}

function ofGitLab(env: Environment, repository: string): CiContext | CiTrouble {
  if (!PROJECT.test(repository) || hasDots(repository))
    return unusable('CI_PROJECT_PATH', 'no path of a project')
  const api = addressOf(env, 'CI_API_V4_URL')
  if ('kind' in api) return api
  const base = plain(api)
  if (!base.endsWith('/api/v4')) return unusable('CI_API_V4_URL', 'not the address of an API v4')
  const iid = said(env, 'CI_MERGE_REQUEST_IID')
  if (iid !== undefined && !/^\d+$/.test(iid)) return unusable('CI_MERGE_REQUEST_IID', 'no number')
  return completed(env, {
    repo: `${base.slice(0, -'/api/v4'.length)}/${repository}.git`,
    forge: { kind: 'gitlab', repository, api: base },
    // What a job's own token may do, comments are not among it (docs.gitlab.com/ci/jobs/ci_job_token).
    tokens: [OURS],
    branch: 'CI_MERGE_REQUEST_TARGET_BRANCH_NAME',
    pull: iid,
  })
}

type Found = {
  readonly repo: string
  readonly forge: Omit<CiContext['forge'], 'token'>
  readonly tokens: readonly string[]
  readonly branch: string
  readonly pull: string | undefined
}

function completed(env: Environment, found: Found): CiContext | CiTrouble {
  const token = found.tokens.find((name) => said(env, name) !== undefined)
  if (token === undefined)
    return wrong(
      `there is no token for the forge: ${found.tokens.join(' and ')} ${found.tokens.length === 1 ? 'is' : 'are'} not set`,
      'Hand it to the step as a secret of the CI; docs/pull-requests.md says which rights it needs.',
    )
  const branch = said(env, found.branch)
  if (branch !== undefined && !BRANCH.test(branch)) return unusable(found.branch, 'no name of a branch')
  const pull = found.pull === undefined ? undefined : Number(found.pull)
  if (pull !== undefined && (!Number.isSafeInteger(pull) || pull < 1))
    return wrong('the number of the pull request is none', 'Say it: simplane report --pull-request 412.')
  return {
    kind: 'ci',
    repo: found.repo,
    forge: { ...found.forge, token: { env: token } },
    ...(branch === undefined ? {} : { branch }),
    ...(pull === undefined ? {} : { pull }),
  }
}

/** An empty variable is one that is not set. */
function said(env: Environment, name: string): string | undefined {
  const value = env[name]
  return value === '' ? undefined : value
}

function addressOf(env: Environment, name: string): URL | CiTrouble {
  const text = said(env, name)
  if (text === undefined) return wrong(`the variable ${name} is not set`, 'Run in the CI, or write settings.')
  if (/[\p{Cc}\s\\]/u.test(text) || !URL.canParse(text)) return unusable(name, 'no address')
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return unusable(name, 'an address with credentials in it')
  if (url.search !== '' || url.hash !== '') return unusable(name, 'an address with a query or a fragment')
  if (url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.test(url.hostname))) return url
  return unusable(name, 'no https address')
}

function plain(url: URL): string {
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '')
}

/** `..` would lead out of the path it is put into. */
function hasDots(path: string): boolean {
  return path.split('/').some((part) => /^\.+$/.test(part) || part.startsWith('-'))
}

function unusable(variable: string, what: string): CiTrouble {
  return wrong(
    `the variable ${variable} is ${what}`,
    'The CI sets it by itself: look for what has changed it, or write settings.',
  )
}

function wrong(message: string, hint: string): CiTrouble {
  return { kind: 'wrong', message, hint }
}
