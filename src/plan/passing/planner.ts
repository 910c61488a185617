import type { DesiredState } from '../../domain/desired.ts'
import type { DeviceRecord } from '../../domain/device.ts'
import type { Hardware } from '../../domain/hardware.ts'
import type { Instant } from '../../domain/time.ts'
import { assign, indexAssignments, type AssignmentIndex } from '../assign.ts'
import { planContext, type PlanContext } from '../context.ts'
import { planDevice } from '../device.ts'
import { eidOf, isMasked, serialOf } from '../identity.ts'
import type { Sheet } from './sheet.ts'
import { openSheetWriter } from './sheet-writer.ts'
import { referenceKey, type ReferenceIndex } from '../references.ts'

/** What a fleet is planned for in passing: without git, without anything remembered, without approvals. */
export type PassingQuestion = {
  readonly desired: DesiredState
  readonly now: Instant
  /** Why nothing destructive may be planned. */
  readonly brake?: ReturnType<PlanContext['brake']>
}

/** Plans devices while they pass by, each as if it were alone; `outlinePassed` puts right those that are not. */
export interface Passing {
  /** `start` and `length`: where the record stands, to find it again. */
  readonly see: (record: DeviceRecord, start: number, length: number) => void
  /** All that was seen since the last sheet. */
  takeSheet(): Sheet
}

/** The context that a question is planned in. */
export function passingContext({ desired, now, brake }: PassingQuestion): PlanContext {
  return planContext(desired, { now, brake: () => brake })
}

/** Ready to see the first device. */
export function openPassing(question: PassingQuestion): Passing {
  const context = passingContext(question)
  const { index, isNamed } = watchNaming(indexAssignments(question.desired))
  const writer = openSheetWriter()
  return {
    see(record, start, length) {
      const assignment = assign(index, record)
      const serial = serialOf(record)
      const eid = eidOf(record)
      const plan = planDevice(assignment, hardwareOf(record, serial, eid), context)
      const named = isNamed() ? namesOf(index, record) : NOT_NAMED
      writer.add({ record, serial, eid, plan, groups: assignment.groups, named, start, length })
    },
    takeSheet: () => writer.take(),
  }
}

const NOT_NAMED: readonly string[] = []

/** Which references name a device is half of assigning it: what assigning has found is not looked for again. */
function watchNaming(index: AssignmentIndex): {
  readonly index: AssignmentIndex
  /** Does any reference name the device that was assigned last? */
  readonly isNamed: () => boolean
} {
  let named = false
  const listsNaming = (device: DeviceRecord): ReturnType<ReferenceIndex['listsNaming']> => {
    const lists = index.references.listsNaming(device)
    named = lists.size > 0
    return lists
  }
  return {
    index: { ...index, references: { ...index.references, listsNaming } },
    isNamed: () => named,
  }
}

function namesOf({ references }: AssignmentIndex, record: DeviceRecord): readonly string[] {
  return [...new Set(references.naming(record).map(referenceKey))]
}

/** What `gatherHardware` makes of a record that shares neither serial number nor EID with another. */
export function loneHardware(record: DeviceRecord): Hardware {
  return hardwareOf(record, serialOf(record), eidOf(record))
}

function hardwareOf(record: DeviceRecord, serial: string | undefined, eid: string | undefined): Hardware {
  const masked = maskedText(record, serial, eid)
  const none = NO_RECORDS
  const alone = { steering: record, others: none, duplicates: none, stale: none, pending: none }
  return masked === undefined ? alone : { ...alone, masked }
}

const NO_RECORDS: readonly DeviceRecord[] = []

/** Written, and yet no identity. */
function maskedText(
  { serialNumber, eid: written }: DeviceRecord,
  serial: string | undefined,
  eid: string | undefined,
): string | undefined {
  if (serial === undefined && isMasked(serialNumber)) return `serial number ${serialNumber ?? ''}`
  return eid === undefined && isMasked(written) ? `EID ${written ?? ''}` : undefined
}
