import type { DeviceRecord } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import { toRfc3339, type Instant } from '../../domain/time.ts'
import type { DeviceRow } from '../device-rows.ts'
import { type DatabaseContents, INTERRUPTED, type PutBack } from '../put-back.ts'
import { nothingTouched } from '../touched.ts'
import { addressOf } from './address.ts'
import { type Connection, connect } from './connection.ts'
import { contentsOf } from './contents.ts'
import { openDeviceReads, WALK_DEVICES } from './device-reads.ts'
import { LEADERSHIP_TIMES, openLeadership, type PostgresLeadership } from './leadership.ts'
import { newEpoch } from './migrations.ts'
import { prepare } from './open.ts'
import { openRecordWrites } from './record-writes.ts'
import type { Session } from './session.ts'
import { enlistAll } from './worklist.ts'
import { writersOf } from './writers.ts'

/** A database that was put back by other tools, with nobody on it but this process. Disposed without `mark`: nothing has happened. */
export type PutBackDatabase = AsyncDisposable & {
  readonly contents: DatabaseContents
  /**
   * Makes it safe to go on from, in one transaction: from here on its command ids are others, and nothing is taken for
   * granted that may have changed since. Throws `store-busy` when another simplane has come meanwhile.
   */
  readonly mark: (by: { readonly now: Instant; readonly actor: string }) => Promise<PutBack>
}

/** What this process calls its connections, so that it does not take them for another's. */
const NAME = 'simplane-restore'

// Who writes has a row in `writer`; who leads or waits to lead may have this connection only.
const OTHERS = `select count(*)::int as others from pg_stat_activity where datname = current_database()
  and application_name <> $1 and (application_name = $2 or pid in (select backend from writer))`

// Who only reads goes on; whoever would write waits until all is said.
const ALONE = `lock table device, step, work, entered, record, identity, seen, listing, approval, meta in exclusive mode`

const SETTLE = `with settled as (
    update step set state = case when kind in ('reset', 'retire') then 'unproven' else 'expired' end,
      settled_at = $1, poll_at = 0, error = $2, lease = null, leased_until = 0
    where state in ('issued', 'accepted') returning state)
  select count(*) filter (where state = 'unproven') as unproven, count(*) filter (where state = 'expired') as expired
    from settled`
const END_APPROVALS = 'update approval set expires_at = $1 where expires_at > $1'

/*
 * The database remembers less than was done: between the moment it shows and now anything may have been sent, done, or
 * be on its way. What it takes for granted and an observation cannot contradict has to go (planning.md section 5: state
 * is read first; S36).
 */
// Planned on old knowledge; everybody is planned again.
const UNPLAN = "delete from step where state in ('ready', 'held')"
// Until the inventory of its driver has been read whole nothing destructive is planned for a device.
const UNLIST = 'update listing set complete = 0, ended_at = coalesce(ended_at, $1)'
// A command nobody remembers may wait in the MDM's queue: until a device is seen nothing further is sent to it.
const UNANSWER = 'update record set unanswered_at = greatest(coalesce(unanswered_at, 0), $1)'
const OUTDATE = 'update device set version = version + 1'
const RENEW = "update meta set value = $1 where key = 'epoch' and value <> $1"
const NOTE = "insert into event(at, kind, message, actor) values($1, 'restore', $2, $3)"

/** Devices whose records are rewritten at once. */
const BATCH = 1_000

/**
 * Opens the database at `url` that pg_restore or point-in-time recovery has put back, and leads on it, so that no service
 * can. Throws `store-busy` while another simplane is connected to it, and what `openPostgres` throws.
 */
