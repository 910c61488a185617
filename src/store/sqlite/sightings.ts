import type { DeviceFacts } from '../../domain/device.ts'
import type { Observation } from '../../domain/driver.ts'
import { type Ages, agesSeenAgain } from '../observed.ts'
import { given } from '../given.ts'
import type { Connection } from './connection.ts'

/** What an observation says of a device, and the digest of it. */
export type Sighting = { readonly observation: Observation; readonly digest: string }

/** Ages of a record, as the frame of one has them. */
type Sight = Pick<DeviceFacts, 'lastSeenAt' | 'installedObservedAt' | 'esimsObservedAt'>

/** A device that is known, and what was seen of it now. */
export type Known = { readonly dev: number; readonly sighting: Sighting; readonly ages: Sight }

/**
 * What is not as it was: devices that show something else than before, those of which nobody can tell, and those that
 * are not known. In order of dev. Nobody of the first is gone or waits to be seen.
 */
export type Fresh = {
  readonly different: readonly Known[]
  readonly unsure: readonly Known[]
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
    const different: Known[] = []
    const unsure: Known[] = []
    for (const [index, dev, digest, at, installedAge, esimsAge] of rows) {
      const sighting = rest[index]
      if (sighting === undefined) continue
      rest[index] = undefined
      const before = { at, installed_at: momentOf(at, installedAge), esims_at: momentOf(at, esimsAge) }
      if (digest === null || digest !== sighting.digest) {
        const known = { dev, sighting, ages: sightFrom(before) }
        if (digest === null) unsure.push(known)
        else different.push(known)
        continue
      }
      const ages = agesSeenAgain(sighting.observation.facts, before)
      note.run(...agesOf(ages.at, ages.installed_at, ages.esims_at), listing, dev)
    }
    return { different, unsure, unknown: rest.filter((each) => each !== undefined) }
  }
}

function momentOf(at: number | null, age: number | null): number | null {
  return age === null ? null : (at ?? 0) - age
}

function sightFrom({ at, installed_at, esims_at }: Ages): Sight {
  return {
    ...given('lastSeenAt', at),
    ...given('installedObservedAt', installed_at),
    ...given('esimsObservedAt', esims_at),
  }
}
