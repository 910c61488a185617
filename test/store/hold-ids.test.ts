import { describe, expect, it } from 'vitest'
import type { StepId } from '../../src/domain/plan.ts'
import { holdDigest, holdIds, holdKey } from '../../src/plan/holds.ts'

describe('hold ids', () => {
  it('are short, and the same whatever else is held', () => {
    const alone = holdIds(['b']).get('b')
    expect(alone).toMatch(/^h-[0-9a-f]{4}$/)
    expect(holdIds(['c', 'b', 'a', 'b']).get('b')).toBe(alone)
  })

  it('grow until no two are alike, in any order of the holds', () => {
    const keys = Array.from({ length: 2_000 }, (_, at) => `key ${at}`)
    const given = holdIds(keys)
    expect(new Set(given.values()).size).toBe(keys.length)
    expect([...given.values()].some((id) => id.length === 'h-000000'.length)).toBe(true)
    expect(holdIds(keys.toReversed())).toEqual(given)
  })

  it('keep apart reasons, step and configuration', () => {
    const keys = [
      holdKey({ codes: ['foreign-esim'] }, 'reset'),
      holdKey({ codes: ['foreign-esim'] }, 'install'),
      holdKey({ codes: ['foreign-esim'], configuration: 'a' }, 'reset'),
      holdKey({ codes: ['foreign-esim', 'would-strand'] }, 'reset'),
    ]
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('a hold digest', () => {
  it('is of the step ids, in any order', () => {
    expect(holdDigest(ids('b', 'a'))).toBe(holdDigest(ids('a', 'b')))
    expect(holdDigest(ids('a', 'b'))).toMatch(/^sha256:[0-9a-f]{64}$/)
  })

  it('changes with every step that comes or goes', () => {
    expect(new Set([ids(), ids('a'), ids('a', 'b'), ids('ab')].map(holdDigest)).size).toBe(4)
  })
})

function ids(...texts: string[]): StepId[] {
  return texts.map((text) => text as StepId)
}
