import type { Observation } from '../../domain/driver.ts'
import { agesSeenAgain } from '../observed.ts'
import type { Connection } from './connection.ts'

/** What an observation says of a device, and the digest of it. */
export type Sighting = { readonly observation: Observation; readonly digest: string }

/** What is to be looked at in full: devices that are known, in order of dev, and those that are not. */
export type Fresh = {
  readonly known: readonly (readonly [dev: number, sighting: Sighting])[]
  readonly unknown: readonly Sighting[]
}

type SeenRow = readonly [
  index: number,
  dev: number,
  digest: string | null,
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
}: Connection): (sightings: readonly Sighting[], listing: number) => Fresh {
  const stored = db
    .prepare<[string], SeenRow>(
      `select b.key, s.dev, s.digest, s.at, s.installed_age, s.esims_age from json_each(?) b
         cross join record r on r.key = b.value cross join seen s on s.dev = r.dev`,
    )
    .raw()
  const note = db.prepare<[number | null, number | null, number | null, number, number]>(
    `update seen set at = ?, installed_age = ?, esims_age = ?, listing = max(listing, ?) where dev = ?`,
  )

  return (sightings, listing) => {
    const rows = stored
      .all(JSON.stringify(sightings.map(({ observation }) => observation.facts.key)))
      .sort(([, a], [, b]) => a - b)
    const rest: (Sighting | undefined)[] = [...sightings]
    const known: (readonly [number, Sighting])[] = []
    for (const [index, dev, digest, at, installedAge, esimsAge] of rows) {
      const sighting = rest[index]
      if (sighting === undefined) continue
      rest[index] = undefined
      if (digest === null || digest !== sighting.digest) {
        known.push([dev, sighting])
        continue
      }
      const before = { at, installed_at: momentOf(at, installedAge), esims_at: momentOf(at, esimsAge) }
      const ages = agesSeenAgain(sighting.observation.facts, before)
      note.run(...agesOf(ages.at, ages.installed_at, ages.esims_at), listing, dev)
    }
    return { known, unknown: rest.filter((each) => each !== undefined) }
  }
}

function momentOf(at: number | null, age: number | null): number | null {
  return age === null ? null : (at ?? 0) - age
}
