import type { DeviceRecord, RecordKey } from '../domain/device.ts'
import type { Hardware } from '../domain/hardware.ts'
import { compareText } from '../domain/text.ts'
import { eidOf, isMasked, serialOf } from './identity.ts'

/** From this many active records of one driver on, a value is a shared one and identifies nobody. */
const SHARED = 3

/**
 * Gathers records into devices, in order of their steering record's key (code points). Records of one hardware share
 * a serial number or EID that identifies (S27); where the two disagree nothing is planned for either.
 * `drivers`: their order, the tie-breaker between active records enrolled at one moment.
 */
export function gatherHardware(
  records: readonly DeviceRecord[],
  drivers: readonly string[] = [],
): Hardware[] {
  const sets = new Sets(records)
  const doubts = new Map<RecordKey, string>()
  const shared = new Map<RecordKey, string>()
  for (const [serial, bucket] of bucketsBy(records, serialOf))
    joinSerial(serial, bucket, sets, doubts, shared)
  for (const [eid, bucket] of bucketsBy(records, eidOf)) joinEid(eid, bucket, sets, doubts, shared)
  const gathered = sets.all().map((members) => hardwareOf(members, drivers, doubts, shared))
  return gathered.sort((a, b) => compareText(a.steering.key, b.steering.key))
}

function joinSerial(
  serial: string,
  bucket: readonly DeviceRecord[],
  sets: Sets,
  doubts: Map<RecordKey, string>,
  shared: Map<RecordKey, string>,
): void {
  const eids = new Set(bucket.flatMap((record) => eidOf(record) ?? []))
  if (eids.size <= 1 && mostActive(bucket) < SHARED) return sets.join(bucket)
  for (const record of bucket) shared.set(record.key, `serial number ${serial}`)
  for (const record of bucket.filter((each) => each.registration !== 'active')) {
    const rivals = bucket.filter((each) => each.registration === 'active' && each.driver === record.driver)
    const eid = eidOf(record)
    if (rivals.length === 0 || (eid !== undefined && rivals.some((each) => eidOf(each) === eid))) continue
    const why = `records with the serial number ${serial} disagree about the EID`
    for (const each of [record, ...rivals]) doubts.set(each.key, why)
  }
}

function joinEid(
  eid: string,
  bucket: readonly DeviceRecord[],
  sets: Sets,
  doubts: Map<RecordKey, string>,
  shared: Map<RecordKey, string>,
): void {
  const serials = new Set(bucket.flatMap((record) => serialOf(record) ?? []))
  if (serials.size <= 1 && mostActive(bucket) < SHARED) return sets.join(bucket)
  if (serials.size >= SHARED || mostActive(bucket) >= SHARED) {
    for (const record of bucket) shared.set(record.key, `EID ${eid}`)
    return
  }
  for (const record of bucket)
    doubts.set(record.key, `records with the EID ${eid} disagree about the serial number`)
}

/** The largest number of active records that one driver has among these. */
function mostActive(records: readonly DeviceRecord[]): number {
  const counts = new Map<string, number>()
  for (const record of records) {
    if (record.registration === 'active') counts.set(record.driver, (counts.get(record.driver) ?? 0) + 1)
  }
  return Math.max(0, ...counts.values())
}

function hardwareOf(
  members: readonly DeviceRecord[],
  drivers: readonly string[],
  doubts: ReadonlyMap<RecordKey, string>,
  shared: ReadonlyMap<RecordKey, string>,
): Hardware {
  const ranked = [...members].sort((a, b) => compareSteering(a, b, drivers))
  const [steering, ...others] = ranked
  if (steering === undefined) throw new Error('a device has at least one record')
  const duplicates = others.filter((record) => record.registration === 'active')
  const twins = others.filter((record) => isTwin(record, steering))
  const ambiguous =
    members.map((record) => doubts.get(record.key)).find((why) => why !== undefined) ??
    undatedTwin(twins, steering)
  const masked = maskedText(steering) ?? shared.get(steering.key)
  return {
    steering,
    others,
    duplicates,
    stale: twins.filter((record) => isOver(record) && isEarlier(record, steering)),
    pending: twins.filter((record) => isLeaving(record) && isEarlier(record, steering)),
    ...(ambiguous === undefined ? {} : { ambiguous }),
    ...(masked === undefined ? {} : { masked }),
  }
}

