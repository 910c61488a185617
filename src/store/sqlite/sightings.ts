import type { RecordKey } from '../../domain/device.ts'
import type { Observation } from '../../domain/driver.ts'
import { agesSeenAgain, type Ages } from '../observed.ts'
import type { Connection } from './connection.ts'

/** A device that an observation may find as it was. */
type Sighting = { readonly observation: Observation; readonly digest: string }

type SeenRow = Ages & { readonly key: RecordKey; readonly dev: number; readonly digest: string }

/**
 * Notes which of these devices are seen again exactly as the last observation showed them, in order of dev, and gives
 * their keys: nothing else has to be read or written of them. Not who is gone, and not who waits to be seen: they mean
 * something. Within a write.
 */
export function openSightings({
  db,
}: Connection): (sightings: ReadonlyMap<RecordKey, Sighting>, listing: number) => ReadonlySet<RecordKey> {
  const known = db.prepare<[string], SeenRow>(
    `select r.key, s.dev, s.at, s.installed_at, s.esims_at, s.digest from json_each(?) b
       cross join record r on r.key = b.value cross join seen s on s.dev = r.dev cross join device d on d.dev = r.dev
       where s.digest is not null and d.gone_since is null and d.awaits_sight = 0`,
  )
  const note = db.prepare<[number | null, number | null, number | null, number, number]>(
    `update seen set at = ?, installed_at = ?, esims_at = ?, listing = max(listing, ?) where dev = ?`,
  )

  return (sightings, listing) => {
    const again = known
      .all(JSON.stringify([...sightings.keys()]))
      .filter(({ key, digest }) => sightings.get(key)?.digest === digest)
      .sort((a, b) => a.dev - b.dev)
    for (const row of again) {
      const facts = sightings.get(row.key)?.observation.facts
      if (facts === undefined) continue
      const { at, installed_at, esims_at } = agesSeenAgain(facts, row)
      note.run(at, installed_at, esims_at, listing, row.dev)
    }
    return new Set(again.map(({ key }) => key))
  }
}
