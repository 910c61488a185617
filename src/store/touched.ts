import type { DeviceRecord } from '../domain/device.ts'
import { eidOf, serialOf } from '../plan/identity.ts'

/** What one transaction touched: these devices, and whoever shares an identity with them, are to be planned again. */
export type Touched = {
  readonly devs: Set<number>
  readonly serials: Set<string>
  readonly eids: Set<string>
}

export function nothingTouched(): Touched {
  return { devs: new Set(), serials: new Set(), eids: new Set() }
}

/** Adds what a record names; before and after a change, both. A value that identifies nothing names nobody. */
export function touchRecord(touched: Touched, record: Pick<DeviceRecord, 'serialNumber' | 'eid'>): void {
  const serial = serialOf(record)
  const eid = eidOf(record)
  if (serial !== undefined) touched.serials.add(serial)
  if (eid !== undefined) touched.eids.add(eid)
}
