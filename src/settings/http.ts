import type { Trouble } from './check.ts'
import type { WrittenDriver } from './drivers.ts'
import type { WebhookSettings } from './http-webhooks.ts'

/** Where to listen, and to which forges. */
export type HttpSettings = {
  readonly host: string
  readonly port: number
  /** Absent: to none. */
  readonly webhooks?: readonly WebhookSettings[]
}

/** As the schema accepts it. */
export type WrittenHttp = { readonly listen: string; readonly webhooks?: readonly WebhookSettings[] }

/** Where to listen when nothing says so and a driver needs it. */
export const DEFAULT_HTTP: HttpSettings = { host: '127.0.0.1', port: 8080 }

const LOOPBACK = /^(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1)$/

/** Reads `host:port`; an address of IPv6 is written in brackets. */
export function completeHttp({ listen, webhooks }: WrittenHttp): HttpSettings {
  const at = listen.lastIndexOf(':')
  const host = listen.slice(0, at).replace(/^\[(.*)\]$/, '$1')
  return { host, port: Number(listen.slice(at + 1)), ...(webhooks === undefined ? {} : { webhooks }) }
}

/** What no schema can say of `http`. */
export function httpTroubles(
  http: WrittenHttp | undefined,
  drivers: readonly WrittenDriver[],
): readonly Trouble[] {
  if (http === undefined) return []
  const { host, port } = completeHttp(http)
  const path = ['http', 'listen']
  if (port > 65_535) {
    const hint = 'for example 127.0.0.1:8080'
    return [{ path, severity: 'error', reason: 'bad-value', message: `${port} is no port`, hint }]
  }
  if (LOOPBACK.test(host)) return []
  return drivers.flatMap((driver) => {
    if (driver.kind !== 'nanomdm' || driver.webhookKey !== 'unsigned') return []
    const message = `driver ${driver.name} takes unsigned webhooks, and whoever reaches ${http.listen} can pretend to be its MDM`
    const hint = 'listen on the loopback behind a proxy that lets only the MDM in'
    return [{ path, severity: 'warning' as const, reason: 'bad-value' as const, message, hint }]
  })
}