/** Active first, then enrolled last, then by the order of drivers, then by key. */
function compareSteering(a: DeviceRecord, b: DeviceRecord, drivers: readonly string[]): number {
  const active = Number(b.registration === 'active') - Number(a.registration === 'active')
  if (active !== 0) return active
  const enrolled = (b.enrolledAt ?? -Infinity) - (a.enrolledAt ?? -Infinity)
  if (enrolled !== 0 && !Number.isNaN(enrolled)) return enrolled
  const driver = rank(drivers, a.driver) - rank(drivers, b.driver)
  return driver === 0 ? compareText(a.key, b.key) : driver
}

function rank(drivers: readonly string[], driver: string): number {
  const at = drivers.indexOf(driver)
  return at < 0 ? drivers.length : at
}

/** Same driver, same serial number, EIDs equal or one unknown, and no longer active (S14, S27). */
function isTwin(record: DeviceRecord, live: DeviceRecord): boolean {
  if (live.registration !== 'active' || record.driver !== live.driver) return false
  if (!isOver(record) && !isLeaving(record)) return false
  const serial = serialOf(record)
  if (serial === undefined || serial !== serialOf(live)) return false
  const [ours, theirs] = [eidOf(record), eidOf(live)]
  return ours === undefined || theirs === undefined || ours === theirs
}

function isOver(record: DeviceRecord): boolean {
  return record.registration === 'wiped' || record.registration === 'retired'
}

function isLeaving(record: DeviceRecord): boolean {
  return record.registration === 'wipe-pending' || record.registration === 'retire-pending'
}

function isEarlier(record: DeviceRecord, live: DeviceRecord): boolean {
  return (
    record.enrolledAt !== undefined && live.enrolledAt !== undefined && record.enrolledAt < live.enrolledAt
  )
}

function undatedTwin(twins: readonly DeviceRecord[], live: DeviceRecord): string | undefined {
  const undated = twins.find((record) => record.enrolledAt === undefined || live.enrolledAt === undefined)
  if (undated === undefined) return undefined
  return `it cannot be told whether ${undated.key} was enrolled before ${live.key}: an enrolment time is unknown`
}

function maskedText(record: DeviceRecord): string | undefined {
  if (isMasked(record.serialNumber)) return `serial number ${record.serialNumber ?? ''}`
  return isMasked(record.eid) ? `EID ${record.eid ?? ''}` : undefined
}

function bucketsBy(
  records: readonly DeviceRecord[],
  identity: (record: DeviceRecord) => string | undefined,
): (readonly [string, readonly DeviceRecord[]])[] {
  const buckets = new Map<string, DeviceRecord[]>()
  for (const record of records) {
    const value = identity(record)
    if (value === undefined) continue
    const bucket = buckets.get(value)
    if (bucket === undefined) buckets.set(value, [record])
    else bucket.push(record)
  }
  return [...buckets].filter(([, bucket]) => bucket.length > 1)
}

/** Disjoint sets of records (union-find by key). */
class Sets {
  readonly #records: readonly DeviceRecord[]
  readonly #parent = new Map<RecordKey, RecordKey>()

  constructor(records: readonly DeviceRecord[]) {
    this.#records = records
  }

  join(records: readonly DeviceRecord[]): void {
    const [first] = records
    if (first === undefined) return
    const root = this.#root(first.key)
    for (const record of records) this.#parent.set(this.#root(record.key), root)
  }

  all(): DeviceRecord[][] {
    const sets = new Map<RecordKey, DeviceRecord[]>()
    for (const record of this.#records) {
      const root = this.#root(record.key)
      const set = sets.get(root)
      if (set === undefined) sets.set(root, [record])
      else set.push(record)
    }
    return [...sets.values()]
  }

  #root(key: RecordKey): RecordKey {
    let root = key
    for (let up = this.#parent.get(root); up !== undefined && up !== root; up = this.#parent.get(root))
      root = up
    return root
  }
}
