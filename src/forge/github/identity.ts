import { object, ordinal, text } from '../json.ts'
import { Refused, unreachable } from '../trouble.ts'
import type { Client } from './connect.ts'
import type { GitHubAuth } from './options.ts'

/** As whom GitHub shows what we write. */
export type Identity = {
  readonly login: string
  /** The GitHub App's number; absent with a token. */
  readonly app?: number
}

/** A workflow's own token is nobody's: GET /user is refused to it, and what it writes is this bot's. */
const WORKFLOW = 'github-actions[bot]'

/** Asks GitHub who we are. */
export async function whoWeAre(client: Client, forge: string, auth: GitHubAuth): Promise<Identity> {
  if (auth.kind === 'app') {
    const { data } = await client.request('GET /app')
    const [slug, app] = [text(object(data)?.['slug']), ordinal(object(data)?.['id'])]
    if (slug === undefined || app === undefined) throw unreachable(forge, 'it does not say which app this is')
    return { login: `${slug}[bot]`, app }
  }
  try {
    const { data } = await client.request('GET /user')
    const login = text(object(data)?.['login'])
    if (login === undefined) throw unreachable(forge, 'it does not say whose token this is')
    return { login }
  } catch (error) {
    if (error instanceof Refused && error.httpStatus === 403 && /by integration/.test(error.message))
      return { login: WORKFLOW }
    throw error
  }
}
