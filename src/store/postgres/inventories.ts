import { SimplaneError } from '../../domain/error.ts'
import type { FleetStore, Inventory } from '../../domain/fleet-store.ts'
import { given } from '../given.ts'
import { nothingTouched } from '../touched.ts'
import type { Connection } from './connection.ts'
import { lockDevices } from './device-reads.ts'
import type { Session } from './session.ts'
import { enlist, enlistSelected, touch } from './worklist.ts'

type ListingRow = {
  readonly name: string
  readonly listing: number
  readonly started_at: number
  readonly ended_at: number | null
  readonly complete: number
}

export type Inventories = {
  readonly begin: FleetStore['beginListing']
  readonly end: FleetStore['endListing']
  readonly last: FleetStore['inventories']
}

const KNOW_DRIVER = `insert into driver(name) select $1 where not exists (select 1 from driver where name = $1)
  on conflict do nothing`
const BEGIN = `insert into listing(driver, started_at) select driver, $1 from driver where name = $2 returning listing`
const PRUNE = `delete from listing where listing not in (
  select max(listing) from listing group by driver
  union select max(listing) from listing where ended_at is not null group by driver
  union select max(listing) from listing where complete = 1 group by driver)`
const FINISH = `update listing set ended_at = $1, complete = $2 where listing = $3
  and driver = (select driver from driver where name = $4) returning driver`
const MISSING = `select d.dev from device d join seen s on s.dev = d.dev
  where d.driver = $1 and d.gone_since is null and s.listing < $2 order by d.dev`
// Whoever was seen while this waited for its turn is not gone.
const GONE = `update device d set gone_since = $1 where d.dev = any($2::int[]) and d.gone_since is null
  and exists (select 1 from seen s where s.dev = d.dev and s.listing < $3) returning d.dev`
const WAS_COMPLETE = `select complete from listing where driver = $1 and listing < $2 and ended_at is not null
  order by listing desc limit 1`
// Whatever the brake cut, or now would cut, be it only reported.
const BRAKED = `select d.dev from device d where d.driver = $1 and (d.verdict = 'drifted' or d.dev in (
  select dev from step where state = 'ready' union select dev from step where state = 'held'
  union select dev from finding where code = any($2::int[]))) order by d.dev`
const KEPT = `select v.name, l.listing, l.started_at, l.ended_at, l.complete from listing l
  join driver v on v.driver = l.driver order by v.name, l.listing`

/** Inventories: which of them saw what, and who is gone. Of each driver the newest, the newest ended and the newest complete are kept. */
export function openInventories({ texts, read, lead }: Connection): Inventories {
  async function enlistBraked(
    session: Session,
    driver: number,
    listing: number,
    complete: boolean,
  ): Promise<void> {
    const [before] = await session.rows<{ complete: number }>(WAS_COMPLETE, driver, listing)
    if ((before?.complete ?? 0) === Number(complete)) return
    await enlistSelected(session, BRAKED, driver, await texts.find(session, ['inventory-incomplete']))
  }

  return {
    begin: (driver, at) =>
      lead(async (session) => {
        await session.run(KNOW_DRIVER, driver)
        const [begun] = await session.rows<{ listing: number }>(BEGIN, at, driver)
        if (begun === undefined)
          throw new SimplaneError('internal', `No inventory of ${driver} could be begun.`)
        await session.run(PRUNE)
        return begun.listing
      }),
    end: (driver, listing, complete, at) =>
      lead(async (session) => {
        const [ended] = await session.rows<{ driver: number }>(FINISH, at, Number(complete), listing, driver)
        if (ended === undefined) {
          throw new SimplaneError(
            'internal',
            `Driver ${driver} has no inventory ${listing}; nothing was concluded from it.`,
          )
        }
        await enlistBraked(session, ended.driver, listing, complete)
        if (!complete) return { gone: 0 }
        const missing = (await session.rows<{ dev: number }>(MISSING, ended.driver, listing)).map(
          ({ dev }) => dev,
        )
        await lockDevices(session, missing)
        const gone =
          missing.length === 0 ? [] : await session.rows<{ dev: number }>(GONE, at, missing, listing)
        const touched = nothingTouched()
        await touch(
          session,
          touched,
          gone.map(({ dev }) => dev),
        )
        await enlist(session, touched)
        return { gone: gone.length }
      }),
    last: () =>
      read(async (session) => {
        const rows = await session.rows<ListingRow>(KEPT)
        return rows.map((row): Inventory => ({
          driver: row.name,
          listing: row.listing,
          startedAt: row.started_at,
          ...given('endedAt', row.ended_at),
          complete: row.complete === 1,
        }))
      }),
  }
}
