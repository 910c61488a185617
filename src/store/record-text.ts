import type { DeviceRecord, RecordKey, Traits } from '../domain/device.ts'

/** What of a record changes all the time without meaning anything; kept apart, so that it costs no plan. */
type Volatile = Pick<DeviceRecord, 'lastSeenAt' | 'installedObservedAt' | 'esimsObservedAt'>

/** What the tables beside say of a record. */
export type RecordFrame = { readonly key: RecordKey; readonly driver: string; readonly id: string } & Volatile

/** The record without key and volatile fields, as JSON. */
export function recordText(record: DeviceRecord): string {
  return JSON.stringify({ ...record, ...NO_FRAME })
}

/** The same in two: what selectors ask for, which planning reads of every device, and the rest. */
export function recordTexts(record: DeviceRecord): readonly [traits: string, rest: string] {
  const { platform, osVersion, model, ownership, labels, groups } = record
  const traits = { platform, osVersion, model, ownership, labels, groups }
  return [JSON.stringify(traits), JSON.stringify({ ...record, ...NO_FRAME, ...NO_TRAITS })]
}

// What is undefined JSON leaves out, and a copy of everything is cheaper than one of everything but these.
const NO_FRAME: Readonly<Record<keyof RecordFrame, undefined>> = {
  key: undefined,
  driver: undefined,
  id: undefined,
  lastSeenAt: undefined,
  installedObservedAt: undefined,
  esimsObservedAt: undefined,
}

const NO_TRAITS: Readonly<Record<keyof StoredTraits, undefined>> = {
  platform: undefined,
  osVersion: undefined,
  model: undefined,
  ownership: undefined,
  labels: undefined,
  groups: undefined,
}

/** The driver stands in the frame. */
export type StoredTraits = Omit<Traits, 'driver'>

const FRAME: ReadonlySet<string> = new Set(Object.keys(NO_FRAME))

/** Do two records differ in nothing that counts? */
export function recordsAlike(a: DeviceRecord, b: DeviceRecord): boolean {
  return a === b || objectsAlike(a, b, FRAME)
}

/** The same for two values of a record. */
export function partsAlike(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (!Array.isArray(a)) return !Array.isArray(b) && objectsAlike(a, b, NO_KEYS)
  return Array.isArray(b) && a.length === b.length && a.every((each, at) => partsAlike(each, b[at]))
}

const NO_KEYS: ReadonlySet<string> = new Set()

/** In any order of keys; one that is `undefined` is as absent. */
function objectsAlike(a: object, b: object, except: ReadonlySet<string>): boolean {
  let keys = 0
  for (const key of Object.keys(a)) {
    const value: unknown = a[key as keyof typeof a]
    if (value === undefined || except.has(key)) continue
    if (!Object.hasOwn(b, key) || !partsAlike(value, b[key as keyof typeof b])) return false
    keys += 1
  }
  for (const key of Object.keys(b)) {
    if (b[key as keyof typeof b] !== undefined && !except.has(key)) keys -= 1
  }
  return keys === 0
}

/** The record again, from its one text or from the second of two. */
export function recordFrom(text: string, frame: RecordFrame, traits?: StoredTraits): DeviceRecord {
  const body = JSON.parse(text) as Omit<DeviceRecord, keyof RecordFrame>
  return { ...frame, ...traits, ...body }
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
