import type { PullRequest } from '../../domain/forge.ts'
import type { Hardware } from '../../domain/hardware.ts'
import type { Instant } from '../../domain/time.ts'
import { FULL_CAPABILITIES } from '../../plan/context.ts'
import { gatherHardware } from '../../plan/hardware.ts'
import { isProvisioned } from '../../plan/passing/sheet-writer.ts'
import { planProposal } from '../../plan/proposal.ts'
import type { FleetSnapshot } from '../../snapshot/snapshot.ts'
import type { Parts } from '../parts.ts'
import type { PlanningParts } from '../question.ts'
import { UNSEEN, type ProposedPlan } from './proposed.ts'
import { readListing, readProposal, type Readable, type Reviewed } from './review.ts'

type SnapshotParts = Pick<Parts, 'source' | 'ignore' | 'ceiling'> & Pick<PlanningParts, 'drivers'>

/** A snapshot, and how people call its file. */
export type NamedSnapshot = FleetSnapshot & { readonly name: string }

/** Where nothing is recorded, nothing was parsed before. */
const NOTHING_PARSED = { parsed: () => Promise.resolve(new Map<string, string>()) }

/**
 * Plans a proposed commit as `review` does, against a fleet snapshot in place of the recorded state: what happens without
 * it is what the branch plans. The plan is of the moment the snapshot was taken at. Throws what `readProposal` throws.
 */
export async function reviewAgainst(
  parts: SnapshotParts,
  snapshot: NamedSnapshot,
  pull: Pick<PullRequest, 'head'>,
): Promise<Reviewed | undefined> {
  const reading = { ...parts, store: NOTHING_PARSED }
  const read = await readProposal(reading, pull)
  if (read?.kind !== 'readable') return read
  const { desired: before } = await readListing(reading, read.base)
  const { head, onto, files, desired } = read
  const { name, takenAt } = snapshot
  return {
    kind: 'planned',
    head,
    onto,
    files,
    desired,
    made: planned(parts, snapshot, read, before),
    ...(before === undefined ? {} : { before }),
    snapshot: { name, takenAt },
  }
}

function planned(
  { ceiling, drivers }: SnapshotParts,
  { records, complete, takenAt }: FleetSnapshot,
  { head, desired, findings }: Readable,
  base: Readable['desired'] | undefined,
): ProposedPlan {
  const known = new Map(drivers.map((driver) => [driver.name, driver.capabilities]))
  const order = drivers.map((driver) => driver.name)
  const hasSome = records.some(isProvisioned)
  const answer = planProposal({
    revision: head.id,
    merged: desired,
    ...(base === undefined ? {} : { base }),
    records,
    now: takenAt,
    drivers: order,
    contextOf: ({ configurations }) => ({
      ceiling,
      capabilities: (driver) => known.get(driver) ?? FULL_CAPABILITIES,
      brake: () => {
        if (configurations.length === 0 && hasSome) return 'empty-source'
        return complete ? undefined : 'inventory-incomplete'
      },
    }),
    findings,
  })
  // Drift is a memory of what was proven, which a snapshot has not.
  return {
    ...answer,
    ...seen(gatherHardware(records, order), takenAt),
    complete,
    underWay: 0,
    drifted: 0,
    openDrift: 0,
  }
}

function seen(
  fleet: readonly Hardware[],
  takenAt: Instant,
): Pick<ProposedPlan, 'unseen' | 'observedFrom' | 'observedTo'> {
  let [from, to, unseen] = [Infinity, -Infinity, 0]
  for (const { lastSeenAt } of fleet.map(({ steering }) => steering)) {
    if (lastSeenAt === undefined || takenAt - lastSeenAt > UNSEEN) unseen += 1
    if (lastSeenAt === undefined) continue
    from = Math.min(from, lastSeenAt)
    to = Math.max(to, lastSeenAt)
  }
  return { unseen, ...(to === -Infinity ? {} : { observedFrom: from, observedTo: to }) }
}
