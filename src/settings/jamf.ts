import type { SecretRef } from './secret.ts'

/** How a Jamf Pro is reached. */
export type JamfSettings = {
  readonly name: string
  readonly kind: 'jamf'
  readonly path: string
  readonly address: string
  readonly clientId: string
  readonly clientSecret: SecretRef
  readonly askInventory: boolean
  readonly maxRequestsPerSecond: number
  /** File of the certificate authority. */
  readonly ca?: string
}

/** As the schema accepts it. */
export type WrittenJamf = Partial<JamfSettings> &
  Pick<JamfSettings, 'name' | 'kind' | 'address' | 'clientId' | 'clientSecret'>

/** With the defaults; `path` is where its file is unless it is written. */
export function completeJamf(written: WrittenJamf, path: string): JamfSettings {
  return { path, askInventory: true, maxRequestsPerSecond: 10, ...written }
}
