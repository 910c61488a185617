import { windowsBuild, type Platform, type Registration } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'

/** A device as Neurons for MDM shows it, as much of it as is needed. */
export type IvantiDevice = {
  readonly id: string
  readonly platform: Platform
  readonly registration: Registration
  readonly name?: string
  readonly user?: string
  readonly osVersion?: string
  readonly model?: string
  readonly serialNumber?: string
  readonly eid?: string
  readonly imei?: string
  readonly ownership?: 'company' | 'personal'
  readonly userEnrolled?: boolean
  readonly enrolledAt?: Instant
  readonly lastCheckin?: Instant
  /** Of the SIM in use and of further subscriptions; a physical SIM looks the same. */
  readonly iccids: readonly string[]
  /** Custom attributes of the device. Absent: not shown. */
  readonly attributes?: Attributes
}

export type Attributes = Readonly<Record<string, string>>

type Json = Readonly<Record<string, unknown>>

/** Reads one device of a list, or the result of asking for one; `undefined`: it is none. */
export function readDevice(value: unknown): IvantiDevice | undefined {
  const json = objectOf(value)
  const id = json?.['id']
  if (json === undefined || !isId(id)) return undefined
  const text = (key: string): string | undefined => textOf(json[key])
  const enrolledAt = instantOf(json['lastRegistrationTime'])
  const lastCheckin = instantOf(json['lastCheckin'])
  const attributes = readAttributes(json['customAttributes'])
  const eid = eidOf(text('esimIdentifier'))
  const ownership = OWNERSHIP[text('ownershipType')?.toUpperCase() ?? '']
  return {
    id: String(id),
    platform: platformOf(json),
    registration: registrationOf(text('registrationState')),
    iccids: iccidsOf(json),
    ...optional('name', text('deviceName')),
    ...optional('user', text('emailAddress') ?? text('uid')),
    ...optional('osVersion', osVersionOf(json)),
    ...optional('model', text('prettyModel') ?? text('deviceModel')),
    ...optional('serialNumber', identityOf(text('serialNumber'))),
    ...optional('eid', eid),
    ...optional('imei', identityOf(text('imei'))),
    ...optional('ownership', ownership),
    ...(typeof json['userEnrolled'] === 'boolean' ? { userEnrolled: json['userEnrolled'] } : {}),
    ...optional('enrolledAt', enrolledAt),
    ...optional('lastCheckin', lastCheckin),
    ...optional('attributes', attributes),
  }
}

/** `{ "attrs": { … } }`, as the list, one device and its custom attributes all have it; `undefined`: not that. */
export function readAttributes(value: unknown): Attributes | undefined {
  const attrs = objectOf(objectOf(value)?.['attrs'])
  if (attrs === undefined) return undefined
  return Object.fromEntries(
    Object.entries(attrs).flatMap(([key, each]) => {
      if (typeof each !== 'string' && typeof each !== 'number' && typeof each !== 'boolean') return []
      return [[key, String(each)]]
    }),
  )
}

/** Only such an id ever becomes part of a path. */
export function isDeviceId(id: string): boolean {
  return /^\d{1,18}$/.test(id)
}

function isId(id: unknown): id is number | string {
  return (typeof id === 'number' || typeof id === 'string') && isDeviceId(String(id))
}

/** A Windows desktop is WINDOWS_PHONE in one API, with its type beside it, and WINDOWS in the other. */
function platformOf(json: Json): Platform {
  const kind = textOf(json['windowsDeviceType'])?.toUpperCase()
  switch (textOf(json['platformType'])?.toUpperCase() ?? '') {
    case 'WINDOWS':
      return kind === undefined || kind === 'WINDOWS_DESKTOP' ? 'windows' : 'other'
    case 'WINDOWS_PHONE':
      return kind === 'WINDOWS_DESKTOP' ? 'windows' : 'other'
    case 'IOS':
      return isTablet(json) ? 'ipados' : 'ios'
    default:
      return 'other'
  }
}

function isTablet(json: Json): boolean {
  return [json['deviceModel'], json['prettyModel']].some((each) => textOf(each)?.startsWith('iPad') === true)
}

const REGISTRATIONS: Readonly<Record<string, Registration>> = {
  ACTIVE: 'active',
  RETIREPENDING: 'retire-pending',
  PENDINGRETIREMENT: 'retire-pending',
  RETIRESENT: 'retire-pending',
  RETIRED: 'retired',
  WIPEPENDING: 'wipe-pending',
  WIPESENT: 'wipe-pending',
  WIPED: 'wiped',
}

/** Only ACTIVE is sure to be spelt so: letters and digits alone are compared, and what is not known is `unknown`. */
export function registrationOf(text: string | undefined): Registration {
  const letters = text?.toUpperCase().replaceAll(/[^A-Z0-9]/g, '') ?? ''
  return REGISTRATIONS[letters] ?? 'unknown'
}

const OWNERSHIP: Readonly<Record<string, 'company' | 'personal'>> = {
  COMPANY: 'company',
  CORPORATE: 'company',
  EMPLOYEE: 'personal',
  PERSONAL: 'personal',
  USER: 'personal',
}

function osVersionOf(json: Json): string | undefined {
  const version = textOf(json['platformVersion'])
  const build = textOf(json['osBuildVersion'])
  if (platformOf(json) !== 'windows' || windowsBuild(version) !== undefined) return version
  return windowsBuild(build) === undefined ? version : build
}

/** Hides what an API user with a privacy profile is not shown: not one identity that is partly there. */
const MASKED = '****'

function identityOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  return isMasked(text) ? MASKED : text
}

function isMasked(text: string): boolean {
  return /[*•●#]|x{4}/i.test(text)
}

function eidOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (isMasked(text)) return MASKED
  const digits = text.replaceAll(/[\s-]/g, '')
  return /^\d{32}$/.test(digits) ? digits : undefined
}

function iccidsOf(json: Json): readonly string[] {
  const subscriptions = Array.isArray(json['serviceSubscriptions']) ? json['serviceSubscriptions'] : []
  const all = [json['iccid'], ...subscriptions.map((each) => objectOf(each)?.['iccid'])]
  return [...new Set(all.flatMap((each) => iccidOf(textOf(each)) ?? []))].sort()
}

/** 18 to 20 digits; grouped by spaces here, and padded with F there. */
function iccidOf(text: string | undefined): string | undefined {
  const digits = text?.replaceAll(/\s/g, '').replace(/F+$/i, '')
  return digits !== undefined && /^\d{18,20}$/.test(digits) ? digits : undefined
}

/** Epoch milliseconds; some clients of the API show RFC 3339. */
function instantOf(value: unknown): Instant | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? value : undefined
  const parsed = typeof value === 'string' ? Date.parse(value) : Number.NaN
  return Number.isNaN(parsed) ? undefined : parsed
}

/** `Not Present` is what it says where a SIM has nothing to say. */
function textOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  return text === '' || /^not present$/i.test(text) ? undefined : text
}

function objectOf(value: unknown): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V })
}
