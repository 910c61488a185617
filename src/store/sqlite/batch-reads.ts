import type { Try } from '../../domain/journal-store.ts'
import type { StepId } from '../../domain/plan.ts'
import { compareText } from '../../domain/text.ts'
import type { Instant } from '../../domain/time.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { WorkItem } from '../../domain/work-store.ts'
import { eidOf, serialOf } from '../../plan/identity.ts'
import type { DeviceRow } from '../device-rows.ts'
import { given } from '../given.ts'
import { type StepRow, TRIED } from '../step-rows.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'

/** A device with all that planning it needs. */
type Planable = Omit<WorkItem, 'seq'>

/** How many devices are read at once: a handful of statements for all of them. Within a transaction. */
export type BatchReads = {
  /** The devices of these rows, in the same order. */
  readonly planables: (rows: readonly DeviceRow[], now: Instant) => Planable[]
  /** Every other record that shares a serial number or EID (case folded) with one of these, by dev. */
  readonly siblings: (devices: readonly StoredDevice[]) => StoredDevice[]
  /** The groups judged shrunk that these devices left, sorted; devices without any are absent. */
  readonly shrunk: (devs: readonly number[]) => ReadonlyMap<number, readonly string[]>
}

type TryRow = Pick<
  StepRow,
  'dev' | 'id' | 'state' | 'revision' | 'attempt' | 'settled_at' | 'planned_at' | 'error'
>

export function openBatchReads({ db, texts }: Connection, reads: DeviceReads): BatchReads {
  const tried = db.prepare<[string], TryRow>(
    `select s.dev, s.id, s.state, s.revision, s.attempt, s.settled_at, s.planned_at, s.error
       from json_each(?) b cross join step s indexed by step_tried on s.dev = b.value
       where s.${TRIED} and s.forgotten = 0 order by s.settled_at desc, s.n desc`,
  )
  const approved = db.prepare<[string, number], { dev: number; step: StepId }>(
    `select distinct a.dev, a.step from json_each(?) b cross join approval_step a on a.dev = b.value
       cross join approval p on p.id = a.approval
       where a.used_at is null and p.expires_at > (select ?) order by a.step`,
  )
  const left = db.prepare<[string], { dev: number; grp: number }>(
    `select l.dev, l.grp from json_each(?) b cross join leaver l indexed by leaver_dev on l.dev = b.value
       where l.shrunk = 1`,
  )
  const sharing = (['serial', 'eid'] as const).map((column) => ({
    column,
    statement: db.prepare<[string], { dev: number }>(
      `select i.dev from json_each(?) b cross join identity i indexed by identity_${column} on i.${column} = b.value`,
    ),
  }))

  function shrunk(devs: readonly number[]): ReadonlyMap<number, readonly string[]> {
    const groups = new Map<number, string[]>()
    for (const { dev, grp } of left.all(JSON.stringify(devs))) append(groups, dev, texts.text(grp))
    for (const names of groups.values()) names.sort(compareText)
    return groups
  }

  function tryFrom(row: TryRow): Try {
    return {
      dev: row.dev,
      id: row.id,
      state: row.state,
      revision: texts.text(row.revision),
      attempt: row.attempt,
      settledAt: row.settled_at ?? row.planned_at,
      ...(row.error === null ? {} : { error: JSON.parse(row.error) as NonNullable<Try['error']> }),
    }
  }

  function planables(rows: readonly DeviceRow[], now: Instant): Planable[] {
    const devs = rows.map(({ dev }) => dev)
    const asked = JSON.stringify(devs)
    const tries = new Map<number, Try[]>()
    for (const row of tried.all(asked)) append(tries, row.dev, tryFrom(row))
    const covered = new Map<number, StepId[]>()
    for (const { dev, step } of approved.all(asked, now)) append(covered, dev, step)
    const groups = shrunk(devs)
    return rows.map((row) => ({
      device: reads.fromRow(row),
      shrunk: groups.get(row.dev) ?? [],
      history: {
        tries: tries.get(row.dev) ?? [],
        ...given('provenAt', row.proven_at),
        ...given('unansweredAt', row.unanswered_at),
        ...given('erasedAt', row.erased_at),
        approved: covered.get(row.dev) ?? [],
      },
    }))
  }

  function siblings(devices: readonly StoredDevice[]): StoredDevice[] {
    const twins = devices.filter(({ isSingle }) => isSingle !== true)
    if (twins.length === 0) return []
    const known = new Set(devices.map(({ dev }) => dev))
    const others = new Set<number>()
    for (const { column, statement } of sharing) {
      const identify = column === 'serial' ? serialOf : eidOf
      const values = new Set(twins.flatMap(({ face }) => identify(face) ?? []))
      if (values.size === 0) continue
      for (const { dev } of statement.all(JSON.stringify([...values]))) if (!known.has(dev)) others.add(dev)
    }
    return others.size === 0 ? [] : reads.byDevs(others)
  }

  return { planables, siblings, shrunk }
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
