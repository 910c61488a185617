import type { Retirement } from '../domain/desired.ts'
import { chosen } from './chosen.ts'
import type { Reading } from './reading.ts'
import { placeOf, readNamed } from './reading.ts'
import { readSelection, selectingKeys } from './selection.ts'
import { quoted, warning } from './tell.ts'
import type { Read } from './tree.ts'
import { keyAt, valueAt } from './tree.ts'
import { readInstant } from './values.ts'

/** A Retirement (S17). */
export function readRetirement(read: Read, reading: Reading): Retirement {
  const spec = valueAt(read.root, 'spec')
  const named = readNamed(read, reading.tell)
  const select = readSelection(spec, reading)
  const enrolledBefore = readInstant(valueAt(spec, 'enrolledBefore'), 'enrolledBefore', reading.tell)
  if (selectingKeys(spec).length === 0) {
    const spot = keyAt(read.root, 'spec') ?? { place: placeOf(read.root), length: 1 }
    const message = `retirement ${quoted(named.name)} selects nobody: no device is retired`
    reading.tell(warning('selects-nobody', spot, message, { hint: 'name groups, devices or lists' }))
  }
  return {
    ...named,
    select,
    finish: chosen(valueAt(spec, 'finish'), ['by-hand', 'in-mdm'], 'by-hand'),
    ...(enrolledBefore !== undefined && { enrolledBefore }),
  }
}
