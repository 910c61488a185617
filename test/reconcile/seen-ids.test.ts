import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { SeenIds } from '../../src/reconcile/seen-ids.ts'

describe('the ids of an inventory', () => {
  it('are counted once each, whatever they look like and however many come', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.integer({ min: 0, max: 1e9 }), (ids, seed) => {
        const seen = new SeenIds(seed)
        const told = new Set<string>()
        for (const id of ids) {
          expect(seen.add(id)).toBe(!told.has(id))
          told.add(id)
        }
        expect(seen.size).toBe(told.size)
      }),
    )
  })

  it('are told apart by the hundred thousand, also those that differ in one digit', () => {
    const seen = new SeenIds(1)
    const added = (): number => {
      let count = 0
      for (let n = 0; n < 200_000; n += 1) if (seen.add(`d-${n}`)) count += 1
      return count
    }
    expect([added(), added(), seen.size]).toEqual([200_000, 0, 200_000])
  })
})
