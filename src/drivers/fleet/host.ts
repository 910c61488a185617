import type { Platform, Registration } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'
import { quoted } from '../../exchange/words.ts'
import { moment, object, objects, text, whole, type Json } from './json.ts'
import { teamOf, type Team } from './names.ts'

/** Fleet's number of one host, from 1 on. Only `hostId` makes one: nothing empty ever stands where a host is named. */
export type HostId = number & { readonly brand: 'HostId' }

/** The host that an id of ours names; `undefined` when it can be none of Fleet's. */
export function hostId(id: string): HostId | undefined {
  return /^[1-9]\d{0,14}$/.test(id) ? (Number(id) as HostId) : undefined
}

/** What Fleet says of one configuration profile on one host. */
export type HostProfile = {
  readonly name: string
  readonly operation: 'install' | 'remove'
  readonly status: 'pending' | 'verifying' | 'verified' | 'failed'
  readonly detail?: string
}

/** One host as Fleet shows it. Absent: it did not say. */
export type Host = {
  readonly id: HostId
  /** Empty for a device that Apple Business Manager announced and nobody enrolled yet. */
  readonly uuid: string
  readonly platform: Platform
  readonly osVersion?: string
  readonly edition?: string
  readonly name?: string
  readonly model?: string
  readonly serialNumber?: string
  readonly team: Team
  readonly registration: Registration
  /** Bring your own device: an Apple User Enrollment, or a Windows work account. */
  readonly personal: boolean
  /** Enrolled by Apple Business Manager or Autopilot. */
  readonly automatic: boolean
  /** osquery answers: a live query can be asked. */
  readonly online: boolean
  readonly enrolledAt?: Instant
  readonly seenAt?: Instant
  /** Names of its labels. Absent: not shown. */
  readonly labels?: readonly string[]
  /** Absent: not shown (lists do not). */
  readonly profiles?: readonly HostProfile[]
}

/** One host from its JSON; `undefined` when its id is missing. */
export function readHost(json: Json): Host | undefined {
  const id = hostId(String(json['id']))
  const uuid = text(json['uuid']) ?? ''
  if (id === undefined) return undefined
  const platform = platformOf(json['platform'])
  const mdm = object(json['mdm']) ?? {}
  const enrollment = text(mdm['enrollment_status'])?.toLowerCase() ?? ''
  const labels = objects(json['labels'])?.flatMap((label) => text(label['name']) ?? [])
  const profiles = profilesOf(mdm)
  return {
    id,
    uuid,
    platform,
    team: teamOf(json),
    registration: uuid === '' ? 'unknown' : registrationOf(mdm, enrollment),
    personal: enrollment.startsWith('on') && enrollment.includes('personal'),
    automatic: enrollment.startsWith('on') && enrollment.includes('automatic'),
    online: json['status'] === 'online',
    ...versionOf(platform, text(json['os_version'])),
    ...present({
      name: text(json['display_name']) ?? text(json['hostname']),
      model: text(json['hardware_model']),
      serialNumber: text(json['hardware_serial']),
      enrolledAt: moment(json['last_mdm_enrolled_at']) ?? moment(json['last_enrolled_at']),
      seenAt: newest(moment(json['seen_time']), moment(json['last_mdm_checked_in_at'])),
      labels,
      profiles,
    }),
  }
}

function platformOf(value: unknown): Platform {
  return value === 'windows' || value === 'ios' || value === 'ipados' ? value : 'other'
}

/** The spelling of the states is not documented: what is not known to be on is never taken for on. */
function registrationOf(mdm: Json, enrollment: string): Registration {
  if (mdm['device_status'] === 'wiped') return 'wiped'
  if (mdm['device_status'] === 'wiping' || mdm['pending_action'] === 'wipe') return 'wipe-pending'
  if (enrollment === 'off') return 'retired'
  // With another MDM it is not Fleet that commands it.
  return /^on\b/.test(enrollment) && mdm['connected_to_fleet'] !== false ? 'active' : 'unknown'
}

/** `Windows 11 Enterprise 23H2 10.0.22631.4317`, `iOS 18.1`. */
function versionOf(platform: Platform, said = ''): Pick<Host, 'osVersion' | 'edition'> {
  if (platform === 'windows') {
    const osVersion = /\b10\.0\.\d{5}(\.\d+)?\b/.exec(said)?.[0]
    const edition = /\b(Home|Pro|Enterprise|Education)\b/i.exec(said)?.[0]
    return present({ osVersion, edition })
  }
  return present({ osVersion: /\d+(\.\d+)*/.exec(said)?.[0] })
}

/** `null` are none; anything but a list of profiles is not known. */
function profilesOf(mdm: Json): readonly HostProfile[] | undefined {
  if (mdm['profiles'] === null) return []
  const list = objects(mdm['profiles'])
  const profiles = list?.map(profileOf)
  return profiles?.every((each) => each !== undefined) === true ? profiles : undefined
}

function profileOf(json: Json): HostProfile | undefined {
  const name = text(json['name'])
  const operation = json['operation_type'] ?? 'install'
  // A profile that Fleet's next round will send has no status yet.
  const status = json['status'] ?? 'pending'
  const isOperation = operation === 'install' || operation === 'remove'
  const isStatus = STATUSES.find((each) => each === status)
  if (name === undefined || !isOperation || isStatus === undefined) return undefined
  const detail = typeof json['detail'] === 'string' ? quoted(json['detail']) : ''
  return { name, operation, status: isStatus, ...(detail === '' ? {} : { detail }) }
}

const STATUSES = ['pending', 'verifying', 'verified', 'failed'] as const

/** A count of hosts in an answer. */
export function readCount(json: Json): number | undefined {
  return whole(json['count'])
}

function newest(...times: readonly (Instant | undefined)[]): Instant | undefined {
  const known = times.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : Math.max(...known)
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

/** The values that are there. */
export function present<T extends object>(values: T): Present<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Present<T>
}
