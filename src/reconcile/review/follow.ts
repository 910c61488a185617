import type { RecordKey } from '../../domain/device.ts'
import type { Forge, PullRequest } from '../../domain/forge.ts'
import type { InForce } from '../../domain/revision-store.ts'
import type { Source } from '../../domain/source.ts'
import type { Store } from '../../domain/store.ts'
import { DAY, MINUTE, type Clock, type Duration, type Instant } from '../../domain/time.ts'
import { PLAN_MARKER } from '../../report/pull-request/kept.ts'
import { finalComment, progressComment, type Rollout } from '../../report/pull-request/rollout.ts'
import { applyStatus } from '../../report/pull-request/statuses.ts'
import type { PublishOptions } from './publish.ts'
import { comeTo, type ComeTo } from './rollout-end.ts'

/** What has to be remembered of a proposal that was planned, for when it is merged. */
export type Planned = {
  readonly pull: number
  readonly head: string
  readonly devices: readonly RecordKey[]
  /** While it is open it is planned again every hour. */
  readonly at: Instant
}

/** A merged proposal on its way to the devices. */
export type Followed = {
  readonly pull: number
  /** What the merge left on the branch. */
  readonly revision: string
  readonly since: Instant
  readonly devices: readonly RecordKey[]
  /** When the forge was told last; absent: not yet. */
  readonly toldAt?: Instant
  readonly isDone: boolean
}

type FollowParts = {
  readonly forge: Forge
  readonly store: Store
  readonly source: Source
  readonly clock: Clock
}

/** Forges count how often a comment is written over. */
const TOLD_EVERY: Duration = MINUTE
/** What was merged so long ago is no news. */
const NEWS: Duration = DAY
const BUDGET = 60_000

/** Merged proposals that were planned here and are not followed yet. */
export async function newlyMerged(
  { forge, clock }: FollowParts,
  branch: string,
  planned: ReadonlyMap<number, Planned>,
  followed: ReadonlyMap<number, Followed>,
): Promise<readonly Followed[]> {
  if ([...planned.keys()].every((pull) => followed.has(pull))) return []
  const merged = await forge.mergedSince(clock.now() - NEWS)
  return merged.flatMap((pull) => {
    const known = planned.get(pull.number)
    if (known === undefined || followed.has(pull.number) || pull.base.ref !== branch) return []
    return followedFrom(pull, known)
  })
}

/** What was merged is what was planned, or nothing is known of it. */
function followedFrom(pull: PullRequest, { head, devices }: Planned): Followed[] {
  const { number, mergedAs, mergedAt } = pull
  if (pull.head.sha !== head || mergedAs === undefined || mergedAt === undefined) return []
  return [{ pull: number, revision: mergedAs, since: mergedAt, devices, isDone: false }]
}

/** May the forge be told of it again? */
export function isDue({ isDone, toldAt }: Followed, now: Instant): boolean {
  return !isDone && (toldAt === undefined || now - toldAt >= TOLD_EVERY)
}

/**
 * Tells how far a merged proposal has come, once its revision is in force; gives it as it is then. Counted are the
 * devices that it was planned to change.
 */
export async function tellProgress(
  { forge, store, source, clock }: FollowParts,
  followed: Followed,
  inForce: InForce | undefined,
  options: Pick<PublishOptions, 'identities'>,
): Promise<Followed> {
  const { pull, revision, since, devices } = followed
  if (inForce === undefined || !(await isInForce(source, revision, inForce))) return followed
  const now = clock.now()
  const { counts, end } = await comeTo(store, devices)
  const rollout = rolloutOf({ revision, since, now, total: devices.length }, counts)
  const before = await forge.commentOf(pull, PLAN_MARKER)
  const told = {
    identities: options.identities,
    budget: Math.min(BUDGET, forge.capabilities.largestText),
    ...(before === undefined ? {} : { before }),
  }
  const body = rollout.phase === 'ended' ? finalComment(rollout, end, told) : progressComment(rollout, told)
  await forge.comment(pull, { marker: PLAN_MARKER, body })
  await forge.status(revision, applyStatus(rollout))
  return { ...followed, toldAt: now, isDone: rollout.phase === 'ended' }
}

/** Is what was merged part of what is in force? No clock can tell: the forge's is another one. */
async function isInForce(source: Source, merged: string, { revision }: InForce): Promise<boolean> {
  return revision.id === merged || (await source.includes?.(merged, revision.id)) === true
}

function rolloutOf(
  given: Pick<Rollout, 'revision' | 'since' | 'now' | 'total'>,
  counts: ComeTo['counts'],
): Rollout {
  return { ...given, ...counts, phase: counts.working > 0 ? 'working' : 'ended' }
}
