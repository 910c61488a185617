import type { Check } from '../../domain/check.ts'
import { object, text } from '../json.ts'
import { Refused } from '../trouble.ts'
import type { Reach } from './connect.ts'

/** What is needed, by the name that GitHub gives the right, and what does not work without it. */
const RIGHTS = [
  ['pull_requests', 'pull requests are not read, and get no comment; adopted drift is not proposed'],
  ['statuses', 'commits get no statuses'],
  ['issues', 'drift is not reported in an issue'],
  ['contents', 'adopted drift is not proposed'],
  ['checks', 'findings are not shown on their lines'],
] as const

const GRANT = 'Grant it in the settings of the GitHub App, and accept it where the app is installed.'

/** Can we see the repository, and may we write what is to be written? Changes nothing. */
export async function checkGitHub(reach: Reach): Promise<readonly Check[]> {
  try {
    const { login } = await reach.identity()
    const { data, headers } = await reach.client.request('GET /repos/{owner}/{repo}', reach.at)
    const repository = object(data) ?? {}
    const seen = `${reach.forge} can be read, as ${login}`
    return [
      { result: 'ok', message: seen },
      ...stateOf(repository),
      ...(reach.auth.kind === 'app'
        ? await rightsOfApp(reach, reach.auth.installation)
        : rightsOfToken(object(repository['permissions']), headers['x-oauth-scopes'])),
    ]
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [
      { result: 'fail', message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    ]
  }
}

function stateOf(repository: Readonly<Record<string, unknown>>): readonly Check[] {
  const checks: Check[] = []
  if (repository['archived'] === true)
    checks.push({
      result: 'fail',
      message: 'the repository is archived: nothing can be written there',
      hint: 'Take the repository out of the archive, or name another one.',
    })
  if (repository['has_issues'] === false)
    checks.push({
      result: 'warn',
      message: 'the repository has no issues: drift is not reported in one',
      hint: 'Switch issues on in the settings of the repository.',
    })
  return checks
}

async function rightsOfApp({ client }: Reach, installation: number): Promise<readonly Check[]> {
  const { data } = await client.request('GET /app/installations/{installation_id}', {
    installation_id: installation,
  })
  const permissions = object(object(data)?.['permissions']) ?? {}
  const missing = RIGHTS.filter(([right]) => permissions[right] !== 'write')
  if (missing.length === 0) return [{ result: 'ok', message: 'the GitHub App has every right it needs' }]
  return missing.map(([right, without]) => ({
    result: right === 'pull_requests' ? 'fail' : 'warn',
    message: `the GitHub App may not write ${right.replace('_', ' ')}: ${without}`,
    hint: GRANT,
  }))
}

/** GitHub says what the owner of a token may do, and of a classic one its scopes; of others not even that. */
function rightsOfToken(
  permissions: Readonly<Record<string, unknown>> | undefined,
  scopes: unknown,
): readonly Check[] {
  const checks: Check[] = []
  if (permissions !== undefined && permissions['push'] !== true)
    checks.push({
      result: 'fail',
      message:
        'the owner of the token may not write to the repository: commits get no statuses, adopted drift is not proposed',
      hint: 'Give the owner of the token the role "Write" in the repository.',
    })
  const granted = text(scopes)?.split(/,\s*/)
  if (
    granted !== undefined &&
    granted[0] !== '' &&
    !granted.some((each) => /^(repo|public_repo)$/.test(each))
  )
    checks.push({
      result: 'fail',
      message: 'the token has not the scope "repo": nothing can be written with it',
      hint: 'Make a token with the scope "repo", or a fine-grained one.',
    })
  if (checks.length === 0)
    checks.push({ result: 'ok', message: 'the owner of the token may write to the repository' })
  return [
    ...checks,
    {
      result: 'warn',
      message: 'findings are not shown on their lines: GitHub lets only a GitHub App do that',
      hint: 'Use a GitHub App instead of a token.',
    },
  ]
}
