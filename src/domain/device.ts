import type { EsimSpec, OnRemove, SpecIdentity } from './esim.ts'
import type { Mode } from './desired.ts'
import type { Instant } from './time.ts'

/** `driver/id`: one enrolment in one MDM. */
export type RecordKey = string & { readonly brand: 'RecordKey' }

export function recordKey(driver: string, id: string): RecordKey {
  return `${driver}/${id}` as RecordKey
}

export type Platform = 'windows' | 'ios' | 'ipados' | 'other'
export type Registration = 'active' | 'retire-pending' | 'retired' | 'wipe-pending' | 'wiped' | 'unknown'
export type Ternary = 'yes' | 'no' | 'unknown'

/**
 * One MDM enrolment, as recorded: what a driver reports of it and what simplane remembers of it (planning.md
 * section 1). Absent means unknown throughout; unknown is never a licence to destroy.
 */
export type DeviceRecord = DeviceFacts & DeviceMemory

/** What the MDM says. Replaced as a whole by every observation, an unknown `labels` or `groups` apart. */
export type DeviceFacts = {
  readonly key: RecordKey
  readonly driver: string
  /** The MDM's own id, unique within its driver. */
  readonly id: string
  /** For people only: a name is no reference. */
  readonly name?: string
  readonly user?: string
  readonly platform: Platform
  /** As the MDM writes it: `10.0.22631`, `17.4.1`. */
  readonly osVersion?: string
  /** `Enterprise`, `Pro`, `Home` ... */
  readonly edition?: string
  readonly model?: string
  readonly serialNumber?: string
  readonly eid?: string
  readonly imei?: string
  /** `none`: known to have no eUICC. */
  readonly euicc?: 'present' | 'none'
  readonly registration: Registration
  readonly ownership?: 'company' | 'personal'
  /** Apple User Enrollment: the MDM may not install eSIMs. */
  readonly userEnrolled?: boolean
  readonly enrolledAt?: Instant
  readonly lastSeenAt?: Instant
  /** Has it another way online than its eSIM (S23)? */
  readonly otherConnectivity?: Ternary
  /** Absent: could not be read. `{}`: has none. */
  readonly labels?: Readonly<Record<string, string>>
  /** MDM groups, by the name the MDM shows or by its id. Absent: could not be read. */
  readonly groups?: readonly string[]
  /** The configuration axis. It says nothing about a downloaded eSIM. */
  readonly installed: readonly InstalledConfiguration[] | 'unknown'
  /** The eUICC axis. */
  readonly esims: readonly Esim[] | 'unknown'
  /** The list holds eSIMs of every origin. An incomplete one proves presence, never absence. */
  readonly esimsComplete: boolean
  /** When `installed` was true of the device. Absent: as `lastSeenAt`. */
  readonly installedObservedAt?: Instant
  /** When `esims` was true of the device. Absent: as `lastSeenAt`. */
  readonly esimsObservedAt?: Instant
}

/** What a selector can ask a device for. */
export type Traits = Pick<
  DeviceFacts,
  'driver' | 'platform' | 'osVersion' | 'model' | 'ownership' | 'labels' | 'groups'
>

/** What only simplane remembers. */
export type DeviceMemory = {
  /** Did this device ever get an eSIM of ours? Default true: not known not to be. */
  readonly provisionedBefore: boolean
  /** Names of configurations uninstalled with `erase-all-esims` whose erasure is not proven yet. */
  readonly eraseOwed: readonly string[]
  /** Proven empty and handed to a person; binds to this enrolment. */
  readonly released?: Release
}

export type Release = { readonly retirement: string; readonly at: Instant }

export type InstalledState = 'pending' | 'installed' | 'failed' | 'removing'

export type InstalledConfiguration = {
  /** The configuration's name when it was put there; a driver that knows none gives the address. */
  readonly configuration: string
  readonly spec: EsimSpec
  /** The later of the moment its install was issued and the `on` of the redownload it served. */
  readonly installedAt?: Instant
  /** false: neither installed nor adopted by simplane; never uninstalled. */
  readonly managed: boolean
  /** The newest applied. */
  readonly onRemove: OnRemove
  /** The newest applied mode; governs its removal after its document is gone (planning.md section 6). */
  readonly mode?: Mode
  readonly state: InstalledState
  readonly error?: { readonly code: string; readonly message: string; readonly at: Instant }
}

export type Esim = {
  readonly iccid: string
  /** `undefined`: not ours. */
  readonly source?: EsimSource
  /** Absent: unknown. */
  readonly enabled?: boolean
}

export type EsimSource = {
  /** The configuration that brought it. */
  readonly configuration: string
  /** The server it came from; absent when only the configuration is known. */
  readonly identity?: SpecIdentity
  readonly onRemove: OnRemove
  readonly mode?: Mode
}

/** The Windows build number of `10.0.22631`, `10.0.22631.4317` or `22631`; undefined when there is none to read. */
export function windowsBuild(osVersion: string | undefined): number | undefined {
  const match = /^(?:10\.0\.)?(\d{5})(?:\.\d+)?$/.exec(osVersion?.trim() ?? '')
  return match === null ? undefined : Number(match[1])
}

/** The first number of `17.4.1`; undefined when there is none to read. */
export function majorVersion(osVersion: string | undefined): number | undefined {
  const match = /^(\d{1,3})(?:\.|$)/.exec(osVersion?.trim() ?? '')
  return match === null ? undefined : Number(match[1])
}

export const WINDOWS_11 = 22_000

/** The only devices with an eSIM reset: Windows 11, registration active (S12). */
export function canReset(device: Pick<DeviceFacts, 'platform' | 'osVersion' | 'registration'>): boolean {
  return (
    device.platform === 'windows' &&
    device.registration === 'active' &&
    (windowsBuild(device.osVersion) ?? 0) >= WINDOWS_11
  )
}

export function isApple(platform: Platform): boolean {
  return platform === 'ios' || platform === 'ipados'
}
