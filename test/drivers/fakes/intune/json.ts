import type { FakeDevice } from './device.ts'

/** A device as lists give it: what Graph fills only for one device is empty or missing here. */
export function listedJson(device: FakeDevice, version: string): Record<string, unknown> {
  return {
    id: device.id,
    deviceName: `NAME-${device.serial}`,
    userPrincipalName: 'j.doe@acme.example',
    operatingSystem: device.os,
    osVersion: device.osVersion,
    model: device.os === 'Windows' ? 'Latitude 7450' : 'iPhone 15',
    serialNumber: device.serial,
    imei: '350000000000006',
    iccid: '',
    azureADDeviceId: device.entraDeviceId,
    managedDeviceOwnerType: device.owner,
    deviceEnrollmentType: device.enrolment,
    enrolledDateTime: new Date(device.enrolled).toISOString(),
    lastSyncDateTime: new Date(device.lastSync).toISOString(),
    deviceCategoryDisplayName: 'Unknown',
    deviceActionResults: [],
    // Only /beta has these.
    ...(version === 'beta'
      ? { managementState: device.managementState, skuFamily: device.os === 'Windows' ? 'Enterprise' : '' }
      : {}),
  }
}

/** One device, asked for alone: with what `$select` names of the rest. */
export function deviceJson(
  device: FakeDevice,
  version: string,
  query: URLSearchParams,
): Record<string, unknown> {
  const selected = (query.get('$select') ?? '').split(',')
  return {
    ...listedJson(device, version),
    deviceActionResults: device.actions.map((each) => ({ ...each })),
    ...(selected.includes('iccid') ? { iccid: device.iccid } : {}),
    ...(version === 'beta' && selected.includes('hardwareInformation')
      ? { hardwareInformation: { esimIdentifier: device.os === 'iOS' ? device.eid : '' } }
      : {}),
  }
}
