import type { DeviceRecord, RecordKey } from '../../domain/device.ts'
import type { Hardware } from '../../domain/hardware.ts'
import type { DevicePlan } from '../../domain/plan.ts'
import { compareText } from '../../domain/text.ts'
import { assign, indexAssignments, type AssignmentIndex } from '../assign.ts'
import { planDevice } from '../device.ts'
import { namedDevices } from '../fleet-findings.ts'
import { gatherHardware } from '../hardware.ts'
import { indexReferences } from '../references.ts'
import type { Joined } from './joined.ts'
import { loneHardware, passingContext, type PassingQuestion } from './planner.ts'
import { ID_BYTES, writeStepId } from './step-id-pile.ts'

/** Reads the record at an index of the fleet again. */
export type RecordAt = (index: number) => DeviceRecord

/** A fleet after the devices that are not alone were planned with their kin. See `Joined`. */
export type Settled = Joined & {
  /** Devices whose records share an identity, by the index of the one that steers. */
  readonly hardware: ReadonlyMap<number, Hardware>
  /** How many devices, and how many of them are active. */
  readonly hardwares: number
  readonly activeHardwares: number
  /** By `referenceKey`: the devices that each reference names, by key. */
  readonly fitting: ReadonlyMap<string, readonly RecordKey[]>
  /** The groups with a member. */
  readonly peopled: ReadonlySet<string>
  readonly recordAt: RecordAt
  /** The plan of the device at an index, made again. */
  readonly planAt: (index: number) => DevicePlan
}

/**
 * Plans again what could not be planned in passing: records that share a serial number or EID, for which every one of
 * them is read, and devices that a reference names which fits another device too. Everybody else stays as planned.
 */
export function settleFleet(question: PassingQuestion, joined: Joined, recordAt: RecordAt): Settled {
  const records = joined.sharing.map(recordAt)
  const indexes = new Map(records.map(({ key }, at) => [key, joined.sharing[at] ?? 0]))
  const hardware = new Map(gatherHardware(records).map((each) => [indexes.get(each.steering.key) ?? 0, each]))
  const indexesFitting = fittingIndexes(question, joined, hardware)
  const doubtful = [...indexesFitting].filter(([, fit]) => fit.length > 1)
  const index = indexAssignments(question.desired, {
    ambiguous: new Set(doubtful.map(([key]) => key)),
    retirements: new Map(),
  })
  const context = passingContext(question)
  const planAt = (at: number): DevicePlan => {
    const each = hardware.get(at) ?? loneHardware(recordAt(at))
    return planDevice(assign(index, each.steering), each, context)
  }
  const again = new Set([...hardware.keys(), ...doubtful.flatMap(([, fit]) => fit)])
  return {
    ...replanned(joined, again, planAt),
    hardware,
    ...counted(joined, hardware),
    fitting: new Map([...indexesFitting].map(([key, fit]) => [key, fit.map(joined.keyOf)])),
    peopled: peopledGroups(joined, records, hardware, index),
    recordAt,
    planAt,
  }
}

/** By `referenceKey`: the indexes of the devices that each reference names, in the order of their keys. */
function fittingIndexes(
  { desired }: PassingQuestion,
  { named, sharing, keyOf }: Joined,
  hardware: ReadonlyMap<number, Hardware>,
): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  const add = (name: string, index: number): void => {
    const fit = found.get(name)
    if (fit === undefined) found.set(name, [index])
    else fit.push(index)
  }
  const kin = new Set(sharing)
  for (const [index, names] of named) if (!kin.has(index)) for (const name of names) add(name, index)
  const indexOf = new Map([...hardware].map(([index, each]) => [each, index]))
  const namedKin = namedDevices(indexReferences(desired).all, [...hardware.values()])
  for (const [name, devices] of namedKin) for (const each of devices) add(name, indexOf.get(each) ?? 0)
  for (const fit of found.values()) {
    if (fit.length > 1) fit.sort((a, b) => compareText(keyOf(a), keyOf(b)))
  }
  return found
}

/** The columns with the plans of these devices made again; what shares a hardware and does not steer has none. */
function replanned(joined: Joined, again: ReadonlySet<number>, planAt: Settled['planAt']): Joined {
  const { patterns, findings, idStarts, patternBook, findingBook } = joined
  for (const index of joined.sharing) {
    patterns[index] = 0
    findings[index] = 0
  }
  const ids: string[] = []
  for (const index of again) {
    const plan = planAt(index)
    patterns[index] = plan.steps.length === 0 ? 0 : patternBook.numberOf(plan) + 1
    findings[index] = findingBook.listOf(plan.findings)
    idStarts[index] = joined.ids.length + ids.length * ID_BYTES
    for (const { id } of plan.steps) ids.push(id)
  }
  if (ids.length === 0) return joined
  const more = Buffer.allocUnsafe(ids.length * ID_BYTES)
  for (const [at, id] of ids.entries()) writeStepId(more, at * ID_BYTES, id)
  return { ...joined, ids: Buffer.concat([joined.ids, more]) }
}

function counted(
  { devices, active, sharing }: Joined,
  hardware: ReadonlyMap<number, Hardware>,
): Pick<Settled, 'hardwares' | 'activeHardwares'> {
  let activeHardwares = active.reduce((sum, each) => sum + each, 0)
  for (const index of sharing) activeHardwares -= active[index] ?? 0
  for (const { steering } of hardware.values()) if (steering.registration === 'active') activeHardwares += 1
  return { hardwares: devices - sharing.length + hardware.size, activeHardwares }
}

/** Members are devices: of records that share a hardware only the one that steers counts. */
function peopledGroups(
  { members }: Joined,
  records: readonly DeviceRecord[],
  hardware: ReadonlyMap<number, Hardware>,
  index: AssignmentIndex,
): ReadonlySet<string> {
  const counts = new Map(members)
  const count = (record: DeviceRecord, by: number): void => {
    for (const group of assign(index, record).groups) counts.set(group, (counts.get(group) ?? 0) + by)
  }
  for (const record of records) count(record, -1)
  for (const { steering } of hardware.values()) count(steering, 1)
  return new Set([...counts].filter(([, many]) => many > 0).map(([group]) => group))
}
