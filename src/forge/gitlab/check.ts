import type { Check } from '../../domain/check.ts'
import { object, text, type Json } from '../json.ts'
import { Refused } from '../trouble.ts'
import type { Reach } from './connect.ts'

/** Roles as numbers (docs.gitlab.com/api/access_requests, "Valid access levels"). */
const REPORTER = 20
const DEVELOPER = 30

/** Can we see the project, and may we write what is to be written? Changes nothing. */
export async function checkGitLab(reach: Reach): Promise<readonly Check[]> {
  const { api, answers, project, forge, identity } = reach
  try {
    const { username } = await identity()
    const seen = await answers.one(api.projects.show(project, { showExpanded: true }))
    const token = await perhapsToken(reach)
    return [
      { result: 'ok', message: `${forge} can be read, as ${username}` },
      ...stateOf(seen),
      roleOf(seen),
      ...scopesOf(token),
    ]
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return [
      { result: 'fail', message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) },
    ]
  }
}

/** What GitLab knows of the token; `undefined` for one of OAuth, of which it tells nothing here. */
async function perhapsToken({ api, answers }: Reach): Promise<Json | undefined> {
  try {
    return await answers.one(api.tokens.show({ showExpanded: true }))
  } catch (error) {
    if (error instanceof Refused && error.httpStatus !== undefined) return undefined
    throw error
  }
}

function stateOf(project: Json): readonly Check[] {
  const checks: Check[] = []
  if (project['archived'] === true)
    checks.push({
      result: 'fail',
      message: 'the project is archived: nothing can be written there',
      hint: 'Take the project out of the archive, or name another one.',
    })
  if (project['issues_access_level'] === 'disabled')
    checks.push({
      result: 'warn',
      message: 'the project has no issues: drift is not reported in one',
      hint: 'Switch issues on in the settings of the project.',
    })
  return checks
}

/** Where both are absent the role comes from elsewhere, and GitLab does not tell it. */
function roleOf(project: Json): Check {
  const permissions = object(project['permissions'])
  const roles = [permissions?.['project_access'], permissions?.['group_access']]
    .map((access) => object(access)?.['access_level'])
    .filter((level) => typeof level === 'number')
  const role = Math.max(...roles)
  const hint = 'Give the owner of the token the role Developer in the project.'
  if (roles.length === 0)
    return { result: 'warn', message: 'GitLab does not say which role the token has in the project', hint }
  if (role >= DEVELOPER) return { result: 'ok', message: 'the token may comment, set statuses and propose' }
  if (role >= REPORTER)
    return {
      result: 'fail',
      message:
        'the token may not write to the project: commits get no statuses, adopted drift is not proposed',
      hint,
    }
  return { result: 'fail', message: 'the token may hardly read the project', hint }
}

function scopesOf(token: Json | undefined): readonly Check[] {
  const scopes = token?.['scopes']
  if (!Array.isArray(scopes) || scopes.some((scope) => text(scope) === 'api')) return []
  return [
    {
      result: 'fail',
      message: 'the token has not the scope "api": nothing can be written with it',
      hint: 'Make a token with the scope "api".',
    },
  ]
}
