import { writePlist } from './plist.ts'

/** Tells the device to ask the carrier's server for its eSIM (Apple, RefreshCellularPlans; iOS 13). */
export function refreshCellularPlans(uuid: string, carrierUrl: string): string {
  return writePlist({
    Command: { RequestType: 'RefreshCellularPlans', eSIMServerURL: carrierUrl },
    CommandUUID: uuid,
  })
}

/** Keys of DeviceInformation that are asked for; the old top-level ICCID and carrier keys are gone in iOS 26. */
const QUERIES = [
  'DeviceName',
  'OSVersion',
  'ProductName',
  'ModelName',
  'SerialNumber',
  'ServiceSubscriptions',
]

/** Asks what the device is and which plans it holds (Apple, DeviceInformation). Changes nothing on it. */
export function deviceInformation(uuid: string): string {
  return writePlist({
    Command: { RequestType: 'DeviceInformation', Queries: [...QUERIES] },
    CommandUUID: uuid,
  })
}
