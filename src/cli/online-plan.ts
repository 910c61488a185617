import { relative, resolve } from 'node:path'
import { driverFaces, openSource } from '../app.ts'
import { parseDesired } from '../desired/parse.ts'
import type { DesiredState } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Finding } from '../domain/finding.ts'
import type { Plan } from '../domain/plan.ts'
import type { Revision, SourceTree } from '../domain/source.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { changesBetween } from '../plan/changes.ts'
import { planRecorded } from '../reconcile/plan-recorded.ts'
import type { FindingsContext } from '../report/findings-text.ts'
import type { PlanContext } from '../report/plan-header.ts'
import { readFolder, showing } from './folder.ts'
import type { Io } from './io.ts'
import { showBusy } from './output.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

export type OnlinePlan =
  | { readonly kind: 'plan'; readonly plan: Plan; readonly header: PlanContext }
  | { readonly kind: 'invalid'; readonly findings: readonly Finding[]; readonly context: FindingsContext }

type Wish = {
  readonly desired?: DesiredState
  readonly revision?: Revision
  readonly findings: readonly Finding[]
  readonly context: FindingsContext
}

/** Plans the source (its head, a ref of it, or a folder in its place) against the recorded state; writes nothing. */
export async function planOnline(
  io: Io,
  options: GlobalOptions & { ref?: string; desired?: string },
): Promise<OnlinePlan> {
  await using session = await openSession(io, options)
  const { store, setting } = session
  const wish = await wishOf(io, session, options)
  const { desired, findings, context, revision } = wish
  if (desired === undefined) return { kind: 'invalid', findings, context }
  const inForce = await store.inForce()
  const emptySource = desired.configurations.length === 0 && (inForce?.desired.configurations.length ?? 0) > 0
  const parts = {
    store,
    clock: io.clock,
    ceiling: setting.settings.limits.mode,
    drivers: driverFaces(setting),
  }
  using _busy = showBusy(io, 'planning', (await store.counts()).devices)
  const made = await planRecorded(parts, {
    desired,
    emptySource,
    ...(revision === undefined ? {} : { revision: revision.id }),
    changes: inForce === undefined ? [] : changesBetween(inForce.desired, desired),
    findings,
  })
  const { observedFrom, observedTo } = made
  return {
    kind: 'plan',
    plan: made.plan,
    header: {
      now: io.clock.now(),
      desiredState: desired,
      // What the store knows of assignments is of the revision in force, and says nothing of another one.
      ...(revision !== undefined && revision.id === inForce?.revision.id
        ? { wanted: wantedBy(made.devices) }
        : {}),
      ...(revision === undefined ? {} : { desired: describe(revision, io.clock.now()) }),
      state: {
        devices: made.plan.summary.devices,
        complete: made.complete,
        ...(observedFrom === undefined ? {} : { observedFrom }),
        ...(observedTo === undefined ? {} : { observedTo }),
      },
    },
  }
}

async function wishOf(
  io: Io,
  { setting }: Session,
  options: { ref?: string; desired?: string },
): Promise<Wish> {
  const { ignore } = setting.settings
  if (options.desired !== undefined) {
    if (options.ref !== undefined) throw new SimplaneError('usage', 'Say --ref or --desired, not both.')
    return await readFolder(io, options.desired, ignore)
  }
  await using opened = await openSource(setting)
  const head = await opened.head()
  const tree: SourceTree = await opened.read(options.ref ?? head.revision.id)
  const { desired, findings: own } = parseDesired(tree.files, { ignore })
  const findings = [...tree.findings, ...own]
  const sound = desired !== undefined && !findings.some((finding) => finding.severity === 'error')
  return {
    ...(sound ? { desired } : {}),
    revision: tree.revision,
    findings,
    context: showing(io, tree, shownFolder(io, setting)),
  }
}

/** In front of file names: as one would type them for a folder, as they are in the repository for git. */
function shownFolder(io: Io, { settings: { source }, base }: Session['setting']): string {
  const folder = source.kind === 'folder' ? relative(io.cwd, resolve(base, source.path)) : source.path
  return folder === '' ? '.' : folder
}

function describe(revision: Revision, now: number): NonNullable<PlanContext['desired']> {
  const { id, subject, author, committedAt } = revision
  return {
    revision: id,
    ...(subject === undefined ? {} : { subject }),
    ...(author === undefined ? {} : { author }),
    ...(committedAt === undefined ? {} : { ageMs: Math.max(0, now - committedAt) }),
  }
}

function wantedBy(devices: readonly StoredDevice[]): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>()
  for (const { assignment } of devices) {
    if (assignment?.wanted.kind !== 'configuration') continue
    const { configuration } = assignment.wanted
    wanted.set(configuration, (wanted.get(configuration) ?? 0) + 1)
  }
  return wanted
}
