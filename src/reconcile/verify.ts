import { setImmediate } from 'node:timers/promises'
import type { RecordKey } from '../domain/device.ts'
import type { JournalStep } from '../domain/journal.ts'
import type { PlannedStep } from '../domain/plan.ts'
import type { InForce } from '../domain/revision-store.ts'
import type { DeviceStatus } from '../domain/stored-device.ts'
import type { AuditItem, DeviceOutcome } from '../domain/work-store.ts'
import { doubtsAbout } from './ambiguous.ts'
import { planBatch } from './plan-batch.ts'
import { questionOf, type PlanningParts } from './question.ts'

const PAGE = 200
/** So many differences are told; all are counted. */
const TOLD = 20

/** Where what is recorded of a device is not what planning it from scratch gives. */
export type Difference = {
  readonly device: RecordKey
  /** `steps`, `assignment`, `findings`, `verdict`, `drift`, `memory`. */
  readonly what: string
  readonly recorded: string
  readonly fromScratch: string
}

export type Verification = {
  readonly devices: number
  readonly steps: number
  /** Not compared: they wait to be planned, or a step of them is under way and is waited for. */
  readonly waiting: number
  readonly underWay: number
  readonly different: number
  /** Which they are, and the first of them in words. */
  readonly devs: readonly number[]
  readonly differences: readonly Difference[]
}

/**
 * Plans every device from scratch, page by page, and compares with what incremental planning has recorded: assignment,
 * steps with their holds, findings, verdict and drift must be equal. Budgets are left out, for they are given by the
 * moment. Writes nothing; memory does not grow with the fleet. `progress`: told how many devices were compared.
 */
export async function verifyState(
  parts: PlanningParts,
  inForce: InForce,
  given: { readonly signal: AbortSignal; readonly progress?: (devices: number) => void },
): Promise<Verification> {
  const { store, clock } = parts
  const question = await questionOf(parts, inForce)
  const differences: Difference[] = []
  const devs: number[] = []
  const sum = { devices: 0, steps: 0, waiting: 0, underWay: 0 }
  for (let after = 0; !given.signal.aborted;) {
    const page = await store.audit(after, PAGE, clock.now())
    const last = page.items.at(-1)
    if (last === undefined) break
    after = last.device.dev
    const devices = page.items.map(({ device }) => device)
    const { ambiguous } = await doubtsAbout(store, question.index, devices)
    for (const { item, outcome } of planBatch(page, {
      ...question,
      ambiguous,
      revision: inForce.revision.id,
    })) {
      sum.devices += 1
      sum.steps += item.steps.length
      sum.waiting += Number(item.waiting)
      sum.underWay += Number(item.underWay)
      if (item.waiting || item.underWay) continue
      const found = compare(item, outcome)
      if (found === undefined) continue
      devs.push(item.device.dev)
      if (differences.length < TOLD) differences.push(found)
    }
    given.progress?.(sum.devices)
    await setImmediate()
  }
  return { ...sum, different: devs.length, devs, differences }
}

function compare({ device, steps }: AuditItem, outcome: Omit<DeviceOutcome, 'seq'>): Difference | undefined {
  const { status } = device
  const compared: readonly (readonly [what: string, recorded: unknown, fromScratch: unknown])[] = [
    ['assignment', device.assignment, outcome.assignment],
    ['verdict', verdictOf(status, steps), verdictOf(outcome.status, outcome.steps)],
    ['drift', status.drift?.cause, outcome.status.drift?.cause],
    ['findings', status.findings, outcome.status.findings],
    areSame(steps, outcome.steps)
      ? SAME
      : ['steps', steps.map(journalled), outcome.steps.map(({ step, attempt }) => planned(step, attempt))],
    // What planning would newly remember of the record should have been remembered already.
    ['memory', undefined, outcome.record],
  ]
  const differs = compared.find(([, recorded, fromScratch]) => !isSame(recorded, fromScratch))
  if (differs === undefined) return undefined
  const [what, recorded, fromScratch] = differs
  return { device: device.record.key, what, recorded: textOf(recorded), fromScratch: textOf(fromScratch) }
}

const SAME = ['steps', undefined, undefined] as const

type Rowed = { readonly step: PlannedStep; readonly attempt: number }

/** Equal ids say that device, kind, spec, cause and evidence are; what else a person reads or a claim asks is looked at. */
function areSame(recorded: readonly Rowed[], fromScratch: readonly Rowed[]): boolean {
  if (recorded.length !== fromScratch.length) return false
  return recorded.every(({ step, attempt }, at) => {
    const other = fromScratch[at]
    return other !== undefined && other.attempt === attempt && isSameStep(step, other.step)
  })
}

function isSameStep(a: PlannedStep, b: PlannedStep): boolean {
  if (a.id !== b.id || a.action !== b.action || a.rule !== b.rule || a.because !== b.because) return false
  if (a.heldBy.length + b.heldBy.length === 0) return a.onRemove === b.onRemove
  return textOf(planned(a, 1)) === textOf(planned(b, 1))
}

/** Thousands share an assignment, the very same object; most have no finding and no step. */
function isSame(recorded: unknown, fromScratch: unknown): boolean {
  if (recorded === fromScratch) return true
  if (Array.isArray(recorded) && Array.isArray(fromScratch) && recorded.length + fromScratch.length === 0)
    return true
  return sharedText(recorded) === sharedText(fromScratch)
}

const texts = new WeakMap<object, string>()

function sharedText(value: unknown): string {
  if (typeof value !== 'object' || value === null) return textOf(value)
  const known = texts.get(value) ?? textOf(value)
  texts.set(value, known)
  return known
}

function journalled({ step, attempt }: JournalStep): unknown {
  return planned(step, attempt)
}

/** Without the budget, which no plan of one device knows of. */
function planned({ holdsFor, state: _state, ...step }: PlannedStep, attempt: number): unknown {
  const heldBy = step.heldBy.filter((code) => code !== 'budget-exceeded')
  const codes = holdsFor?.codes.filter((code) => code !== 'budget-exceeded') ?? []
  return { ...step, attempt, heldBy, ...(codes.length === 0 ? {} : { holdsFor: { ...holdsFor, codes } }) }
}

/** A step that only a budget holds makes the device `held`, and nothing else does. */
function verdictOf({ verdict }: DeviceStatus, steps: readonly unknown[]): string | undefined {
  return steps.length > 0 && (verdict === 'held' || verdict === 'working') ? 'open' : verdict
}

/** JSON with sorted keys, absent ones left out. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_key, part: unknown) => {
      if (typeof part !== 'object' || part === null || Array.isArray(part)) return part
      return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
    }) ?? 'nothing'
  )
}
