import { request } from 'undici'
import { SECOND, type Clock, type Duration } from '../domain/time.ts'

const PATIENCE: Duration = 5 * SECOND

/**
 * By how much our clock is ahead of a git server's (negative: behind), to a second; `undefined` where that cannot be
 * told: the repository is not reached over https, or the server does not answer or names no time. No credentials are
 * sent.
 */
export async function clockAhead(repo: string, clock: Clock): Promise<Duration | undefined> {
  if (!/^https?:/.test(repo) || !URL.canParse(repo)) return undefined
  const { origin } = new URL(repo)
  try {
    const asked = clock.now()
    const { headers, body } = await request(origin, { method: 'HEAD', signal: AbortSignal.timeout(PATIENCE) })
    await body.dump()
    const said = Date.parse(String(headers['date']))
    if (Number.isNaN(said)) return undefined
    const answered = clock.now()
    // The header leaves out the fraction of its second.
    const [earliest, latest] = [asked - said - SECOND, answered - said]
    if (earliest > 0) return earliest
    return latest < 0 ? latest : 0
  } catch {
    // Whether the server answers at all is told of the source.
    return undefined
  }
}
