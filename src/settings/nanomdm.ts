import type { Duration } from '../domain/time.ts'
import { milliseconds } from './duration.ts'
import type { SecretRef } from './secret.ts'

/** How a NanoMDM, or a NanoHUB, is reached. */
export type NanoMdmSettings = {
  readonly name: string
  readonly kind: 'nanomdm'
  readonly path: string
  readonly address: string
  readonly base: string
  readonly user: string
  readonly apiKey: SecretRef
  readonly webhookKey: SecretRef | 'unsigned'
  readonly refreshEvery: Duration
  readonly maxRequestsPerSecond: number
  /** File of the certificate authority. */
  readonly ca?: string
}

/** As the schema accepts it. */
export type WrittenNanoMdm = Partial<Omit<NanoMdmSettings, 'refreshEvery'>> &
  Pick<NanoMdmSettings, 'name' | 'kind' | 'address' | 'apiKey' | 'webhookKey'> & {
    readonly refreshEvery?: string
  }

/** With the defaults; `path` is where its file is unless it is written. */
export function completeNanoMdm({ refreshEvery, ...written }: WrittenNanoMdm, path: string): NanoMdmSettings {
  return {
    path,
    base: '/v1',
    user: 'nanomdm',
    maxRequestsPerSecond: 2_000,
    ...written,
    refreshEvery: milliseconds(refreshEvery ?? '12h'),
  }
}
