import { recordKey, type DeviceFacts, type Esim, type Registration } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'
import type { Device } from './device.ts'
import { present } from './json.ts'
import type { Origin } from './rows.ts'

/**
 * What is known of a device. What is installed is never known: RefreshCellularPlans leaves nothing behind that could be
 * listed. The list of eSIMs is as old as the device's inventory and never complete: whether one that is switched off is
 * listed is not documented. It may hold a physical SIM, which looks the same.
 */
export function factsOf(
  driver: string,
  device: Device,
  origins: readonly Origin[],
  now: Instant,
): DeviceFacts {
  const { id, platform, userEnrolled, enrolledAt, eid } = device
  const plans = currentPlans(device)
  // Jamf Pro's clock may be ahead of ours.
  const inventoryAt = device.inventoryAt === undefined ? undefined : Math.min(device.inventoryAt, now)
  return {
    key: recordKey(driver, String(id)),
    driver,
    id: String(id),
    platform,
    registration: registrationOf(device),
    userEnrolled,
    // Extension attributes are not read.
    labels: {},
    installed: 'unknown',
    esims: plans === undefined ? 'unknown' : plans.map((iccid) => esimOf(iccid, origins)),
    esimsComplete: false,
    ...(eid === undefined ? {} : { eid, euicc: 'present' as const }),
    ...present({
      name: device.name,
      user: device.user,
      osVersion: device.osVersion,
      model: device.model,
      serialNumber: device.serialNumber,
      imei: device.imei,
      ownership: device.ownership,
      groups: device.groups,
      enrolledAt,
      lastSeenAt: inventoryAt,
      esimsObservedAt: plans === undefined ? undefined : inventoryAt,
    }),
  }
}

/** The plans that this enrolment showed: an inventory from before it says nothing of the device as it is. */
export function currentPlans({ plans, userEnrolled, inventoryAt, enrolledAt }: Device): Device['plans'] {
  // A User Enrollment does not show its plans: an empty list is none.
  if (userEnrolled || inventoryAt === undefined) return undefined
  return inventoryAt < (enrolledAt ?? -Infinity) ? undefined : plans
}

function registrationOf({ managed }: Device): Registration {
  if (managed === undefined) return 'unknown'
  return managed ? 'active' : 'retired'
}

function esimOf(iccid: string, origins: readonly Origin[]): Esim {
  const origin = origins.find((each) => each.iccid === iccid)
  if (origin === undefined) return { iccid }
  const { configuration, identity } = origin
  return { iccid, source: { configuration, identity, onRemove: 'keep-esims' } }
}
