import type { SecretRef } from './secret.ts'

/** How a SimpleMDM account is reached. */
export type SimpleMdmSettings = {
  readonly name: string
  readonly kind: 'simplemdm'
  readonly path: string
  readonly address: string
  readonly apiKey: SecretRef
  readonly maxRequestsPerSecond: number
  /** File of the certificate authority. */
  readonly ca?: string
}

/** As the schema accepts it. */
export type WrittenSimpleMdm = Partial<SimpleMdmSettings> &
  Pick<SimpleMdmSettings, 'name' | 'kind' | 'apiKey'>

/** With the defaults; `path` is where its file is unless it is written. */
export function completeSimpleMdm(written: WrittenSimpleMdm, path: string): SimpleMdmSettings {
  return { path, address: 'https://a.simplemdm.com', maxRequestsPerSecond: 5, ...written }
}
