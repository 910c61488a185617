import type { RecordKey } from '../../domain/device.ts'
import type { JournalStep } from '../../domain/journal.ts'
import type { Store } from '../../domain/store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Rollout, RolloutEnd, RolloutFailure } from '../../report/pull-request/rollout.ts'

/** What has become of devices that were to change, so far. */
export type ComeTo = {
  readonly counts: Pick<Rollout, 'proven' | 'working' | 'held' | 'failed'>
  readonly end: RolloutEnd
}

const PAGE = 1_000
/** Devices whose journals are read for why they failed: the reasons of many are the reasons of some. */
const ASKED = 500
const NEWEST = 20

/** Counts devices by what became of them; those that left the MDM are counted nowhere. */
export async function comeTo(
  store: Pick<Store, 'get' | 'steps' | 'holds'>,
  devices: readonly RecordKey[],
): Promise<ComeTo> {
  const counts = { proven: 0, working: 0, held: 0, failed: 0 }
  const failed: StoredDevice[] = []
  const held = new Set<RecordKey>()
  for (let at = 0; at < devices.length; at += PAGE) {
    for (const device of await store.get(devices.slice(at, at + PAGE))) {
      if (device.goneSince !== undefined) continue
      switch (device.status.verdict) {
        case 'working':
          counts.working += 1
          break
        case 'held':
          counts.held += 1
          held.add(device.record.key)
          break
        case 'failed':
          counts.failed += 1
          failed.push(device)
          break
        case 'in-sync':
          counts.proven += 1
          break
        case 'drifted':
        case 'not-eligible':
        case undefined:
      }
    }
  }
  return { counts, end: { failures: await failuresOf(store, failed), holds: await holdsOf(store, held) } }
}

async function failuresOf(
  store: Pick<Store, 'steps'>,
  failed: readonly StoredDevice[],
): Promise<readonly RolloutFailure[]> {
  const asked = failed.slice(0, ASKED)
  const found = new Map<string, RolloutFailure>()
  for (const { dev } of asked) {
    const last = (await store.steps(dev, NEWEST)).find(({ error }) => error !== undefined)
    if (last?.error === undefined) continue
    const failure = failureOf(last, last.error)
    const key = JSON.stringify([failure.step, failure.configuration, failure.code])
    const devices = (found.get(key)?.devices ?? 0) + 1
    found.set(key, { ...(found.get(key) ?? failure), devices })
  }
  return [...found.values()]
}

function failureOf(
  { step: { kind, configuration } }: JournalStep,
  { code, message }: NonNullable<JournalStep['error']>,
): RolloutFailure {
  return {
    step: kind,
    ...(configuration === undefined ? {} : { configuration }),
    code,
    message,
    devices: 0,
  }
}

async function holdsOf(
  store: Pick<Store, 'holds'>,
  held: ReadonlySet<RecordKey>,
): Promise<RolloutEnd['holds']> {
  if (held.size === 0) return []
  return (await store.holds()).flatMap(({ id, code, steps }) => {
    const devices = new Set(steps.flatMap(({ device }) => (held.has(device) ? [device] : []))).size
    return devices === 0 ? [] : [{ id, code, devices }]
  })
}
