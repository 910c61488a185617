/**
 * What an eSIM configuration says to a device. Its **identity on a device** is its server name (Windows) or
 * normalised carrier URL (iOS); the flags are no part of it (planning.md section 1).
 */
export type EsimSpec = WindowsSpec | IosSpec

export type WindowsSpec = {
  readonly platform: 'windows'
  /** Bare FQDN in lower case (S4). */
  readonly serverName: string
  /** S5; default false. */
  readonly isDiscoveryServer: boolean
  /** S6; default true. */
  readonly autoEnable: boolean
}

export type IosSpec = {
  readonly platform: 'ios'
  /** Absolute http(s) URL, normalised by `normaliseCarrierUrl` (S1, S10). */
  readonly carrierUrl: string
}

/** What becomes of the eSIMs when the configuration leaves a device (S18, S21). */
export type OnRemove = 'keep-esims' | 'erase-all-esims'

/** `windows:smdp.acme.example` or `ios:https://smdp.acme.example/`: equal exactly when two specs are one on a device. */
export type SpecIdentity = string & { readonly brand: 'SpecIdentity' }

export function specIdentity(spec: EsimSpec): SpecIdentity {
  return spec.platform === 'windows' ? windowsIdentity(spec.serverName) : iosIdentity(spec.carrierUrl)
}

export function windowsIdentity(serverName: string): SpecIdentity {
  return `windows:${serverName.toLowerCase()}` as SpecIdentity
}

export function iosIdentity(carrierUrl: string): SpecIdentity {
  return `ios:${normaliseCarrierUrl(carrierUrl)}` as SpecIdentity
}

/** Same identity and other flags: an `update`, never a download. Only Windows has flags. */
export function sameFlags(a: EsimSpec, b: EsimSpec): boolean {
  if (a.platform === 'ios' || b.platform === 'ios') return true
  return a.isDiscoveryServer === b.isDiscoveryServer && a.autoEnable === b.autoEnable
}

/** The WHATWG form (lower-case scheme and host, no default port); a text that is no URL is kept as it is. */
export function normaliseCarrierUrl(text: string): string {
  return URL.parse(text)?.href ?? text
}

/** The server or URL a person recognises the spec by. */
export function specAddress(spec: EsimSpec): string {
  return spec.platform === 'windows' ? spec.serverName : spec.carrierUrl
}
