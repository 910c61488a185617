import { DAY } from '../../domain/time.ts'
import type { Duration, Instant } from '../../domain/time.ts'
import { age } from '../ages.ts'
import { span } from '../markdown.ts'
import type { SnapshotFacts } from './review.ts'

/** A fleet changes within a day: what was planned against an older snapshot may not come so. */
const STALE: Duration = DAY

/** What a reader must know of a plan that rests on a file; nothing where it rests on recorded state. */
export function snapshotWarning(snapshot: SnapshotFacts | undefined, now: Instant): readonly string[] {
  if (snapshot === undefined) return []
  const old = now - snapshot.takenAt
  if (old <= STALE) return []
  return [
    `⚠ **Stale:** the fleet snapshot is ${age(old)} old, more than 24 h. Export a new one, and run this again.`,
  ]
}

/** What the file does not tell. */
export function snapshotLimits(snapshot: SnapshotFacts | undefined): readonly string[] {
  if (snapshot === undefined) return []
  return [
    '**Not known** to a fleet snapshot: budgets used, approvals given, and steps on their way. The service counts with them.',
  ]
}

/** For the footer: which snapshot, and how old. */
export function snapshotFact(snapshot: SnapshotFacts | undefined, now: Instant): readonly string[] {
  if (snapshot === undefined) return []
  const old = now - snapshot.takenAt
  return [`snapshot ${span(snapshot.name, 60)}, ${age(old)} old${old > STALE ? ' (stale)' : ''}`]
}