export async function openPutBack(url: string): Promise<PutBackDatabase> {
  const address = addressOf(url)
  const own = ownUrl(url)
  const owner = await prepare(own, address)
  const leadership = openLeadership(own, address, LEADERSHIP_TIMES)
  const connection = connect({ url: own, address, writers: writersOf(owner), term: leadership.term })
  const usual = new URL(url).searchParams.get('application_name') ?? 'simplane'

  async function expectAlone(session: Session): Promise<void> {
    const [found] = await session.rows<{ others: number }>(OTHERS, NAME, usual)
    if (found?.others !== 0) throw busy(address)
  }

  let closed: Promise<void> | undefined
  async function close(): Promise<void> {
    await leadership[Symbol.asyncDispose]()
    await connection[Symbol.asyncDispose]()
  }

  try {
    await expectToLead(leadership, address)
    return {
      contents: await connection.survey(async (session) => {
        await expectAlone(session)
        return contentsOf(session)
      }),
      mark: async (by) => {
        await expectToLead(leadership, address)
        return connection.lead(async (session) => {
          await session.run(ALONE)
          await expectAlone(session)
          return putBack(session, connection, by)
        })
      },
      [Symbol.asyncDispose]: () => (closed ??= close()),
    }
  } catch (error) {
    await close()
    throw error
  }
}

function ownUrl(url: string): string {
  const own = new URL(url)
  own.searchParams.set('application_name', NAME)
  return own.href
}

async function expectToLead(leadership: PostgresLeadership, address: string): Promise<void> {
  if ((await leadership.lead()) === undefined) throw busy(address, await leadership.leader())
}

function busy(address: string, who?: string): SimplaneError {
  const name = who === undefined ? 'Another simplane' : `A simplane (${who})`
  return new SimplaneError('store-busy', `${name} works on ${address}; nothing was changed.`, {
    hint: 'Stop every service on it first: what they have in memory would not fit the database that was put back.',
  })
}

async function putBack(
  session: Session,
  connection: Connection,
  { now, actor }: { readonly now: Instant; readonly actor: string },
): Promise<PutBack> {
  const { newest } = await contentsOf(session)
  const [settled] = await session.rows<Pick<PutBack, 'unproven' | 'expired'>>(
    SETTLE,
    now,
    JSON.stringify(INTERRUPTED),
  )
  const approvals = await session.run(END_APPROVALS, now)
  await session.run(UNPLAN)
  await enlistAll(session)
  await session.run(UNLIST, now)
  await session.run(UNANSWER, now)
  await doubtRecords(session, connection, now)
  await session.run(OUTDATE)
  while ((await session.run(RENEW, newEpoch())) === 0);
  const upTo = newest === undefined ? '' : ` to what it held at ${toRfc3339(newest)}`
  await session.run(NOTE, now, `database put back${upTo}`, actor)
  return { unproven: settled?.unproven ?? 0, expired: settled?.expired ?? 0, approvals }
}

async function doubtRecords(session: Session, connection: Connection, now: Instant): Promise<void> {
  const reads = openDeviceReads(connection)
  const writes = openRecordWrites(connection)
  let after = 0
  for (;;) {
    const rows = await session.rows<DeviceRow>(WALK_DEVICES, after, BATCH)
    const last = rows.at(-1)
    if (last === undefined) return
    const devices = await reads.fromRows(session, rows)
    const puts = devices.map((before) => ({ before, record: doubted(before.record, now) }))
    // Everybody is planned again as it is.
    await writes.put(session, puts, nothingTouched())
    after = last.dev
  }
}

/** What a record still says when it may be older than what was done. */
function doubted(record: DeviceRecord, now: Instant): DeviceRecord {
  const { installed } = record
  return {
    ...record,
    // An eSIM may have come that only a list read now can show: what was absent then is not known to be absent.
    esimsComplete: false,
    provisionedBefore: true,
    // A redownload may have been served since: one asked for before this moment must not erase a fleet a second time.
    installed:
      installed === 'unknown'
        ? installed
        : installed.map((entry) =>
            entry.installedAt === undefined
              ? entry
              : { ...entry, installedAt: Math.max(entry.installedAt, now) },
          ),
  }
}
