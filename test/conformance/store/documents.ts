import { describe, expect } from 'vitest'
import type { Promised } from './world.ts'

export function documentPromises(promise: Promised): void {
  describe('parsed files', () => {
    promise('what was kept is found by its key, to the letter, after a restart too', async (store, world) => {
      const texts = new Map([
        ['a', '{"a":"é日本𝄞\\u0000 \'quoted\' \\ud800"}'],
        ['b', ''],
      ])
      await store.keepParsed(texts, new Set(texts.keys()))
      expect(await store.parsed(['b', 'a', 'never kept'])).toEqual(texts)
      expect(await store.parsed([])).toEqual(new Map())
      const reopened = await world.reopen()
      expect(await reopened.parsed(['a'])).toEqual(new Map([['a', texts.get('a')]]))
    })

    promise('what is kept again is replaced, and what is no longer alive is gone', async (store) => {
      await store.keepParsed(given('a', 'b', 'c'), new Set(['a', 'b', 'c']))
      await store.keepParsed(new Map([['b', 'new'], ...given('d')]), new Set(['b', 'd']))
      expect(await store.parsed(['a', 'b', 'c', 'd'])).toEqual(new Map([['b', 'new'], ...given('d')]))
      await store.keepParsed(new Map(), new Set())
      expect(await store.parsed(['b', 'd'])).toEqual(new Map())
    })

    promise('ten thousand files are kept and found at once', async (store) => {
      const keys = Array.from({ length: 10_000 }, (_, at) => `key ${at}`)
      await store.keepParsed(given(...keys), new Set(keys))
      await store.keepParsed(new Map(), new Set(keys.slice(1)))
      expect(await store.parsed(keys)).toEqual(given(...keys.slice(1)))
    })
  })
}

function given(...keys: readonly string[]): Map<string, string> {
  return new Map(keys.map((key) => [key, `text of ${key}`]))
}
