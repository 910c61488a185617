import { recordKey, type DeviceFacts, type Esim, type Platform } from '../../domain/device.ts'
import { enrolledAt, lastHeard, standing, type Device, type Known, type Origin } from './rows.ts'

const REGISTRATION = { active: 'active', enrolling: 'unknown', left: 'retired' } as const

/**
 * What NanoMDM's webhooks let us know of a device. What is installed is never known: RefreshCellularPlans leaves nothing
 * behind that could be listed. The list of eSIMs is never complete: whether one that is switched off is listed is not
 * documented. It may hold a physical SIM, which looks the same.
 */
export function factsOf(driver: string, { device, readings, origins }: Known): DeviceFacts {
  const { id, userEnrolled, told } = device
  const since = enrolledAt(device)
  const heard = lastHeard(device)
  const newest = readings.at(-1)
  const reading = newest !== undefined && newest.at >= (since ?? -Infinity) ? newest : undefined
  const text = (key: keyof Device['told']): string | undefined => told[key]?.[0]
  return {
    key: recordKey(driver, id),
    driver,
    id,
    platform: platformOf(device),
    registration: REGISTRATION[standing(device)],
    userEnrolled,
    ...optional('name', text('name')),
    ...optional('osVersion', text('osVersion')),
    ...optional('model', text('model') ?? text('product')),
    ...optional('serialNumber', text('serialNumber')),
    ...optional('imei', text('imei')),
    ...optional('eid', text('eid')),
    ...(text('eid') === undefined ? {} : { euicc: 'present' as const }),
    ...optional('enrolledAt', since),
    ...optional('lastSeenAt', heard),
    // NanoMDM has neither.
    labels: {},
    groups: [],
    installed: 'unknown',
    esims: reading === undefined ? 'unknown' : reading.iccids.map((iccid) => esimOf(iccid, origins)),
    esimsComplete: false,
    ...optional('esimsObservedAt', reading?.at),
  }
}

/** By the product: `iPhone15,2`, `iPad13,4`. What is not known yet is no target. */
export function platformOf({ told }: Device): Platform {
  const product = told.product?.[0] ?? ''
  if (/^(iPhone|iPod)/.test(product)) return 'ios'
  return product.startsWith('iPad') ? 'ipados' : 'other'
}

function esimOf(iccid: string, origins: readonly Origin[]): Esim {
  const origin = origins.find((each) => each.iccid === iccid)
  if (origin === undefined) return { iccid }
  const { configuration, identity } = origin
  return { iccid, source: { configuration, identity, onRemove: 'keep-esims' } }
}

function optional<K extends keyof DeviceFacts>(
  key: K,
  value: DeviceFacts[K] | undefined,
): Partial<Pick<DeviceFacts, K>> {
  return value === undefined ? {} : ({ [key]: value } as unknown as Partial<Pick<DeviceFacts, K>>)
}
