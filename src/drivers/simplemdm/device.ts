import { recordKey, type DeviceFacts, type Platform, type Registration } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'
import { moment, object, present, text, type Json } from './json.ts'

/** SimpleMDM's number of one device, from 1 on. Only `deviceId` makes one: nothing else gets into a path. */
export type DeviceId = number & { readonly brand: 'DeviceId' }

/** The device that an id of ours, or of SimpleMDM's, names; `undefined` when it can be none. */
export function deviceId(id: unknown): DeviceId | undefined {
  const written = typeof id === 'number' ? String(id) : id
  return typeof written === 'string' && /^[1-9]\d{0,14}$/.test(written)
    ? (Number(written) as DeviceId)
    : undefined
}

/** One device as SimpleMDM shows it. Absent: it did not say. */
export type Device = {
  readonly id: DeviceId
  readonly platform: Platform
  readonly registration: Registration
  /** Enrolled for its user alone, as in Apple's User Enrollment. */
  readonly userEnrolled: boolean
  readonly enrolledAt?: Instant
  readonly seenAt?: Instant
  readonly told: Pick<DeviceFacts, 'name' | 'osVersion' | 'model' | 'serialNumber' | 'imei' | 'groups'>
}

/** One device from `{ type, id, attributes, relationships }`; `undefined` when it cannot be read. */
export function readDevice(json: Json): Device | undefined {
  const id = deviceId(json['id'])
  const attributes = object(json['attributes'])
  if (id === undefined || attributes === undefined || json['type'] !== 'device') return undefined
  const channels = attributes['enrollment_channels']
  const group = deviceId(object(object(object(json['relationships'])?.['device_group'])?.['data'])?.['id'])
  return {
    id,
    platform: platformOf(text(attributes['product_name']) ?? ''),
    registration: REGISTRATION[text(attributes['status']) ?? ''] ?? 'unknown',
    userEnrolled: Array.isArray(channels) && channels.length > 0 && !channels.includes('device'),
    ...present({
      enrolledAt: moment(attributes['enrolled_at']),
      seenAt: moment(attributes['last_seen_at']),
    }),
    told: present({
      name: text(attributes['name']) ?? text(attributes['device_name']),
      osVersion: text(attributes['os_version']),
      model: text(attributes['model_name']),
      serialNumber: text(attributes['serial_number']),
      // Devices group its digits with spaces.
      imei: text(attributes['imei'])?.replaceAll(/\s/g, ''),
      groups: group === undefined ? undefined : [String(group)],
    }),
  }
}

/** What is not known to be enrolled is never taken for enrolled. */
const REGISTRATION: Readonly<Record<string, Registration>> = { enrolled: 'active', unenrolled: 'retired' }

function platformOf(product: string): Platform {
  if (/^(iPhone|iPod)/.test(product)) return 'ios'
  return product.startsWith('iPad') ? 'ipados' : 'other'
}

/**
 * What is known of a device. SimpleMDM shows neither its EID nor its plans: the one ICCID among its attributes is that of
 * whichever plan comes first, as old as nobody says, and no longer told by iOS 26.
 */
export function factsOf(driver: string, device: Device, now: Instant): DeviceFacts {
  const { id, platform, registration, userEnrolled, enrolledAt, seenAt, told } = device
  return {
    key: recordKey(driver, String(id)),
    driver,
    id: String(id),
    platform,
    registration,
    userEnrolled,
    // Custom attributes are not read.
    labels: {},
    installed: 'unknown',
    esims: 'unknown',
    esimsComplete: false,
    ...told,
    // Its clock may be ahead of ours.
    ...present({ enrolledAt, lastSeenAt: seenAt === undefined ? undefined : Math.min(seenAt, now) }),
  }
}
