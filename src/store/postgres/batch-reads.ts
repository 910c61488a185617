import type { Try } from '../../domain/journal-store.ts'
import type { StepId } from '../../domain/plan.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import type { Instant } from '../../domain/time.ts'
import type { WorkItem } from '../../domain/work-store.ts'
import { eidOf, serialOf } from '../../plan/identity.ts'
import type { DeviceRow } from '../device-rows.ts'
import { given } from '../given.ts'
import { type StepRow, TRIED } from '../step-rows.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import { shrunkGroups } from './groups.ts'
import type { Session } from './session.ts'
import { sharing } from './worklist.ts'

/** A device with all that planning it needs. */
type Planable = Omit<WorkItem, 'seq'>

/** How many devices are read at once: a handful of statements for all of them. Within a transaction. */
export type BatchReads = {
  /** The devices of these rows, in the same order. */
  readonly planables: (
    session: Session,
    rows: readonly DeviceRow[],
    now: Instant,
  ) => Promise<readonly Planable[]>
  /** Every other record that shares a serial number or EID (case folded) with one of these, by dev. */
  readonly siblings: (session: Session, devices: readonly StoredDevice[]) => Promise<readonly StoredDevice[]>
}

type TryRow = Pick<
  StepRow,
  'dev' | 'id' | 'state' | 'revision' | 'attempt' | 'settled_at' | 'planned_at' | 'error'
>

const TRIES = `select dev, id, state, revision, attempt, settled_at, planned_at, error from step
  where dev = any($1::int[]) and ${TRIED} and forgotten = 0 order by settled_at desc, n desc`
const APPROVED = `select distinct a.dev, a.step from approval p join approval_step a on a.approval = p.id
  where p.expires_at > $2 and a.dev = any($1::int[]) and a.used_at is null order by a.step`

export function openBatchReads(connection: Connection, reads: DeviceReads): BatchReads {
  const { texts } = connection

  async function triesOf(
    session: Session,
    devs: readonly number[],
  ): Promise<ReadonlyMap<number, readonly Try[]>> {
    const rows = await session.rows<TryRow>(TRIES, devs)
    const names = await texts.named(
      session,
      rows.map(({ revision }) => revision),
    )
    const tries = rows.map((row): Try => ({
      dev: row.dev,
      id: row.id,
      state: row.state,
      revision: names.text(row.revision),
      attempt: row.attempt,
      settledAt: row.settled_at ?? row.planned_at,
      ...(row.error === null ? {} : { error: JSON.parse(row.error) as NonNullable<Try['error']> }),
    }))
    return Map.groupBy(tries, ({ dev }) => dev)
  }

  return {
    planables: async (session, rows, now) => {
      if (rows.length === 0) return []
      const devs = rows.map(({ dev }) => dev)
      const [tries, approved, groups, devices] = await Promise.all([
        triesOf(session, devs),
        session.rows<{ dev: number; step: StepId }>(APPROVED, devs, now),
        shrunkGroups(session, connection, devs),
        reads.fromRows(session, rows),
      ])
      const covered = Map.groupBy(approved, ({ dev }) => dev)
      return rows.map((row, at) => ({
        device: devices[at] as StoredDevice,
        shrunk: groups.get(row.dev) ?? [],
        history: {
          tries: tries.get(row.dev) ?? [],
          ...given('provenAt', row.proven_at),
          ...given('unansweredAt', row.unanswered_at),
          ...given('erasedAt', row.erased_at),
          approved: (covered.get(row.dev) ?? []).map(({ step }) => step),
        },
      }))
    },
    siblings: async (session, devices) => {
      const known = new Set(devices.map(({ dev }) => dev))
      const serials = new Set(devices.flatMap(({ face }) => serialOf(face) ?? []))
      const eids = new Set(devices.flatMap(({ face }) => eidOf(face) ?? []))
      const others = await sharing(session, serials, eids)
      return reads.byDevs(
        session,
        [...others].filter((dev) => !known.has(dev)),
      )
    },
  }
}
