import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addStored, noBits, placesIn, RUN, setBit, toStored } from '../../src/store/sqlite/device-sets.ts'

const places = fc.uniqueArray(fc.integer({ min: 0, max: RUN - 1 }), { maxLength: 600 })

function bitsOf(all: readonly number[]) {
  const bits = noBits()
  for (const place of all) setBit(bits, place, true)
  return bits
}

it('what is stored of a set is the set, be it a list or bits', () => {
  fc.assert(
    fc.property(places, places, (some, others) => {
      const stored = toStored(bitsOf(some))
      const read = bitsOf(others)
      if (stored !== undefined) addStored(read, stored.slice())
      expect(placesIn(read)).toEqual([...new Set([...some, ...others])].sort((a, b) => a - b))
    }),
  )
})

it.each([0, 1, 255, 256, 257, RUN])('%i devices of a run are as many again', (count) => {
  const all = Array.from({ length: count }, (_, at) => at)
  const stored = toStored(bitsOf(all))
  expect(stored?.length).toBe(count === 0 ? undefined : Math.min(count * 2, RUN / 8))
  const read = noBits()
  if (stored !== undefined) addStored(read, stored)
  expect(placesIn(read)).toEqual(all)
  for (const place of all) setBit(read, place, false)
  expect(toStored(read)).toBeUndefined()
})
