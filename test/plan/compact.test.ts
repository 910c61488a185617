import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StepId } from '../../src/domain/plan.ts'
import { compareText } from '../../src/domain/text.ts'
import { holdDigestOf } from '../../src/plan/gather-holds.ts'
import { holdDigest } from '../../src/plan/holds.ts'
import { hashOf, sharedHashes } from '../../src/plan/passing/hash.ts'
import { sortedByKey } from '../../src/plan/passing/key-column.ts'
import { longestSortKey, readSortKey, writeSortKey } from '../../src/plan/passing/sort-key.ts'
import { ID_BYTES, sortedStepIds, writeStepId } from '../../src/plan/passing/step-id-pile.ts'
import { planDigest, planDigestOf } from '../../src/plan/plan-digest.ts'

const key = fc.string({
  unit: fc.constantFrom('a', 'B', '/', '\u0000', 'é', '\ud800', '\udfff', '\ue000', '\uffff', '😀'),
})

function columnOf(keys: readonly string[]): { readonly bytes: Uint8Array; readonly ends: Float64Array } {
  const bytes = new Uint8Array(keys.reduce((sum, each) => sum + longestSortKey(each), 0))
  let end = 0
  const ends = keys.map((each) => (end = writeSortKey(bytes, end, each)))
  return { bytes, ends: Float64Array.from(ends) }
}

function idOf(n: number): StepId {
  return createHash('sha256').update(String(n)).digest('hex').slice(0, 20) as StepId
}

describe('keys kept as bytes', () => {
  it('come back as they were, in the order of the keys, and tell those that stand twice', () => {
    fc.assert(
      fc.property(fc.array(key), (all) => {
        const column = columnOf(all)
        const back = (index: number): string =>
          readSortKey(column.bytes, column.ends[index - 1] ?? 0, column.ends[index] ?? 0)
        const { order, repeated } = sortedByKey(column)
        expect(all.map((_, index) => back(index))).toEqual(all)
        expect([...order].map((index) => all[index])).toEqual(all.toSorted(compareText))
        expect(repeated).toEqual(
          [...all.keys()].filter((index) => all.filter((each) => each === all[index]).length > 1),
        )
      }),
    )
  })
})

describe('step ids kept as bytes', () => {
  it.each([0, 1, 100, 10_000])('%s of them have the digests of their texts', (many) => {
    const ids = Array.from({ length: many }, (_, n) => idOf(n % 9_999))
    const pile = Buffer.alloc(many * ID_BYTES)
    for (const [at, id] of ids.entries()) writeStepId(pile, at * ID_BYTES, id)
    const steps = ids.map((id) => ({ id })) as unknown as Parameters<typeof planDigest>[1][number]['steps']
    expect(planDigestOf('abc', sortedStepIds(pile))).toBe(planDigest('abc', [{ steps }]))
    expect(holdDigestOf(sortedStepIds(pile))).toBe(holdDigest(ids))
  })

  it('are refused when they are no step ids', () => {
    for (const id of ['', 'abc', 'x'.repeat(20), 'a'.repeat(21)])
      expect(() => writeStepId(Buffer.alloc(20), 0, id)).toThrow('is no step id')
  })
})

describe('hashes of identities', () => {
  it('find every text that stands twice, and no text that is not there', () => {
    const texts = ['5CG1', undefined, '5CG2', '5CG1', undefined, '5CG3', '5CG2']
    expect(sharedHashes([Float64Array.from(texts, hashOf)])).toEqual([0, 2, 3, 6])
    expect(sharedHashes([Float64Array.of(0, 0, 1), Float64Array.of(7, 8, 7)])).toEqual([0, 2])
  })

  it('differ for the serial numbers of a large fleet', () => {
    const hashes = new Set(
      Array.from({ length: 200_000 }, (_, n) => hashOf(`5CG${String(n).padStart(7, '0')}`)),
    )
    expect(hashes.size).toBe(200_000)
  })
})
