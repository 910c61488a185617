import { randomUUID } from 'node:crypto'
import { makeDevice, type AppleDevice } from '../apple-device.ts'

/** One mobile device as Jamf Pro's database has it, with the device behind it. */
export type FakeDevice = {
  readonly id: number
  managementId: string
  managed: boolean
  ownership: string
  enrolledAt: number
  /** What it said when it was last asked, or by itself. */
  inventoryAt: number
  /** `null`: it does not show its plans. */
  subscriptions: readonly object[] | null
  readonly deviceType: string
  readonly groups: Set<string>
  /** Ids of commands that wait for it, oldest first. */
  queue: string[]
  readonly apple: AppleDevice
}

/** A device that was enrolled yesterday, and said at that moment that it holds nothing. */
export function fakeDevice(id: number, now: number, apple = makeDevice(), deviceType = 'iOS'): FakeDevice {
  const device: FakeDevice = {
    id,
    managementId: randomUUID(),
    managed: true,
    ownership: 'Institutional',
    enrolledAt: now - 86_400_000,
    inventoryAt: now - 86_400_000,
    subscriptions: null,
    deviceType,
    groups: new Set(['All Managed iPhones']),
    queue: [],
    apple,
  }
  device.subscriptions = subscriptionsOf(device)
  return device
}

/** As the devices say it, with spaces between the digits. */
export function subscriptionsOf({ apple }: FakeDevice): readonly object[] | null {
  if (!apple.showsPlans) return null
  const { eid } = apple
  const imei = `${apple.imei.slice(0, 2)} ${apple.imei.slice(2)}`
  const plans = apple.plans.map(({ iccid }, at) => ({
    carrierSettingsVersion: '47.1',
    eid,
    iccid: iccid.replaceAll(/(.{4})/g, '$1 ').trim(),
    imei,
    dataPreferred: at === 0,
    slot: `CTSubscriptionSlot${at === 0 ? 'One' : 'Two'}`,
  }))
  return plans.length === 0 ? [{ eid, iccid: '', imei, slot: 'CTSubscriptionSlotOne' }] : plans
}

/** As `mobile-devices/detail` gives it; a section that is not asked for is null. */
export function deviceJson(device: FakeDevice, sections: readonly string[]): object {
  const { id, apple } = device
  const time = (at: number): string => new Date(at).toISOString()
  const section = <T>(name: string, value: T): T | null => (sections.includes(name) ? value : null)
  return {
    mobileDeviceId: String(id),
    deviceType: device.deviceType,
    hardware: section('HARDWARE', {
      serialNumber: apple.serial,
      model: apple.product.startsWith('iPad') ? 'iPad Pro' : 'iPhone 14 Pro',
      modelIdentifier: apple.product,
    }),
    userAndLocation: section('USER_AND_LOCATION', { username: 'ada', emailAddress: 'ada@acme.example' }),
    groups: section(
      'GROUPS',
      [...device.groups].map((groupName, at) => ({ groupId: String(at + 1), groupName, smart: true })),
    ),
    general: section('GENERAL', {
      udid: apple.udid,
      displayName: `Device ${id}`,
      siteId: '-1',
      lastInventoryUpdateDate: time(device.inventoryAt),
      osVersion: apple.osVersion,
      managed: device.managed,
      supervised: true,
      deviceOwnershipType: device.ownership,
      lastEnrolledDate: time(device.enrolledAt),
      managementId: device.managementId,
    }),
    network: section('NETWORK', { imei: apple.imei, eid: apple.eid, iccid: '' }),
    serviceSubscriptions: section('SERVICE_SUBSCRIPTIONS', device.subscriptions),
  }
}
