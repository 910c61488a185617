import type { Hearing, Signal, WebhookRequest } from '../domain/driver.ts'
import type { Log } from '../domain/log.ts'
import { MINUTE, type Clock, type Duration, type Instant } from '../domain/time.ts'
import type { Asked, Reply } from './listener.ts'

export type WebhookOptions = {
  /** What drivers that hear webhooks do with one, by their names. */
  readonly hooks: ReadonlyMap<string, (request: WebhookRequest) => Promise<Hearing>>
  /** Told whom to look at, once the driver has kept what it heard. */
  readonly heard: (driver: string, signals: readonly Signal[]) => void
  readonly clock: Clock
  readonly log: Log
}

/** Where the MDM of a driver sends its webhooks. */
export function webhookPath(driver: string): string {
  return `/webhooks/drivers/${driver}`
}

const PATH = /^\/webhooks\/drivers\/([a-z0-9-]{1,63})$/
/** How often webhooks that a driver refuses are complained about. */
const COMPLAIN_EVERY: Duration = MINUTE

/**
 * What is answered over HTTP: POST /webhooks/drivers/NAME, and nothing else. 200 is said only when the driver keeps what
 * was pushed; after anything else the MDM may send it again.
 */
export function answerWebhooks({
  hooks,
  heard,
  clock,
  log,
}: WebhookOptions): (asked: Asked) => Promise<Reply> {
  const complained = new Map<string, Instant>()

  function complain(driver: string, why: string): void {
    const now = clock.now()
    const last = complained.get(driver) ?? -Infinity
    if (now >= last && now - last < COMPLAIN_EVERY) return
    complained.set(driver, now)
    log.warn('refused-webhook', `a webhook for driver ${driver} was refused: ${why}`, { driver })
  }

  return async ({ method, path, headers, body }) => {
    const driver = PATH.exec(path)?.[1]
    const hook = driver === undefined ? undefined : hooks.get(driver)
    if (driver === undefined || hook === undefined) return { status: 404, text: 'nothing is served here' }
    if (method !== 'POST')
      return { status: 405, text: 'webhooks are sent with POST', headers: { allow: 'POST' } }
    const bytes = await body()
    if (bytes === undefined) return { status: 413, text: 'a webhook has at most a mebibyte' }
    const hearing = await hook({ headers, body: bytes })
    if (hearing.kind === 'refused') {
      complain(driver, hearing.message)
      return { status: hearing.status, text: hearing.message }
    }
    heard(driver, hearing.signals)
    return { status: 200, text: 'heard' }
  }
}
