import type { Finding } from '../../domain/finding.ts'
import type { PlanMember, PlanOutline, ToldDevice } from '../../domain/plan-outline.ts'
import type { StepId } from '../../domain/plan.ts'
import { fleetFindings } from '../fleet-findings.ts'
import { indexReferences } from '../references.ts'
import { summarise } from '../summary.ts'
import { keepWithinBudgets } from './budgeted.ts'
import { countChanging, type Chain, type Changing } from './changing.ts'
import type { Joined } from './joined.ts'
import type { PassingQuestion } from './planner.ts'
import { everyFinding, rollUpFleet } from './rolled-up.ts'
import { settleFleet, type RecordAt, type Settled } from './settled.ts'
import { ID_BYTES, readStepId } from './step-id-pile.ts'

/**
 * The plan of a fleet that was planned in passing: exactly what `planFleet` makes of all its records at once, with the
 * columns of `Joined` in memory and each record read again where its own words are asked for. `findings`: about the
 * desired state or the snapshot, to stand in front.
 */
export function outlinePassed(
  question: PassingQuestion,
  joined: Joined,
  recordAt: RecordAt,
  findings: readonly Finding[],
): PlanOutline {
  const { desired, now } = question
  const fleet = settleFleet(question, joined, recordAt)
  keepWithinBudgets(fleet, desired.policy)
  const changing = countChanging(fleet)
  const { chains, holds, digest } = changing
  const references = indexReferences(desired).all
  const { fitting: named, peopled } = fleet
  const before = [...fleetFindings({ desired, references, named, peopled, holds }), ...findings]
  return {
    digest,
    createdAt: now,
    summary: summarise(
      fleet.hardwares,
      chains.map(({ pattern: { steps }, devices }) => ({ steps, devices })),
    ),
    changes: [],
    holds,
    patterns: chains.map((chain) => ({
      ...chain.pattern,
      holds: chain.holds,
      devices: chain.devices,
      members: () => membersOf(fleet, changing, chain),
    })),
    findings: rollUpFleet(fleet, before),
    eachDevice: () => devicesOf(fleet, changing),
    eachFinding: () => everyFinding(fleet, before),
  }
}

function* membersOf(
  fleet: Settled,
  { next, positions }: Changing,
  chain: Chain,
): Generator<PlanMember, void> {
  let index = chain.first
  for (let left = chain.devices; left > 0; left -= 1) {
    yield { ...calledBy(fleet, index), position: positions[index] ?? 0 }
    index = next[index] ?? 0
  }
}

function* devicesOf(fleet: Settled, { chains }: Changing): Generator<ToldDevice, void> {
  const byPattern = new Map(chains.map((chain) => [chain.pattern, chain]))
  for (const index of fleet.order) {
    const pattern = fleet.patternBook.patterns[(fleet.patterns[index] ?? 0) - 1]
    const chain = pattern === undefined ? undefined : byPattern.get(pattern)
    if (pattern === undefined || chain === undefined) continue
    const start = fleet.idStarts[index] ?? 0
    yield {
      ...calledBy(fleet, index),
      ...(pattern.action === undefined ? {} : { action: pattern.action }),
      steps: pattern.steps.map((step, at) => ({
        id: readStepId(fleet.ids, start + at * ID_BYTES) as StepId,
        ...step,
      })),
      holds: chain.holds,
    }
  }
}

function calledBy(fleet: Settled, index: number): Omit<PlanMember, 'position'> {
  const { key, serialNumber, name, user } = fleet.recordAt(index)
  return {
    device: key,
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
  }
}
