import type { InForce } from '../../domain/revision-store.ts'
import type { Store } from '../../domain/store.ts'
import type { Standing } from '../../report/happenings.ts'
import { incompleteDrivers, type PlanningParts } from '../question.ts'
import { walkMatching } from '../walk.ts'

/** Runs looked at for what has come of the revision in force. */
const RUNS = 500

/** How the fleet stands, read from the store: it costs what drifted and what retires, not what exists. */
export async function standingOf(
  parts: Pick<PlanningParts, 'store' | 'clock' | 'drivers'>,
  inForce: InForce | undefined,
): Promise<Standing> {
  const { store, clock } = parts
  const now = clock.now()
  const latest = await store.latest()
  const [last] = await store.runs(1)
  const { ready, underWay } = await store.unsettled()
  const rollout = inForce === undefined ? undefined : await rolloutOf(store, inForce.revision.id)
  return {
    now,
    ...(inForce === undefined ? {} : { revision: inForce.revision.id }),
    ...(latest?.state === 'refused' ? { refused: refusalOf(latest) } : {}),
    ...(last?.error === undefined ? {} : { failure: last.error }),
    holds: (await store.holds()).map(({ id, code, step, configuration, devices, since }) => ({
      id,
      code,
      step,
      devices,
      since,
      ...(configuration === undefined ? {} : { configuration }),
    })),
    drift: await driftOf(store),
    released: await releasedOf(store, inForce),
    down: [...(await incompleteDrivers(parts))].sort(),
    open: ready + underWay,
    ...(rollout === undefined ? {} : { rollout }),
  }
}

function refusalOf({
  revision,
  findings,
}: NonNullable<Awaited<ReturnType<Store['latest']>>>): NonNullable<Standing['refused']> {
  const errors = findings.filter(({ severity }) => severity === 'error')
  const [first] = errors
  // Messages may quote what names a device; the place and the code do not.
  const where = first?.place === undefined ? '' : ` in ${first.place.file}:${first.place.line}`
  return {
    revision: revision.id,
    errors: errors.length,
    ...(first === undefined ? {} : { first: `The first: ${first.code}${where}.` }),
  }
}

async function driftOf(store: Pick<Store, 'devices'>): Promise<Standing['drift']> {
  const drift = new Map<string, number>()
  for await (const { assignment } of walkMatching(store, { drift: true })) {
    const configuration = assignment?.wanted.kind === 'configuration' ? assignment.wanted.configuration : ''
    drift.set(configuration, (drift.get(configuration) ?? 0) + 1)
  }
  return drift
}

async function releasedOf(
  store: Pick<Store, 'devices'>,
  inForce: InForce | undefined,
): Promise<Standing['released']> {
  const released = new Map<string, { released: number; devices: number }>()
  for (const { name } of inForce?.desired.retirements ?? []) {
    const counts = { released: 0, devices: 0 }
    for await (const { record } of walkMatching(store, { retirement: name })) {
      counts.devices += 1
      if (record.released?.retirement === name) counts.released += 1
    }
    released.set(name, counts)
  }
  return released
}

async function rolloutOf(store: Pick<Store, 'runs'>, revision: string): Promise<Standing['rollout']> {
  const runs = (await store.runs(RUNS)).filter((run) => run.revision === revision)
  if (runs.length === 0) return undefined
  const sum = { steps: runs.at(-1)?.counts.steps ?? 0, proven: 0, failed: 0 }
  for (const { counts } of runs) {
    sum.proven += counts.proven
    sum.failed += counts.failed
  }
  return sum
}
