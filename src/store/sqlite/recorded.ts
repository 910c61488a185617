import type { Shape, StoredDevice } from '../../domain/stored-device.ts'
import { shapeOf } from '../../plan/shape.ts'
import { recordFrom, type StoredTraits } from '../record-text.ts'
import type { Connection } from './connection.ts'
import type { Known } from './sightings.ts'

/** What an observation needs of a device that it finds changed: its record and no more. */
type Recorded = Omit<Known, 'ages'> & { readonly before: Pick<StoredDevice, 'record' | 'shape'> }

/** Reads the records of these devices, one after the other. Within a transaction. */
export function openRecorded({ db }: Connection): (known: readonly Known[]) => Iterable<Recorded> {
  const facts = db
    .prepare<[string], [index: number, shape: Shape | null, traits: string, record: string]>(
      'select b.key, f.shape, f.traits, f.record from json_each(?) b cross join facts f on f.dev = b.value',
    )
    .raw()

  return function* (known) {
    for (const [index, shape, traits, text] of facts.all(JSON.stringify(known.map(({ dev }) => dev)))) {
      const each = known[index]
      if (each === undefined) continue
      const { dev, sighting, ages } = each
      const { key, driver, id } = sighting.observation.facts
      const record = recordFrom(text, { key, driver, id, ...ages }, JSON.parse(traits) as StoredTraits)
      yield { dev, sighting, before: { record, shape: shape ?? shapeOf(record) } }
    }
  }
}
