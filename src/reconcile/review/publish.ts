import type { Forge, PullRequest } from '../../domain/forge.ts'
import type { Clock } from '../../domain/time.ts'
import { outlineOf } from '../../report/plan-outline.ts'
import { annotationsOf } from '../../report/pull-request/annotations.ts'
import { pullRequestComment } from '../../report/pull-request/comment.ts'
import { PLAN_MARKER } from '../../report/pull-request/kept.ts'
import type { Review } from '../../report/pull-request/review.ts'
import { planStatus, validateStatus } from '../../report/pull-request/statuses.ts'
import type { Reviewed } from './review.ts'

export type PublishOptions = {
  /** The branch that is followed. */
  readonly branch: string
  /** The source path with its slash; empty for the whole repository. */
  readonly prefix: string
  /** Names and numbers of devices in clear. */
  readonly identities: boolean
  /** Of simplane. */
  readonly version: string
}

type PublishParts = {
  readonly forge: Pick<Forge, 'capabilities' | 'annotate' | 'status' | 'commentOf' | 'comment'>
  readonly clock: Clock
}

/** Under which name findings stand on their lines. */
const ANNOTATED = 'simplane/validate'
/** What other tools put around a comment needs room too. */
const BUDGET = 60_000

/**
 * Tells the forge what a proposal was found to be: findings on their lines, statuses of its commit, and one comment.
 * What has nothing to do with the desired state gets statuses only, unless it had a comment before.
 */
export async function publish(
  parts: PublishParts,
  pull: PullRequest,
  reviewed: Reviewed,
  options: PublishOptions,
): Promise<Review> {
  const told = reviewOf(reviewed, parts.clock.now(), options)
  const { forge } = parts
  const { sha } = pull.head
  if (forge.capabilities.annotations)
    await forge.annotate(sha, ANNOTATED, annotationsOf(findingsOf(reviewed), options.prefix, options))
  await tell(parts, pull, told, filesOf(reviewed), options)
  return told
}

/** Says of a proposal from another repository that it is not planned, and how it would be. */
export async function publishFork(
  parts: PublishParts,
  pull: PullRequest,
  options: PublishOptions,
): Promise<void> {
  await tell(parts, pull, { kind: 'fork', head: pull.head.sha, setting: 'reports.forks: true' }, 0, options)
}

/** Says that a proposal could not be planned for now, and why. */
export async function publishUnavailable(
  parts: PublishParts,
  pull: PullRequest,
  why: string,
  options: PublishOptions,
): Promise<void> {
  await tell(parts, pull, { kind: 'unavailable', head: pull.head.sha, why }, 0, options)
}

async function tell(
  { forge }: PublishParts,
  { number, head }: PullRequest,
  told: Review,
  files: number,
  options: PublishOptions,
): Promise<void> {
  await forge.status(head.sha, validateStatus(told, files))
  await forge.status(head.sha, planStatus(told))
  const before = await forge.commentOf(number, PLAN_MARKER)
  if (told.kind === 'untouched' && before === undefined) return
  const body = pullRequestComment(told, {
    budget: Math.min(BUDGET, forge.capabilities.largestText),
    prefix: options.prefix,
    identities: options.identities,
    version: options.version,
    ref: head.ref,
    ...(before === undefined ? {} : { before }),
  })
  await forge.comment(number, { marker: PLAN_MARKER, body })
}

function filesOf(reviewed: Reviewed): number {
  return reviewed.kind === 'conflict' ? 0 : reviewed.files
}

function findingsOf(reviewed: Reviewed) {
  if (reviewed.kind === 'invalid') return reviewed.findings
  return reviewed.kind === 'planned' ? reviewed.made.plan.findings : []
}

/** As reports tell it. */
function reviewOf(reviewed: Reviewed, now: number, { branch }: PublishOptions): Review {
  const proposal = { head: reviewed.head.id, onto: { branch, revision: reviewed.onto.id } }
  switch (reviewed.kind) {
    case 'invalid':
      return { ...proposal, kind: 'invalid', findings: reviewed.findings, files: reviewed.files }
    case 'untouched':
      return { ...proposal, kind: 'untouched' }
    case 'conflict':
      return { ...proposal, kind: 'conflict', files: reviewed.files }
    case 'planned': {
      const { made, desired, before, head, snapshot } = reviewed
      const { observedFrom, observedTo, complete, unseen } = made
      const { devices } = made.plan.summary
      return {
        ...proposal,
        kind: 'plan',
        plan: outlineOf(made.plan),
        context: {
          now,
          desiredState: desired,
          desired: {
            revision: head.id,
            ...(head.subject === undefined ? {} : { subject: head.subject }),
            ...(head.author === undefined ? {} : { author: head.author }),
            ...(head.committedAt === undefined ? {} : { ageMs: Math.max(0, now - head.committedAt) }),
          },
          state: {
            devices,
            complete,
            ...(observedFrom === undefined ? {} : { observedFrom }),
            ...(observedTo === undefined ? {} : { observedTo }),
          },
        },
        scope: { devices, unseen },
        budgets: made.budgets,
        groups: made.groups,
        ...(before === undefined ? {} : { policies: { before: before.policy, after: desired.policy } }),
        drift: { touched: made.drifted, open: made.openDrift },
        withdrawn: made.withdrawn,
        underWay: made.underWay,
        ...(snapshot === undefined ? {} : { snapshot }),
      }
    }
  }
}
