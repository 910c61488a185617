import type { Observation } from '../../domain/driver.ts'
import { agesSeenAgain } from '../observed.ts'
import type { Connection } from './connection.ts'

/** A device that an observation may find as it was. */
export type Sighting = { readonly observation: Observation; readonly digest: string }

type SeenRow = readonly [
  index: number,
  dev: number,
  digest: string,
  at: number | null,
  installedAge: number | null,
  esimsAge: number | null,
]

/** How ages are kept: back from the moment of the last check-in, so that most take no room. */
export function agesOf(at: number | null, installed: number | null, esims: number | null) {
  const from = at ?? 0
  return [at, installed === null ? null : from - installed, esims === null ? null : from - esims] as const
}

/**
 * Notes which of these devices are seen again exactly as the last observation showed them, in order of dev, and gives
 * the others: nothing else has to be read or written of those. Who is gone, or waits to be seen, has no digest: seeing
 * them means something. Within a write.
 */
export function openSightings({
  db,
}: Connection): (sightings: readonly Sighting[], listing: number) => readonly Sighting[] {
  const known = db
    .prepare<[string], SeenRow>(
      `select b.key, s.dev, s.digest, s.at, s.installed_age, s.esims_age from json_each(?) b
         cross join record r on r.key = b.value cross join seen s on s.dev = r.dev where s.digest is not null`,
    )
    .raw()
  const note = db.prepare<[number | null, number | null, number | null, number, number]>(
    `update seen set at = ?, installed_age = ?, esims_age = ?, listing = max(listing, ?) where dev = ?`,
  )

  return (sightings, listing) => {
    const again = known
      .all(JSON.stringify(sightings.map(({ observation }) => observation.facts.key)))
      .filter(([index, , digest]) => sightings[index]?.digest === digest)
      .sort(([, a], [, b]) => a - b)
    const fresh: (Sighting | undefined)[] = [...sightings]
    for (const [index, dev, , at, installedAge, esimsAge] of again) {
      const facts = sightings[index]?.observation.facts
      if (facts === undefined) continue
      const before = { at, installed_at: momentOf(at, installedAge), esims_at: momentOf(at, esimsAge) }
      const ages = agesSeenAgain(facts, before)
      note.run(...agesOf(ages.at, ages.installed_at, ages.esims_at), listing, dev)
      fresh[index] = undefined
    }
    return fresh.filter((each) => each !== undefined)
  }
}

function momentOf(at: number | null, age: number | null): number | null {
  return age === null ? null : (at ?? 0) - age
}
