import { describe, expect, it } from 'vitest'
import { openQueue } from '../../src/store/postgres/queue.ts'

/** A queue of numbers in order, from which the first `limit` at or after a place are read. */
function reader(numbers: ReadonlySet<number>, limit: number): (from: number) => Promise<readonly number[]> {
  return async (from) =>
    [...numbers]
      .filter((number) => number >= from)
      .sort((a, b) => a - b)
      .slice(0, limit)
}

describe('a queue that is taken in large pages', () => {
  it('is taken whole and in order, page by page', async () => {
    const waiting = new Set(Array.from({ length: 1_050 }, (_, at) => at))
    const take = openQueue(0, (rows: readonly number[]) => rows[0] ?? 0)
    const taken: number[] = []
    for (let page = 0; page < 4; page += 1) {
      const rows = await take(300, reader(waiting, 300))
      taken.push(...rows)
      for (const row of rows) waiting.delete(row)
    }
    expect(taken).toEqual(Array.from({ length: 1_050 }, (_, at) => at))
  })

  it('does not read again what has left it', async () => {
    const waiting = new Set(Array.from({ length: 900 }, (_, at) => at))
    const places: number[] = []
    const take = openQueue(0, (rows: readonly number[]) => rows[0] ?? 0)
    for (let page = 0; page < 3; page += 1) {
      const rows = await take(300, (from) => {
        places.push(from)
        return reader(waiting, 300)(from)
      })
      for (const row of rows) waiting.delete(row)
    }
    expect(places).toEqual([0, 0, 300])
  })

  it('leaves nobody behind who came in ahead, even while others keep coming behind', async () => {
    const waiting = new Set(Array.from({ length: 600 }, (_, at) => at + 1_000))
    const take = openQueue(0, (rows: readonly number[]) => rows[0] ?? 0)
    let next = 10_000
    let pages = 0
    await take(300, reader(waiting, 300))
    await take(300, reader(waiting, 300))
    waiting.add(5)
    while (waiting.has(5)) {
      for (let more = 0; more < 300; more += 1) waiting.add((next += 1))
      for (const row of await take(300, reader(waiting, 300))) waiting.delete(row)
      pages += 1
    }
    expect(pages).toBeLessThanOrEqual(16)
  })

  it('begins at the front for a small page', async () => {
    const waiting = new Set(Array.from({ length: 600 }, (_, at) => at + 1_000))
    const take = openQueue(0, (rows: readonly number[]) => rows[0] ?? 0)
    await take(300, reader(waiting, 300))
    waiting.add(5)
    expect(await take(1, reader(waiting, 1))).toEqual([5])
  })
})
