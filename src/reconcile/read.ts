import type { DesiredState, DeviceGroup } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { Change } from '../domain/plan.ts'
import type { Reach } from '../domain/reach.ts'
import { differingDocuments } from '../domain/same.ts'
import type { SourceListing } from '../domain/source.ts'
import type { InForce } from '../domain/revision-store.ts'
import { counted } from '../report/numbers.ts'
import { changesBetween } from '../plan/changes.ts'
import { groupText, reachOf } from '../plan/reach.ts'
import type { Parts } from './parts.ts'
import { readDocuments } from './read-documents.ts'

/** What reading the source came to. */
export type ReadResult = {
  /** What is enforced from now on; absent when there never was a good revision. */
  readonly inForce?: InForce
  /** true: another revision than before the read. */
  readonly moved: boolean
  readonly changes: readonly Change[]
  /** Groups whose text this revision changed: who leaves them was meant to. */
  readonly edited: ReadonlySet<string>
  /** Why the source could not be read; what was in force before is what is given. */
  readonly unread?: string
}

/** What a pass goes by that does not ask the source, or cannot. */
export function keepInForce(inForce: InForce | undefined, unread?: string): ReadResult {
  return {
    ...(inForce === undefined ? {} : { inForce }),
    moved: false,
    changes: [],
    edited: new Set(),
    ...(unread === undefined ? {} : { unread }),
  }
}

/**
 * Reads the source. One out of reach is expected: the last good revision keeps being enforced, and whoever watches is
 * told. Throws `source-unreachable` when there never was one.
 */
export async function readOrKeep(parts: Parts): Promise<ReadResult> {
  try {
    return await readSource(parts)
  } catch (error) {
    const known = await parts.store.inForce()
    if (!(error instanceof SimplaneError) || error.code !== 'source-unreachable' || known === undefined)
      throw error
    parts.log.warn(error.code, error.message, { revision: known.revision.id })
    parts.screen.trouble(error.message)
    return keepInForce(known, error.message)
  }
}

/**
 * Brings the newest good revision in force. A revision that cannot be read or is not valid changes nothing: the last
 * good one keeps being enforced, and the same bad one is reported once.
 */
async function readSource(parts: Parts): Promise<ReadResult> {
  const { store, source, clock, log, screen } = parts
  const before = await store.inForce()
  const unchanged = keepInForce(before)
  const head = await source.head(before?.revision.id)
  const latest = await store.latest()
  if (latest?.revision.id === head.revision.id && (latest.state === 'in-force' || latest.state === 'refused'))
    return unchanged

  const tree = await source.list(head.revision.id)
  const parsed = await readDocuments(parts, tree)
  const findings = [...tree.findings, ...parsed.findings]
  const at = clock.now()
  const entry = { revision: tree.revision, at, findings, rewritten: head.rewritten }
  if (parsed.desired === undefined || findings.some((finding) => finding.severity === 'error')) {
    await store.refuse(entry)
    await refused(parts, tree, findings)
    return unchanged
  }
  if (head.rewritten)
    log.warn('rewritten', 'the ref was moved by force: the revision in force is not its ancestor', {
      revision: head.revision.id,
    })

  const { desired } = parsed
  const emptySource =
    desired.configurations.length === 0 &&
    before !== undefined &&
    (before.emptySource || before.desired.configurations.length > 0)
  await store.apply({
    ...entry,
    desired,
    emptySource,
    reach: await reachFrom(parts, before, { desired, emptySource }),
  })
  const inForce = await store.inForce()
  screen.read({ head, documents: parsed.documents, kinds: kindsOf(desired) })
  log.info('read', `${parsed.documents} documents`, { revision: head.revision.id, emptySource })
  await store.record([
    { at, kind: 'revision', message: subjectOf(tree), revision: head.revision.id, ...actorOf(tree) },
  ])
  return {
    ...(inForce === undefined ? {} : { inForce }),
    moved: true,
    changes: before === undefined ? [] : changesBetween(before.desired, desired),
    edited: before === undefined ? new Set() : editedGroups(before.desired.groups, desired.groups),
  }
}

/** Whom the revision may concern; everybody where there is nothing to compare it with, or the brake goes on or off. */
async function reachFrom(
  { store }: Parts,
  before: InForce | undefined,
  { desired, emptySource }: Pick<InForce, 'desired' | 'emptySource'>,
): Promise<Reach> {
  if (before === undefined || before.emptySource !== emptySource) return 'all'
  const remembered = new Map((await store.retirements()).map((each) => [each.name, each]))
  return reachOf(before.desired, desired, remembered)
}

async function refused(parts: Parts, tree: SourceListing, findings: readonly Finding[]): Promise<void> {
  const { store, clock, log, screen } = parts
  const { id } = tree.revision
  const errors = findings.filter((finding) => finding.severity === 'error')
  const texts = await textsOf(tree, findings)
  screen.refused(findings, (file) => texts.get(file))
  log.error(
    'refused',
    `${counted(errors.length, 'error')}; no device is touched, the last good revision stays in force`,
    {
      revision: id,
      first:
        errors[0] === undefined
          ? ''
          : `${errors[0].place?.file ?? ''}:${errors[0].place?.line ?? 0} ${errors[0].message}`,
    },
  )
  await store.record([
    {
      at: clock.now(),
      kind: 'refused',
      message: `refused: ${counted(errors.length, 'error')}`,
      revision: id,
      ...actorOf(tree),
    },
  ])
}

/** The text of every file that findings are about; none when the folder has changed since, for it is only shown. */
async function textsOf(
  tree: SourceListing,
  findings: readonly Finding[],
): Promise<ReadonlyMap<string, string>> {
  const told = new Set(findings.map(({ place }) => place?.file))
  const files = tree.files.filter(({ path }) => told.has(path))
  const bytes = await tree.bytesOf(files.map(({ blob }) => blob)).catch(noneOf)
  return new Map(files.map(({ path, blob }) => [path, new TextDecoder().decode(bytes.get(blob))]))
}

function noneOf(error: unknown): ReadonlyMap<string, Uint8Array> {
  if (error instanceof SimplaneError && error.code === 'source-unreachable') return new Map()
  throw error
}

function subjectOf(tree: SourceListing): string {
  return tree.revision.subject ?? 'the working tree changed'
}

function actorOf(tree: SourceListing): { actor?: string } {
  return tree.revision.author === undefined ? {} : { actor: tree.revision.author }
}

function kindsOf(desired: DesiredState): {
  configurations: number
  groups: number
  retirements: number
  policies: number
} {
  return {
    configurations: desired.configurations.length,
    groups: desired.groups.length,
    retirements: desired.retirements.length,
    policies: desired.policy.place === undefined ? 0 : 1,
  }
}

function editedGroups(before: readonly DeviceGroup[], after: readonly DeviceGroup[]): Set<string> {
  const edited = new Set<string>()
  for (const [was, is] of differingDocuments(before, after))
    if (is !== undefined && groupText(was) !== groupText(is)) edited.add(is.name)
  return edited
}
