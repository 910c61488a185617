import type { DesiredState } from '../../domain/desired.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Finding } from '../../domain/finding.ts'
import type { PullRequest } from '../../domain/forge.ts'
import type { Revision, Source, SourceListing } from '../../domain/source.ts'
import type { Store } from '../../domain/store.ts'
import { changesBetween } from '../../plan/changes.ts'
import type { SnapshotFacts } from '../../report/pull-request/review.ts'
import type { Parts } from '../parts.ts'
import type { PlanningParts } from '../question.ts'
import { readDocuments } from '../read-documents.ts'
import { planProposed, type ProposedPlan } from './proposed.ts'

/** What reviewing works with. Nothing of it writes to the store, and no driver is called. */
export type ReviewParts = PlanningParts & Pick<Parts, 'source' | 'ignore'>

/** What a proposal was found to be. */
export type Reviewed = {
  /** The commit that is proposed, and what it was put onto. */
  readonly head: Revision
  readonly onto: Revision
} & (
  | {
      readonly kind: 'planned'
      readonly files: number
      readonly made: ProposedPlan
      readonly desired: DesiredState
      /** What is in force now; absent: nothing yet. */
      readonly before?: DesiredState
      /** The fleet as a file says it was, where there is no recorded state. */
      readonly snapshot?: SnapshotFacts
    }
  /** It has errors; merged like this, what is in force would stay. `files`: how many it has. */
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[]; readonly files: number }
  /** Nothing below the source path would be another than on the branch it is for. */
  | { readonly kind: 'untouched'; readonly files: number }
  /** Whole paths that a person has to merge. */
  | { readonly kind: 'conflict'; readonly files: readonly string[] }
)

/** A proposal that holds a valid desired state, to be planned. */
export type Readable = {
  readonly kind: 'readable'
  readonly head: Revision
  readonly onto: Revision
  readonly files: number
  readonly desired: DesiredState
  readonly findings: readonly Finding[]
  /** What is on the branch that it is for. */
  readonly base: SourceListing
}

type ReadingParts = Pick<ReviewParts, 'source' | 'ignore'> & { readonly store: Pick<Store, 'parsed'> }

/**
 * Reads a proposed commit as it would be once merged, and says whether there is anything to plan. `undefined`: the
 * proposal has moved on since. Throws `source-unreachable`, and `settings` for a source that knows no branches.
 */
export async function readProposal(
  parts: ReadingParts,
  { head: { ref, sha } }: Pick<PullRequest, 'head'>,
): Promise<Readable | Exclude<Reviewed, { readonly kind: 'planned' }> | undefined> {
  const { source } = parts
  const merged = await mergeOf(source, ref, sha)
  if (merged === undefined) return undefined
  const { head, onto } = merged
  if (merged.kind === 'conflict') return { kind: 'conflict', head, onto, files: merged.files }
  const base = await source.list(onto.id)
  const files = merged.listing.files.length
  if (isSame(merged.listing, base)) return { kind: 'untouched', head, onto, files }
  const { desired, findings } = await readListing(parts, merged.listing)
  if (desired === undefined) return { kind: 'invalid', head, onto, findings, files }
  return { kind: 'readable', head, onto, files, desired, findings, base }
}

/** The desired state of a listing; absent: it has errors. */
export async function readListing(
  parts: Pick<ReadingParts, 'store' | 'ignore'>,
  listing: SourceListing,
): Promise<{ readonly desired?: DesiredState; readonly findings: readonly Finding[] }> {
  const { desired, findings: own } = await readDocuments(beside(parts), listing)
  const findings = [...listing.findings, ...own]
  if (desired === undefined || findings.some(({ severity }) => severity === 'error')) return { findings }
  return { desired, findings }
}

/**
 * Plans a proposed commit as it would be once merged, against the recorded state: read-only, and with nothing of the
 * proposal run. `undefined`: the proposal has moved on since, or `signal` stopped it. Throws what `readProposal` throws.
 */
export async function review(
  parts: ReviewParts,
  pull: Pick<PullRequest, 'head'>,
  signal: AbortSignal,
): Promise<Reviewed | undefined> {
  const read = await readProposal(parts, pull)
  if (read?.kind !== 'readable') return read
  const { head, onto, files, desired, findings } = read
  const inForce = await parts.store.inForce()
  const before = inForce?.desired
  const emptied = desired.configurations.length === 0 && before !== undefined
  const made = await planProposed(
    parts,
    {
      revision: head.id,
      desired,
      emptySource: emptied && (inForce?.emptySource === true || before.configurations.length > 0),
      changes: before === undefined ? [] : changesBetween(before, desired),
      findings,
    },
    inForce,
    signal,
  )
  if (made === undefined) return undefined
  return { kind: 'planned', head, onto, files, made, desired, ...(before === undefined ? {} : { before }) }
}

async function mergeOf(source: Source, ref: string, sha: string): ReturnType<NonNullable<Source['merge']>> {
  if (source.merge !== undefined) return await source.merge(ref, sha)
  throw new SimplaneError(
    'settings',
    `${source.name} knows no branches: proposals can be planned from git only.`,
    {
      hint: 'Set source.repo to the repository whose pull requests are to be planned.',
    },
  )
}

/** The same files with the same content, by their blobs. */
function isSame(merged: SourceListing, onto: SourceListing): boolean {
  const blobs = new Map(onto.files.map(({ path, blob }) => [path, blob]))
  return (
    merged.files.length === onto.files.length &&
    merged.files.every(({ path, blob }) => blobs.get(path) === blob) &&
    merged.findings.length === onto.findings.length
  )
}

/** What is known of parsed files is taken from the store; what a proposal holds is not kept there. */
function beside({
  store,
  ignore,
}: Pick<ReadingParts, 'store' | 'ignore'>): Parameters<typeof readDocuments>[0] {
  const known = { parsed: store.parsed.bind(store), keepParsed: async () => undefined }
  return { source: {}, store: known, ignore }
}
