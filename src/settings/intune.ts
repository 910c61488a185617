import type { Duration } from '../domain/time.ts'
import { milliseconds } from './duration.ts'
import type { SecretRef } from './secret.ts'

/** How an Intune tenant is reached, and what may be done in it. */
export type IntuneSettings = {
  readonly name: string
  readonly kind: 'intune'
  readonly path: string
  readonly tenant: string
  readonly clientId: string
  /** Exactly one of the two. */
  readonly clientSecret?: SecretRef
  /** A file with a key and its certificate, as PEM. */
  readonly clientCertificate?: { readonly file: string }
  readonly address: string
  readonly authority: string
  readonly prefix: string
  readonly scripts: boolean
  readonly groups: readonly string[]
  readonly sweepEvery: Duration
  readonly readEvery: Duration
  /** File of the certificate authority. */
  readonly ca?: string
}

/** As the schema accepts it. */
export type WrittenIntune = Partial<Omit<IntuneSettings, 'sweepEvery' | 'readEvery'>> &
  Pick<IntuneSettings, 'name' | 'kind' | 'tenant' | 'clientId'> & {
    readonly sweepEvery?: string
    readonly readEvery?: string
  }

/** With the defaults; `path` is where its file is unless it is written. */
export function completeIntune(
  { sweepEvery, readEvery, ...written }: WrittenIntune,
  path: string,
): IntuneSettings {
  return {
    path,
    address: 'https://graph.microsoft.com',
    authority: 'https://login.microsoftonline.com',
    prefix: 'simplane',
    scripts: false,
    groups: [],
    ...written,
    sweepEvery: milliseconds(sweepEvery ?? '1h'),
    readEvery: milliseconds(readEvery ?? '12h'),
  }
}
