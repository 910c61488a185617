import type { Policy } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import type { DevicePlan, PlannedStep } from '../domain/plan.ts'
import type { DeviceStatus } from '../domain/stored-device.ts'
import { MINUTE, type Duration, type Instant } from '../domain/time.ts'
import type { StepHistory } from '../domain/work-store.ts'
import { NEVER_APPLIED_AFTER } from './drift.ts'
import { evidenceTime, isStale } from './hold.ts'
import { LOOK_AGAIN } from './retry.ts'

/** A device seen this recently is there: no need to look what it was sent long ago. */
const SEEN_JUST_NOW: Duration = 15 * MINUTE

type Ages = Pick<DeviceRecord, 'lastSeenAt' | 'esimsObservedAt' | 'installedObservedAt'>

/** When a plan has to be made again although nothing that it rests on changes. */
export type NextVisit = { readonly visitAt?: Instant; readonly awaitsSight: boolean }

/** May a command that nobody answered still run? Until the device is seen again nothing further is sent to it. */
export function isOutstanding(
  record: Pick<DeviceRecord, 'lastSeenAt'>,
  history: Pick<StepHistory, 'unansweredAt'>,
  now: Instant,
): boolean {
  return isUnanswered(record, history) && now - (record.lastSeenAt ?? -Infinity) >= SEEN_JUST_NOW
}

/** A command ended unanswered, and the device was not seen since. */
function isUnanswered(
  { lastSeenAt = -Infinity }: Pick<DeviceRecord, 'lastSeenAt'>,
  { unansweredAt }: Pick<StepHistory, 'unansweredAt'>,
): boolean {
  return unansweredAt !== undefined && unansweredAt >= lastSeenAt
}

/**
 * The earliest moment at which time alone may change the plan, and whether any later sight of the device may: an
 * observation becomes too old to destroy by, a command that nobody answered becomes outstanding, a first rollout becomes
 * drift. Every part of a plan that asks what time it is has its line here; that an approval ends, the store knows.
 */
export function nextVisit(
  plan: DevicePlan,
  given: {
    readonly record: Ages
    readonly status: Pick<DeviceStatus, 'drift' | 'convergedTo' | 'wantedDigest' | 'wantedSince'>
    readonly history: StepHistory
    readonly policy: Policy
    readonly now: Instant
    readonly outstanding: boolean
  },
): NextVisit {
  const { record, status, history, policy, now, outstanding } = given
  const moments: Instant[] = []
  let awaitsSight = false
  for (const { kind } of plan.steps) {
    const observedAt = evidenceOf(kind, record)
    if (observedAt === 'none') continue
    if (observedAt === undefined || isStale(observedAt, { policy, now })) awaitsSight = true
    else moments.push(observedAt + policy.freshness.destructive + 1)
  }
  if (outstanding) {
    awaitsSight = true
    moments.push(now + LOOK_AGAIN)
  } else if (plan.steps.length > 0 && isUnanswered(record, history)) {
    moments.push((record.lastSeenAt ?? now) + SEEN_JUST_NOW)
  }
  const waiting = status.drift === undefined && status.convergedTo !== status.wantedDigest
  if (waiting && status.wantedSince !== undefined) moments.push(status.wantedSince + NEVER_APPLIED_AFTER + 1)
  const later = moments.filter((at) => at > now)
  return { awaitsSight, ...(later.length === 0 ? {} : { visitAt: Math.min(...later) }) }
}

/** The age that decides whether a step of this kind may run; `none`: its age does not matter. */
function evidenceOf(kind: PlannedStep['kind'], record: Ages): Instant | undefined | 'none' {
  if (kind === 'reset' || kind === 'release' || kind === 'retire') return evidenceTime(record)
  return kind === 'delete-record' ? record.lastSeenAt : 'none'
}
