/** The keys of a fleet, see `writeSortKey`: one behind the other, and where each ends. */
export type KeyColumn = { readonly bytes: Uint8Array; readonly ends: Float64Array }

/** A fleet by key, and the indexes of keys that stand more than once, ascending. */
export type KeyOrder = { readonly order: Uint32Array; readonly repeated: readonly number[] }

/** Indexes by key. Most files are written in that order, and then nothing is sorted. */
export function sortedByKey(keys: KeyColumn): KeyOrder {
  const order = new Uint32Array(keys.ends.length)
  let ascending = true
  for (let index = 0; index < order.length; index += 1) {
    order[index] = index
    if (ascending && index > 0 && compareKeys(keys, index - 1, index) >= 0) ascending = false
  }
  if (ascending) return { order, repeated: [] }
  order.sort((a, b) => compareKeys(keys, a, b))
  return { order, repeated: repeatedKeys(keys, order) }
}

function repeatedKeys(keys: KeyColumn, order: Uint32Array): readonly number[] {
  const repeated = new Set<number>()
  for (let at = 1; at < order.length; at += 1) {
    const [before = 0, here = 0] = [order[at - 1], order[at]]
    if (compareKeys(keys, before, here) === 0) repeated.add(before).add(here)
  }
  return [...repeated].sort((a, b) => a - b)
}

function compareKeys({ bytes, ends }: KeyColumn, a: number, b: number): number {
  const [startA, startB] = [ends[a - 1] ?? 0, ends[b - 1] ?? 0]
  const [lengthA, lengthB] = [(ends[a] ?? 0) - startA, (ends[b] ?? 0) - startB]
  const shorter = Math.min(lengthA, lengthB)
  for (let at = 0; at < shorter; at += 1) {
    const difference = (bytes[startA + at] ?? 0) - (bytes[startB + at] ?? 0)
    if (difference !== 0) return difference
  }
  return lengthA - lengthB
}
