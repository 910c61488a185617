import { setImmediate } from 'node:timers/promises'
import type { RecordKey } from '../domain/device.ts'
import type { InForce } from '../domain/revision-store.ts'
import type { Store } from '../domain/store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { Instant } from '../domain/time.ts'
import { driftSums } from '../report/drift.ts'
import type { DriftHold, DriftRepair, DriftReport, DriftRow, DriftSummary } from '../report/drift.ts'
import { ACTION_WORDS } from '../report/words.ts'

const PAGE = 1_000

/** Every device that contradicts what is in force. `devices`: of the fleet. */
export async function driftReport(
  store: Pick<Store, 'devices' | 'inForce'>,
  { devices, now }: { readonly devices: number; readonly now: Instant },
): Promise<DriftReport> {
  const inForce = await store.inForce()
  const rows: DriftRow[] = []
  for await (const page of driftedPages(store)) rows.push(...page)
  return {
    rows,
    devices,
    ...(inForce === undefined
      ? {}
      : { revision: inForce.revision.id, appliedAt: inForce.at, desired: inForce.desired }),
    now,
  }
}

/** The same in numbers, with what holds the repairs. Its devices are the active ones: counting all would walk the fleet. */
export async function sumUpDrift(
  store: Pick<Store, 'devices' | 'active' | 'holds'>,
  inForce: InForce,
  now: Instant,
): Promise<DriftSummary> {
  const sums = driftSums()
  const held = new Set<RecordKey>()
  for await (const page of driftedPages(store))
    for (const row of page) {
      sums.add(row)
      if (row.repair === 'held') held.add(row.device)
    }
  const devices = await store.active()
  const subject = { devices, revision: inForce.revision.id, appliedAt: inForce.at, now }
  return sums.summary(subject, await holdsOf(store, held))
}

/** What holds the repair of these drifted devices; asked for only where some are held. */
export async function holdsOf(
  store: Pick<Store, 'holds'>,
  held: ReadonlySet<RecordKey>,
): Promise<readonly DriftHold[]> {
  if (held.size === 0) return []
  return (await store.holds()).flatMap(({ id, code, configuration, steps }) => {
    const devices = new Set(steps.flatMap(({ device }) => (held.has(device) ? [device] : []))).size
    if (devices === 0) return []
    return [{ id, code, ...(configuration === undefined ? {} : { configuration }), devices }]
  })
}

async function* driftedPages(store: Pick<Store, 'devices'>): AsyncGenerator<readonly DriftRow[]> {
  for (let after: RecordKey | undefined; ;) {
    const page = await store.devices({ drift: true }, PAGE, after)
    yield page.flatMap(rowOf)
    after = page.at(-1)?.record.key
    if (page.length < PAGE) return
    await setImmediate()
  }
}

function rowOf(stored: StoredDevice): DriftRow[] {
  const { record, status, assignment } = stored
  if (status.drift === undefined) return []
  const wanted = assignment?.wanted
  return [
    {
      device: record.key,
      ...(record.name === undefined ? {} : { name: record.name }),
      ...(record.serialNumber === undefined ? {} : { serial: record.serialNumber }),
      ...(wanted?.kind === 'configuration' ? { configuration: wanted.configuration } : {}),
      cause: status.drift.cause,
      since: status.drift.since,
      ...outlook(stored),
    },
  ]
}

function outlook({ status }: StoredDevice): { readonly repair: DriftRepair; readonly follows: string } {
  const { verdict = 'in-sync' } = status
  const what = status.action === undefined ? '' : ACTION_WORDS[status.action]
  switch (verdict) {
    case 'working':
      return { repair: 'in-work', follows: `repaired: ${what}, in work` }
    case 'held':
      return { repair: 'held', follows: `${what}: held, waits for a person` }
    case 'failed':
      return { repair: 'gave-up', follows: 'gave up: simplane retry' }
    case 'drifted':
      return { repair: 'observed', follows: 'mode observe: only reported' }
    case 'in-sync':
    case 'not-eligible':
      return { repair: 'reported', follows: 'reported; nothing is done about it' }
  }
}
