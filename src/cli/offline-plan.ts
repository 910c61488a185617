import { resolve } from 'node:path'
import type { DesiredState } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { PlanOutline } from '../domain/plan-outline.ts'
import { parseInstant, type Instant } from '../domain/time.ts'
import { planFleet } from '../plan/fleet.ts'
import { isProvisioned } from '../plan/passing/sheet-writer.ts'
import type { FindingsContext } from '../report/findings-text.ts'
import type { PlanContext } from '../report/plan-header.ts'
import { outlineOf } from '../report/plan-outline.ts'
import { openNdjson } from '../snapshot/ndjson.ts'
import { parseJson } from '../snapshot/parse-json.ts'
import { readSnapshot } from '../snapshot/read.ts'
import { brakeOf, emptySource } from './brake.ts'
import { FleetFile } from './fleet-file.ts'
import { readFolder } from './folder.ts'
import type { Io } from './io.ts'
import { planPassing, type PassedPlan, type PassingWish } from './offline-passing.ts'
import { showBusy } from './output.ts'

/** A plan made from two files, or why there is none; to be disposed of once it is printed. */
export type OfflinePlan = Disposable & {
  readonly plan?: PlanOutline
  readonly state?: PlanContext['state']
  readonly desired?: DesiredState
  readonly findings: readonly Finding[]
  readonly context: FindingsContext
}

/**
 * Plans a folder of desired state against a fleet snapshot: no database, no network, no git. The time of the plan is
 * the snapshot's own (`takenAt`) unless `at` is given, so that the same files always give the same plan. NDJSON on disk
 * is planned line by line in bounded memory, any other snapshot at once: both give the same. `undefined`: interrupted.
 */
export async function planOffline(
  io: Io,
  options: { desired: string; fleet: string; at?: string },
): Promise<OfflinePlan | undefined> {
  using _busy = showBusy(io, 'planning')
  const { findings, desired, context } = await readFolder(io, options.desired)
  const file = new FleetFile(resolve(io.cwd, options.fleet), options.fleet)
  using opened = new DisposableStack()
  opened.use(file)
  const made = await planFile(file, {
    findings,
    signal: io.signal,
    ...(desired === undefined ? {} : { desired }),
    ...(options.at === undefined ? {} : { now: instantOf(options.at) }),
  })
  if (made === undefined) return undefined
  const open = opened.move()
  return {
    ...made,
    ...(desired === undefined ? {} : { desired }),
    context,
    [Symbol.dispose]: () => open.dispose(),
  }
}

async function planFile(file: FleetFile, wish: PassingWish): Promise<PassedPlan | undefined> {
  const first = file.isRegular ? file.firstLine() : undefined
  if (first !== undefined && openNdjson(first.line, parseJson(first.line.text), file.name) !== undefined)
    return await planPassing(file, first.line, first.next, wish)
  return planAtOnce(file, wish)
}

function planAtOnce(file: FleetFile, wish: PassingWish): PassedPlan {
  const { snapshot, findings: own } = readSnapshot(file.readAll(), file.name)
  const findings = [...wish.findings, ...own]
  const { desired } = wish
  if (desired === undefined || snapshot === undefined) return { findings }
  const { records, complete, takenAt } = snapshot
  const emptied = desired.configurations.length === 0 && records.some(isProvisioned)
  const plan = planFleet({
    desired,
    records,
    now: wish.now ?? takenAt,
    findings: emptied ? [...findings, emptySource()] : findings,
    context: { brake: () => brakeOf(emptied, complete) },
  })
  const seen = records.flatMap((record) => record.lastSeenAt ?? [])
  return {
    plan: outlineOf(plan),
    state: { devices: plan.summary.devices, complete, ...observed(seen) },
    findings,
  }
}

function observed(times: readonly Instant[]): Pick<PlanContext['state'], 'observedFrom' | 'observedTo'> {
  if (times.length === 0) return {}
  let [from, to] = [Infinity, -Infinity]
  for (const at of times) {
    from = Math.min(from, at)
    to = Math.max(to, at)
  }
  return { observedFrom: from, observedTo: to }
}

function instantOf(text: string): Instant {
  const instant = parseInstant(text)
  if (instant === undefined)
    throw new SimplaneError('usage', `--at "${text}" is not a time.`, {
      hint: 'Write RFC 3339: 2026-11-23T08:00:00Z.',
    })
  return instant
}
