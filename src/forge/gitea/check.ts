import type { Check } from '../../domain/check.ts'
import { object, type Json } from '../json.ts'
import { Refused } from '../trouble.ts'
import type { Reach } from './connect.ts'

/** Can we see the repository, and may we write what is to be written? Changes nothing. */
export async function checkGitea(reach: Reach): Promise<readonly Check[]> {
  try {
    const { login } = await reach.identity()
    const repository = await reach.client.one('GET', reach.at)
    return [
      { result: 'ok', message: `${reach.forge} can be read, as ${login}` },
      ...stateOf(repository),
      rightsOf(repository),
    ]
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [
      { result: 'fail', message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    ]
  }
}

function stateOf(repository: Json): readonly Check[] {
  const checks: Check[] = []
  if (repository['archived'] === true)
    checks.push({
      result: 'fail',
      message: 'the repository is archived: nothing can be written there',
      hint: 'Take the repository out of the archive, or name another one.',
    })
  if (repository['has_pull_requests'] === false)
    checks.push({
      result: 'fail',
      message: 'the repository has no pull requests: there is nothing to report on',
      hint: 'Switch pull requests on in the settings of the repository.',
    })
  if (repository['has_issues'] === false)
    checks.push({
      result: 'warn',
      message: 'the repository has no issues: drift is not reported in one',
      hint: 'Switch issues on in the settings of the repository.',
    })
  return checks
}

/** What the owner of the token may do; which scopes the token has is not told. */
function rightsOf(repository: Json): Check {
  if (object(repository['permissions'])?.['push'] === true)
    return { result: 'ok', message: 'the owner of the token may write to the repository' }
  return {
    result: 'fail',
    message:
      'the owner of the token may not write to the repository: commits get no statuses, adopted drift is not proposed',
    hint: 'Give the owner of the token the right to write to the repository.',
  }
}
