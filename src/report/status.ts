import type { DesiredState } from '../domain/desired.ts'
import type { FindingCode } from '../domain/finding.ts'
import type { Hold } from '../domain/plan.ts'
import type { Inventory } from '../domain/fleet-store.ts'
import type { FleetCounts } from '../domain/read-store.ts'
import type { StoredRevision } from '../domain/revision-store.ts'
import type { Run } from '../domain/run-store.ts'
import type { Instant } from '../domain/time.ts'

/** What `simplane status` is told from. */
export type StatusInput = {
  readonly now: Instant
  /** The revision in force; absent: none yet. */
  readonly inForce?: Pick<StoredRevision, 'revision' | 'at'>
  /** The last revision seen, when it was refused. */
  readonly refused?: Pick<StoredRevision, 'revision' | 'at' | 'findings'>
  readonly desired?: DesiredState
  readonly counts: FleetCounts
  readonly holds: readonly Hold[]
  readonly inventories: readonly Inventory[]
  readonly run?: Run
  /** false: known not to be running. Absent: nobody knows, or one asks from inside it. */
  readonly serving?: boolean
}

/** The first word of the screen. */
const STANDINGS = [
  'no-service',
  'refused',
  'empty',
  'working',
  'failed',
  'drifted',
  'held',
  'in-sync',
] as const
export type StatusWord = (typeof STANDINGS)[number]

/** Where the fleet stands, in one word: the first of these that is true. */
export function statusWord({ serving, refused, inForce, counts }: StatusInput): StatusWord {
  if (serving === false) return 'no-service'
  if (refused !== undefined) return 'refused'
  if (inForce === undefined) return 'empty'
  if (counts.open.ready + counts.open.underWay > 0) return 'working'
  if (counts.byVerdict.failed > 0) return 'failed'
  if (counts.byVerdict.drifted > 0) return 'drifted'
  return counts.byVerdict.held > 0 ? 'held' : 'in-sync'
}

/** Findings that end only when a person does something; holds are listed apart. */
export const FOR_A_PERSON: readonly FindingCode[] = [
  'retire-before-reset',
  'retry-exhausted',
  'unproven',
  'priority-tie',
  'duplicate-active',
  'stale-record-ambiguous',
  'identity-masked',
  'esim-disabled',
  'residual-esim',
  'retired-device-returned',
]
