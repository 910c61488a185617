import type { Hearing, Signal, WebhookRequest } from '../domain/driver.ts'
import type { Log } from '../domain/log.ts'
import type { Clock } from '../domain/time.ts'
import { openComplaints } from './complaints.ts'
import type { Asked, Reply } from './listener.ts'

export type WebhookOptions = {
  /** What drivers that hear webhooks do with one, by their names. */
  readonly hooks: ReadonlyMap<string, (request: WebhookRequest) => Promise<Hearing>>
  /** Told whom to look at, once the driver has kept what it heard. */
  readonly heard: (driver: string, signals: readonly Signal[]) => void
  /** Answers what forges send; `undefined`: that is for somebody else. Absent: none sends anything. */
  readonly forges?: (asked: Asked) => Promise<Reply> | undefined
  readonly clock: Clock
  readonly log: Log
}

/** Where the MDM of a driver sends its webhooks. */
export function webhookPath(driver: string): string {
  return `/webhooks/drivers/${driver}`
}

const PATH = /^\/webhooks\/drivers\/([a-z0-9-]{1,63})$/

/**
 * What is answered over HTTP: POST /webhooks/drivers/NAME, what is for forges, and nothing else. 200 is said only when the
 * driver keeps what was pushed; after anything else the MDM may send it again.
 */
export function answerWebhooks({
  hooks,
  heard,
  forges,
  clock,
  log,
}: WebhookOptions): (asked: Asked) => Promise<Reply> {
  const complain = openComplaints(clock, log)
  return async (asked) => {
    const forForge = forges?.(asked)
    if (forForge !== undefined) return forForge
    const { method, path, headers, body } = asked
    const driver = PATH.exec(path)?.[1]
    const hook = driver === undefined ? undefined : hooks.get(driver)
    if (driver === undefined || hook === undefined) return { status: 404, text: 'nothing is served here' }
    if (method !== 'POST')
      return { status: 405, text: 'webhooks are sent with POST', headers: { allow: 'POST' } }
    const bytes = await body()
    if (typeof bytes === 'string') return { status: 413, text: 'a webhook has at most a mebibyte' }
    const hearing = await hook({ headers, body: bytes })
    if (hearing.kind === 'refused') {
      complain(`driver ${driver}`, hearing.message, { driver })
      return { status: hearing.status, text: hearing.message }
    }
    heard(driver, hearing.signals)
    return { status: 200, text: 'heard' }
  }
}
