import { isIPv6 } from 'node:net'
import { request } from 'undici'
import type { WebhookRequest } from '../domain/driver.ts'
import { SECOND, type Duration } from '../domain/time.ts'
import { webhookPath } from './webhooks.ts'

/** What came of sending a webhook to ourselves. */
export type Trial =
  | { readonly kind: 'answered'; readonly status: number; readonly text: string }
  /** Nobody listens there. */
  | { readonly kind: 'nobody' }
  | { readonly kind: 'silent'; readonly why: string }

const PATIENCE: Duration = 5 * SECOND
/** Addresses that mean every interface, and which of them we are reached at. */
const EVERYWHERE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }

/** Sends a webhook of a driver's MDM to where the service listens on this machine. */
export async function tryWebhook(
  { host, port }: { readonly host: string; readonly port: number },
  driver: string,
  { headers, body }: WebhookRequest,
): Promise<Trial> {
  const near = EVERYWHERE[host] ?? host
  const url = `http://${isIPv6(near) ? `[${near}]` : near}:${port}${webhookPath(driver)}`
  try {
    const given = { method: 'POST', headers, body, signal: AbortSignal.timeout(PATIENCE) } as const
    const answer = await request(url, given)
    return {
      kind: 'answered',
      status: answer.statusCode,
      text: (await answer.body.text()).trim().slice(0, 200),
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED') return { kind: 'nobody' }
    return { kind: 'silent', why: error instanceof Error ? error.message : String(error) }
  }
}
