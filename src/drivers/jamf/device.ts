import type { Platform } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'
import { moment, object, objects, present, text, type Json } from './json.ts'

/** Jamf Pro's number of one mobile device, from 1 on. Only `deviceId` makes one: nothing else gets into a filter. */
export type DeviceId = number & { readonly brand: 'DeviceId' }

/** The device that an id of ours names; `undefined` when it can be none of Jamf Pro's. */
export function deviceId(id: unknown): DeviceId | undefined {
  return typeof id === 'string' && /^[1-9]\d{0,14}$/.test(id) ? (Number(id) as DeviceId) : undefined
}

/** A UUID in lower case; only `uuid` makes one. */
export type Uuid = string & { readonly brand: 'Uuid' }

export function uuid(value: unknown): Uuid | undefined {
  const said = text(value)?.toLowerCase()
  return said !== undefined && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(said)
    ? (said as Uuid)
    : undefined
}

/** One mobile device as Jamf Pro shows it. Absent: it did not say. */
export type Device = {
  readonly id: DeviceId
  /** Whom commands go to; another one after the next enrolment. */
  readonly managementId?: Uuid
  readonly platform: Platform
  readonly osVersion?: string
  readonly name?: string
  readonly user?: string
  readonly model?: string
  readonly serialNumber?: string
  readonly eid?: string
  readonly imei?: string
  readonly managed?: boolean
  readonly ownership?: 'company' | 'personal'
  /** Apple User Enrollment. */
  readonly userEnrolled: boolean
  readonly enrolledAt?: Instant
  /** When the device last said what it holds, by Jamf Pro's clock. */
  readonly inventoryAt?: Instant
  readonly groups?: readonly string[]
  /** ICCIDs of its plans, sorted, as they were at `inventoryAt`. Absent: not shown. */
  readonly plans?: readonly string[]
}

/** One device from the JSON of `mobile-devices/detail`; `undefined` when it cannot be read. */
export function readDevice(json: Json): Device | undefined {
  const id = deviceId(json['mobileDeviceId'])
  const general = object(json['general'])
  // `"general": null` is what a section that was not asked for looks like: half a device is none.
  if (id === undefined || general === undefined) return undefined
  const [hardware, network, user] = ['hardware', 'network', 'userAndLocation'].map(
    (section) => object(json[section]) ?? {},
  ) as [Json, Json, Json]
  const subscriptions = objects(json['serviceSubscriptions'])
  const owned = text(general['deviceOwnershipType']) ?? ''
  return {
    id,
    platform: platformOf(json, hardware),
    userEnrolled: /UserEnrollment$/i.test(owned),
    ...present({
      managementId: uuid(general['managementId']),
      osVersion: text(general['osVersion']),
      name: text(general['displayName']),
      user: text(user['emailAddress']) ?? text(user['username']),
      model: text(hardware['model']) ?? text(hardware['modelIdentifier']),
      serialNumber: text(hardware['serialNumber']),
      eid: first(subscriptions, 'eid') ?? identifier(network['eid']),
      imei: first(subscriptions, 'imei') ?? identifier(network['imei']),
      managed: typeof general['managed'] === 'boolean' ? general['managed'] : undefined,
      ownership: OWNERSHIP[owned],
      enrolledAt: moment(general['lastEnrolledDate']),
      inventoryAt: moment(general['lastInventoryUpdateDate']),
      groups: objects(json['groups'])?.flatMap((group) => text(group['groupName']) ?? []),
      plans: subscriptions === undefined ? undefined : plansOf(subscriptions),
    }),
  }
}

const OWNERSHIP: Readonly<Record<string, 'company' | 'personal'>> = {
  Institutional: 'company',
  PersonalDeviceProfile: 'personal',
  UserEnrollment: 'personal',
  AccountDrivenUserEnrollment: 'personal',
}

/** `deviceType` says iOS of iPhones and iPads alike; the model tells them apart. What is not known yet is no target. */
function platformOf(json: Json, hardware: Json): Platform {
  if (text(json['deviceType'])?.toLowerCase() !== 'ios') return 'other'
  const model = text(hardware['modelIdentifier']) ?? text(hardware['model']) ?? ''
  if (/^(iPhone|iPod)/.test(model)) return 'ios'
  return model.startsWith('iPad') ? 'ipados' : 'other'
}

/** What an entry of an empty slot looks like is not documented: without an ICCID there is no plan. */
function plansOf(subscriptions: readonly Json[]): readonly string[] {
  return [...new Set(subscriptions.flatMap((entry) => identifier(entry['iccid']) ?? []))].sort()
}

function first(subscriptions: readonly Json[] | undefined, key: string): string | undefined {
  return subscriptions?.flatMap((entry) => identifier(entry[key]) ?? [])[0]
}

/** Devices group the digits of ICCID, EID and IMEI with spaces; 19 to 32 of them are never a number. */
function identifier(value: unknown): string | undefined {
  const digits = text(value)?.replaceAll(/\s/g, '')
  return digits !== undefined && /^[0-9A-Fa-f]{8,40}$/.test(digits) ? digits.toUpperCase() : undefined
}
