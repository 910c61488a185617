import { describe, expect, it } from 'vitest'
import type { Assignment } from '../../src/domain/assignment.ts'
import type { PlannedStep, StepId } from '../../src/domain/plan.ts'
import type { DeviceOutcome } from '../../src/domain/work-store.ts'
import { openPacking, openUnpacking } from '../../src/reconcile/parcel.ts'

const ASSIGNMENT: Assignment = {
  wanted: { kind: 'configuration', configuration: 'acme' },
  groups: ['paris'],
  outranked: [],
  otherPlatform: [],
}

function stepOf(id: string, because = 'wanted and not there'): PlannedStep {
  return {
    id: id as StepId,
    kind: 'install',
    action: 'install',
    configuration: 'acme',
    rule: 'S1',
    because,
    state: 'ready',
    heldBy: [],
  }
}

function outcomeOf(dev: number, more: Partial<DeviceOutcome> = {}): DeviceOutcome {
  return {
    dev,
    version: dev + 1,
    seq: dev + 2,
    assignment: ASSIGNMENT,
    status: { verdict: 'working', action: 'install', findings: [], wantedSince: 5, wantedDigest: 'd' },
    steps: [],
    awaitsSight: false,
    ...more,
  }
}

/** Without what only tells which steps are alike. */
function bare(outcomes: readonly DeviceOutcome[]): unknown {
  return outcomes.map((each) => ({ ...each, steps: each.steps.map(({ like: _like, ...row }) => row) }))
}

describe('a parcel of outcomes', () => {
  const like = stepOf('first')
  const outcomes = [
    outcomeOf(1, { steps: [{ step: like, attempt: 1 }] }),
    outcomeOf(2, { steps: [{ step: { ...like, id: 'second' as StepId }, like, attempt: 2, notBefore: 7 }] }),
    outcomeOf(3, { awaitsSight: true, visitAt: 0, steps: [{ step: stepOf('third', 'else'), attempt: 1 }] }),
    outcomeOf(4, {
      status: { verdict: 'in-sync', findings: [], drift: { cause: 'failed', since: 3 }, convergedTo: 'e' },
    }),
    outcomeOf(5, {
      status: { findings: [{ code: 'unproven', severity: 'error', message: 'm', rule: 'S36' }] },
      record: {
        key: 'sim/d-5',
        driver: 'sim',
        id: 'd-5',
        platform: 'windows',
        registration: 'active',
        installed: 'unknown',
        esims: 'unknown',
      } as unknown as NonNullable<DeviceOutcome['record']>,
    }),
  ]

  it('says on the other side what was put into it, parcel after parcel', () => {
    const [pack, unpack] = [openPacking(), openUnpacking()]
    for (const some of [outcomes, outcomes.toReversed(), [], outcomes.slice(1)])
      expect(bare(unpack(structuredClone(pack(some))))).toEqual(bare(some))
  })

  it('holds once what devices share, and not again in the next', () => {
    const [pack, unpack] = [openPacking(), openUnpacking()]
    const first = pack(outcomes)
    expect([first.assignments.length, first.statuses.length, first.steps.length]).toEqual([1, 3, 2])
    const second = pack(outcomes.slice(0, 4))
    expect([second.assignments, second.statuses]).toEqual([[], []])
    const [a, b] = [unpack(structuredClone(first)), unpack(structuredClone(second))]
    expect(a[0]?.assignment).toBe(b[0]?.assignment)
    expect(a[1]?.steps[0]?.like).toBe(a[0]?.steps[0]?.like)
  })

  it('forgets what only single devices had before that fills the memory', () => {
    const [pack, unpack] = [openPacking(), openUnpacking()]
    const alone = (dev: number): DeviceOutcome =>
      outcomeOf(dev, { steps: [{ step: stepOf(`id-${dev}`, `because of ${dev}`), attempt: 1 }] })
    let anew = 0
    for (let at = 0; at < 50; at += 1) {
      const some = Array.from({ length: 1_000 }, (_, each) => alone(at * 1_000 + each))
      const parcel = pack(some)
      if (parcel.anew) anew += 1
      expect(bare(unpack(structuredClone(parcel)))).toEqual(bare(some))
    }
    expect(anew).toBeGreaterThan(1)
  })

  it('is refused when the one before it is missing', () => {
    const [pack, unpack] = [openPacking(), openUnpacking()]
    pack(outcomes)
    expect(() => unpack(pack(outcomes))).toThrow('never sent')
  })
})
