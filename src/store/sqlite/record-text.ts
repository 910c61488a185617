import type { DeviceRecord, RecordKey } from '../../domain/device.ts'

/** What of a record changes all the time without meaning anything; kept apart, so that it costs no plan. */
type Volatile = Pick<DeviceRecord, 'lastSeenAt' | 'installedObservedAt' | 'esimsObservedAt'>

/** What the tables beside say of a record. */
export type RecordFrame = { readonly key: RecordKey; readonly driver: string; readonly id: string } & Volatile

/** The record without key and volatile fields, as JSON: two texts are equal exactly when nothing that counts differs. */
export function recordText(record: DeviceRecord): string {
  const { key: _key, driver: _driver, id: _id, ...rest } = record
  const { lastSeenAt: _seen, installedObservedAt: _installed, esimsObservedAt: _esims, ...body } = rest
  return canonicalJson(body)
}

/** What a record was read from: comparing with that is cheaper than writing it out again. */
const readFrom = new WeakMap<DeviceRecord, string>()

/** Is what counts in the two the same? */
export function sameRecord(stored: DeviceRecord, text: string): boolean {
  return (readFrom.get(stored) ?? recordText(stored)) === text
}

/** The record again. */
export function recordFrom(text: string, frame: RecordFrame): DeviceRecord {
  const body = JSON.parse(text) as Omit<DeviceRecord, keyof RecordFrame>
  const record: DeviceRecord = { ...frame, ...body }
  readFrom.set(record, text)
  return record
}

/** JSON with sorted keys, absent ones left out: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  // No prototype, so that a label may be called what it likes.
  const copy = { __proto__: null } as Record<string, unknown>
  for (const key of Object.keys(value).sort()) copy[key] = sorted((value as Record<string, unknown>)[key])
  return copy
}
