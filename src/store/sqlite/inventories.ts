import { SimplaneError } from '../../domain/error.ts'
import type { FleetStore, Inventory } from '../../domain/fleet-store.ts'
import type { Connection } from './connection.ts'
import { given } from '../given.ts'
import { UNISSUED } from '../step-rows.ts'
import { nothingTouched } from '../touched.ts'
import type { Worklist } from './worklist.ts'

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

/** Inventories: which of them saw what, and who is gone. Of each driver the newest, the newest ended and the newest complete are kept. */
export function openInventories({ db, read, write }: Connection, worklist: Worklist): Inventories {
  const knowDriver = db.prepare<[string]>('insert into driver(name) values(?) on conflict do nothing')
  const insert = db.prepare<[number, string], { listing: number }>(
    'insert into listing(driver, started_at) select driver, ? from driver where name = ? returning listing',
  )
  const prune = db.prepare<[]>(
    `delete from listing where listing not in (
       select max(listing) from listing group by driver
       union select max(listing) from listing where ended_at is not null group by driver
       union select max(listing) from listing where complete = 1 group by driver)`,
  )
  const finish = db.prepare<[number, number, number, string], { driver: number }>(
    `update listing set ended_at = ?, complete = ? where listing = ?
       and driver = (select driver from driver where name = ?) returning driver`,
  )
  const missing = db.prepare<[number, number, number], { dev: number }>(
    `update device set gone_since = ? where driver = ? and gone_since is null
       and exists (select 1 from seen where seen.dev = device.dev and seen.listing < (select ?)) returning dev`,
  )
  // Whoever is seen again after that is to be looked at in full.
  const undigest = db.prepare<[number]>('update seen set digest = null where dev = ?')
  const wasComplete = db.prepare<[number, number], { complete: number }>(
    `select complete from listing where driver = ? and listing < ? and ended_at is not null
       order by listing desc limit 1`,
  )
  // Whatever the brake cut, or now would cut, be it only reported.
  const braked = db.prepare<[number, string], { dev: number }>(
    `select dev from device d where driver = ? and (d.verdict = 'drifted'
       or exists (select 1 from step s not indexed where s.dev = d.dev and s.${UNISSUED})
       or exists (select 1 from finding f where f.dev = d.dev and f.code = (select id from text where text = ?)))`,
  )
  const kept = db.prepare<[], ListingRow>(
    'select v.name, l.listing, l.started_at, l.ended_at, l.complete from listing l join driver v using(driver) order by v.name, l.listing',
  )

  return {
    begin: (driver, at) =>
      write(() => {
        knowDriver.run(driver)
        const listing = insert.get(at, driver)?.listing
        if (listing === undefined)
          throw new SimplaneError('internal', `No inventory of ${driver} could be begun.`)
        prune.run()
        return listing
      }),
    end: (driver, listing, complete, at) =>
      write(() => {
        const ended = finish.get(at, Number(complete), listing, driver)
        if (ended === undefined) {
          throw new SimplaneError(
            'internal',
            `Driver ${driver} has no inventory ${listing}; nothing was concluded from it.`,
          )
        }
        const touched = nothingTouched()
        const before = wasComplete.get(ended.driver, listing)?.complete ?? 0
        if (before !== Number(complete)) {
          for (const { dev } of braked.all(ended.driver, 'inventory-incomplete')) touched.devs.add(dev)
        }
        if (!complete) {
          worklist.enlist(touched)
          return { gone: 0 }
        }
        const gone = missing.all(at, ended.driver, listing)
        for (const { dev } of gone) {
          undigest.run(dev)
          worklist.touch(touched, dev)
        }
        worklist.enlist(touched)
        return { gone: gone.length }
      }),
    last: () =>
      read(() =>
        kept.all().map((row): Inventory => ({
          driver: row.name,
          listing: row.listing,
          startedAt: row.started_at,
          ...given('endedAt', row.ended_at),
          complete: row.complete === 1,
        })),
      ),
  }
}
