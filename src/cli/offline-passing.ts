import { DEFAULT_POLICY, type DesiredState } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { PlanOutline } from '../domain/plan-outline.ts'
import type { Instant } from '../domain/time.ts'
import type { Joined } from '../plan/passing/joined.ts'
import { outlinePassed } from '../plan/passing/outline.ts'
import type { PassingQuestion } from '../plan/passing/planner.ts'
import type { PlanContext } from '../report/plan-header.ts'
import type { Conclusion } from '../snapshot/conclusion.ts'
import { readDevice } from '../snapshot/device.ts'
import { decodeLine, type Line } from '../snapshot/lines.ts'
import { isEnd, openNdjson } from '../snapshot/ndjson.ts'
import { parseJson } from '../snapshot/parse-json.ts'
import { readPlainDevice } from '../snapshot/plain-device.ts'
import { noProblems } from '../snapshot/problems.ts'
import { brakeOf, emptySource } from './brake.ts'
import type { FleetFile } from './fleet-file.ts'
import { readFleet } from './fleet-readers.ts'
import { concludeFleet } from './fleet-trouble.ts'

/** What a large fleet is planned for. `desired` absent: it has errors, and only the snapshot's own are looked for. */
export type PassingWish = {
  readonly desired?: DesiredState
  /** When the plan is made; absent: when the snapshot was taken. */
  readonly now?: Instant
  /** About the desired state, to stand in front. */
  readonly findings: readonly Finding[]
  readonly signal: AbortSignal
}

/** `plan` absent: there are errors. It reads the file again wherever a device is told by name, so that stays open. */
export type PassedPlan = {
  readonly plan?: PlanOutline
  readonly state?: PlanContext['state']
  readonly findings: readonly Finding[]
}

const NOTHING: DesiredState = { configurations: [], groups: [], retirements: [], policy: DEFAULT_POLICY }

/**
 * Plans a fleet out of an NDJSON file without having it in memory. `head`: its first line, `body`: where the next one
 * starts. Whether the inventory is complete, and whether it has anything of ours, is known once all of it was read: it is
 * planned for what is likely, and once more should that have been wrong. Nothing is given out before all of it was
 * read, so that an error on the last line leaves no half of a plan. `undefined`: it was told to stop.
 */
export async function planPassing(
  file: FleetFile,
  head: Line,
  body: number,
  wish: PassingWish,
): Promise<PassedPlan | undefined> {
  const { desired = NOTHING, signal } = wish
  const opening = parseJson(head.text)
  const isEmpty = desired.configurations.length === 0
  let brake = brakeOf(isEmpty, saysComplete(file, opening))
  for (;;) {
    const reader = openNdjson(head, opening, file.name)
    if (reader === undefined) throw new Error('a file that is no NDJSON is not read line by line')
    const now = wish.now ?? reader.envelope?.takenAt ?? 0
    const question = { desired, now, ...(brake === undefined ? {} : { brake }) }
    const read = await readFleet(file, question, body, signal)
    if (read === undefined) return undefined
    const conclusion = concludeFleet(file, reader, read, { start: body, line: head.number })
    const { joined } = read
    const emptied = isEmpty && joined.provisioned
    const actual = brakeOf(emptied, conclusion.envelope?.complete === true)
    if (conclusion.envelope === undefined || wish.desired === undefined)
      return { findings: [...wish.findings, ...conclusion.findings] }
    if (actual === brake) return told(file, question, joined, conclusion, wish.findings, emptied)
    brake = actual
  }
}

function told(
  file: FleetFile,
  question: PassingQuestion,
  joined: Joined,
  conclusion: Conclusion,
  before: readonly Finding[],
  emptied: boolean,
): PassedPlan {
  const findings = [...before, ...conclusion.findings, ...(emptied ? [emptySource()] : [])]
  const plan = outlinePassed(question, joined, (index) => recordAt(file, joined, index), findings)
  const { observedFrom, observedTo } = joined
  return {
    plan,
    state: {
      devices: plan.summary.devices,
      complete: conclusion.envelope?.complete === true,
      ...(observedFrom === undefined || observedTo === undefined ? {} : { observedFrom, observedTo }),
    },
    findings,
  }
}

/** How much of the end of a file is looked at for its last line. */
const TAIL = 1 << 12

/** What the last line tells, or else the first; it may be wrong, and is then found to be. */
function saysComplete(file: FleetFile, opening: unknown): boolean {
  const tail = file
    .read(Math.max(0, file.size - TAIL), file.size)
    .toString()
    .trimEnd()
  const last = parseJson(tail.slice(tail.lastIndexOf('\n') + 1))
  if (!isEnd(last)) return false
  const complete = last['complete'] ?? (opening as { readonly complete?: unknown }).complete
  return complete === true
}

function recordAt(file: FleetFile, joined: Joined, index: number): DeviceRecord {
  const value = parseJson(decodeLine(file.peek(joined.starts[index] ?? 0, joined.lengths[index] ?? 0)))
  const record = readPlainDevice(value) ?? readDevice(value, undefined, noProblems())
  if (record?.key === joined.keyOf(index)) return record
  throw new SimplaneError('not-found', `The fleet snapshot ${file.name} changed while it was read.`, {
    hint: 'Plan again once it is written.',
  })
}
