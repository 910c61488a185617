import type { Assignment } from '../domain/assignment.ts'
import type { DeviceRecord } from '../domain/device.ts'
import type { PlannedStep, StepId } from '../domain/plan.ts'
import type { DeviceStatus } from '../domain/stored-device.ts'
import type { DeviceOutcome, PlannedRow } from '../domain/work-store.ts'

/**
 * Outcomes on their way from one thread to another. What thousands of devices share is sent once and named by number
 * from then on, the rest is in columns: copying objects, each with the names of its properties, would take as long as
 * planning does.
 */
export type Parcel = {
  /** What was numbered before is forgotten: numbers begin again. */
  readonly anew: boolean
  readonly assignments: readonly Assignment[]
  readonly statuses: readonly DeviceStatus[]
  readonly steps: readonly PlannedStep[]
  /** A device: dev, version, seq, assignment, status, visitAt, awaitsSight, number of steps. A step: step, attempt, notBefore. */
  readonly numbers: Float64Array<ArrayBuffer>
  /** Of every step, in the same order. */
  readonly ids: readonly StepId[]
  /** Records with what planning learned, by the position of their device. */
  readonly records: readonly (readonly [at: number, record: DeviceRecord])[]
}

/** Stands for a moment that there is not. */
const NEVER = Number.NaN

/** Bounds the memory: what only one device has is numbered too. */
const NUMBERED = 20_000

/** Packs the parcels of one planning, in the order in which they are to be unpacked. */
export function openPacking(): (outcomes: readonly DeviceOutcome[]) => Parcel {
  const assignments = openNumbering<Assignment>()
  const statuses = openNumbering<DeviceStatus | string, DeviceStatus>()
  const steps = openNumbering<PlannedStep>()
  let begun = false

  return (outcomes) => {
    const size = assignments.size() + statuses.size() + steps.size()
    const anew = !begun || size > NUMBERED
    if (anew) for (const each of [assignments, statuses, steps]) each.forget()
    begun = true
    const numbers: number[] = []
    const ids: StepId[] = []
    const records: (readonly [number, DeviceRecord])[] = []
    for (const [at, outcome] of outcomes.entries()) {
      const { dev, version, seq, assignment, status, visitAt = NEVER, awaitsSight, record } = outcome
      const said = statuses.numberOf(plainly(status) ?? status, status)
      numbers.push(dev, version, seq, assignments.numberOf(assignment, assignment), said)
      numbers.push(visitAt, Number(awaitsSight), outcome.steps.length)
      for (const { step, like = step, attempt, notBefore = NEVER } of outcome.steps) {
        numbers.push(steps.numberOf(like, like), attempt, notBefore)
        ids.push(step.id)
      }
      if (record !== undefined) records.push([at, record])
    }
    return {
      anew,
      assignments: assignments.fresh(),
      statuses: statuses.fresh(),
      steps: steps.fresh(),
      numbers: Float64Array.from(numbers),
      ids,
      records,
    }
  }
}

/** Gives the outcomes of each parcel again; what they shared they still share. */
export function openUnpacking(): (parcel: Parcel) => DeviceOutcome[] {
  let assignments: Assignment[] = []
  let statuses: DeviceStatus[] = []
  let likes: PlannedStep[] = []

  return (parcel) => {
    if (parcel.anew) [assignments, statuses, likes] = [[], [], []]
    assignments.push(...parcel.assignments)
    statuses.push(...parcel.statuses)
    likes.push(...parcel.steps)
    const { numbers, ids } = parcel
    const records = new Map(parcel.records)
    const outcomes: DeviceOutcome[] = []
    let at = 0
    let step = 0
    const next = (): number => numbers[at++] ?? NEVER
    while (at < numbers.length) {
      const [dev, version, seq] = [next(), next(), next()]
      const [assignment, status] = [named(assignments, next()), named(statuses, next())]
      const [visitAt, awaitsSight, count] = [next(), next() === 1, next()]
      const steps: PlannedRow[] = []
      for (let each = 0; each < count; each += 1) {
        const like = named(likes, next())
        const [attempt, notBefore] = [next(), next()]
        const row = { step: { ...like, id: named(ids, step++) }, like, attempt }
        steps.push(Number.isNaN(notBefore) ? row : { ...row, notBefore })
      }
      const record = records.get(outcomes.length)
      outcomes.push({
        dev,
        version,
        seq,
        assignment,
        status,
        steps,
        awaitsSight,
        ...(Number.isNaN(visitAt) ? {} : { visitAt }),
        ...(record === undefined ? {} : { record }),
      })
    }
    return outcomes
  }
}

/** Equal for equal statuses; `undefined` for one that says more than its device shares with others. */
function plainly(status: DeviceStatus): string | undefined {
  const { verdict, action, findings, drift, withoutEsimSince, convergedTo, wantedSince, wantedDigest } =
    status
  if (findings.length > 0) return undefined
  const drifted = drift === undefined ? '' : `${drift.cause} ${drift.since}`
  return `${verdict}/${action}/${drifted}/${withoutEsimSince}/${convergedTo}/${wantedSince}/${wantedDigest}`
}

type Numbering<K, V> = {
  /** Equal keys get one number; `value` goes along with the first. */
  readonly numberOf: (key: K, value: V) => number
  /** What was numbered since this was asked last. */
  readonly fresh: () => readonly V[]
  readonly size: () => number
  readonly forget: () => void
}

function openNumbering<K, V = K>(): Numbering<K, V> {
  const numbers = new Map<K, number>()
  let fresh: V[] = []
  return {
    numberOf(key, value) {
      const known = numbers.get(key)
      if (known !== undefined) return known
      const number = numbers.size
      numbers.set(key, number)
      fresh.push(value)
      return number
    },
    fresh() {
      const all = fresh
      fresh = []
      return all
    },
    size: () => numbers.size,
    forget: () => numbers.clear(),
  }
}

function named<T>(values: readonly T[], at: number): T {
  const value = values[at]
  if (value === undefined) throw new Error('A parcel of outcomes names what was never sent.')
  return value
}
