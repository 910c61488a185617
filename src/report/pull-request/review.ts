import type { BudgetedKind, Policy } from '../../domain/desired.ts'
import type { Finding } from '../../domain/finding.ts'
import type { Action } from '../../domain/plan.ts'
import type { PlanOutline } from '../../domain/plan-outline.ts'
import type { Instant } from '../../domain/time.ts'
import type { Shown } from '../findings-markdown.ts'
import type { PlanContext } from '../plan-header.ts'

/** What a pull request was found to be. */
export type Review =
  | PlanReview
  /** Nothing that a device is planned from would be another than on its base. */
  | (Proposal & { readonly kind: 'untouched' })
  /** The tree has errors; merged like this, what is in force would stay. `files`: how many it has. */
  | (Proposal & { readonly kind: 'invalid'; readonly findings: readonly Finding[]; readonly files: number })
  /** It does not merge by itself. `files`: whole paths. */
  | (Proposal & { readonly kind: 'conflict'; readonly files: readonly string[] })
  /** It comes from another repository and was not looked at. `setting`: what would allow it. */
  | { readonly kind: 'fork'; readonly head: string; readonly setting: string }
  /** It could not be planned for now. */
  | { readonly kind: 'unavailable'; readonly head: string; readonly why: string }

/** A commit that is proposed, and what it was put onto. */
export type Proposal = {
  readonly head: string
  readonly onto: { readonly branch: string; readonly revision: string }
}

/** What merging would do, beside what happens without it. */
export type PlanReview = Proposal & {
  readonly kind: 'plan'
  /** Of the devices for which merging plans other steps than are planned now. */
  readonly plan: PlanOutline
  readonly context: PlanContext
  /** Devices the desired state speaks of, and those of them that were not seen for seven days. */
  readonly scope: { readonly devices: number; readonly unseen: number }
  /** What a rolling day allows of each kind, and what of it is used. Infinity: unlimited. */
  readonly budgets: Readonly<Record<BudgetedKind, BudgetUse>>
  /** By DeviceGroup: its devices that change, by what becomes of them. */
  readonly groups: ReadonlyMap<string, Readonly<Partial<Record<Action, number>>>>
  /** The policy in force, and the one that is proposed. */
  readonly policies?: { readonly before: Policy; readonly after: Policy }
  /** Drifted devices among those that change, and drifted ones in all. */
  readonly drift?: { readonly touched: number; readonly open: number }
  /** Devices whose planned steps would not come any more. */
  readonly withdrawn?: number
  /** Devices that are planned once a step on its way has ended. */
  readonly underWay?: number
  /** What stands in for the recorded state. */
  readonly snapshot?: SnapshotFacts
}

/** A fleet as a file says it was. `name`: of the file, for people. */
export type SnapshotFacts = { readonly name: string; readonly takenAt: Instant }

export type BudgetUse = { readonly allowed: number; readonly used: number }

/** How a comment is written. `prefix`: the source path with its slash; `identities`: devices in clear. */
export type CommentOptions = Shown & {
  /** Bytes of UTF-8 that the comment may have; from 2,000 on everything that must be said has room. */
  readonly budget: number
  /** The ref under which the proposal can be fetched from its base repository. */
  readonly ref?: string
  /** Of simplane. */
  readonly version?: string
  /** The comment as we wrote it before: what it said of earlier commits is kept. */
  readonly before?: string
}
