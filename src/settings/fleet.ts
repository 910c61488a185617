import type { Duration } from '../domain/time.ts'
import { milliseconds } from './duration.ts'
import type { SecretRef } from './secret.ts'

/** How a Fleet is reached, and what it may be used for. */
export type FleetSettings = {
  readonly name: string
  readonly kind: 'fleet'
  readonly path: string
  readonly address: string
  readonly token: SecretRef
  readonly premium: boolean
  readonly readEuicc: boolean
  readonly apiNames: 'teams' | 'fleets'
  readonly refreshEvery: Duration
  /** File of the certificate authority. */
  readonly ca?: string
}

/** As the schema accepts it. */
export type WrittenFleet = Partial<Omit<FleetSettings, 'refreshEvery'>> &
  Pick<FleetSettings, 'name' | 'kind' | 'address' | 'token'> & { readonly refreshEvery?: string }

/** With the defaults; `path` is where its file is unless it is written. */
export function completeFleet({ refreshEvery, ...written }: WrittenFleet, path: string): FleetSettings {
  return {
    path,
    premium: false,
    readEuicc: false,
    apiNames: 'teams',
    ...written,
    refreshEvery: milliseconds(refreshEvery ?? '12h'),
  }
}
