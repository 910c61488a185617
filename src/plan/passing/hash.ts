/** 53 bits of a text, never 0; 0 for none. Texts that share a hash are looked at again, so that a collision costs a look. */
export function hashOf(text: string | undefined): number {
  if (text === undefined) return 0
  let [a, b] = [0xdeadbeef, 0x41c6ce57]
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    a = Math.imul(a ^ unit, 0x9e3779b1)
    b = Math.imul(b ^ unit, 0x5f356495)
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35)
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35)
  return (b & 0x1f_ffff) * 2 ** 32 + (a >>> 0) || 1
}

/** The indexes of hashes that stand more than once in a column, in whichever, ascending. */
export function sharedHashes(columns: readonly Float64Array[]): readonly number[] {
  const shared = new Set<number>()
  for (const hashes of columns) {
    const twice = repeated(hashes)
    if (twice.size > 0) for (const [index, hash] of hashes.entries()) if (twice.has(hash)) shared.add(index)
  }
  return [...Float64Array.from(shared).sort()]
}

/** A filter of so many bits lets some ten thousand hashes of a million through that stand once. */
const FILTER_BITS = 2 ** 26

/** Hashes that stand more than once: few can, by a filter, and only those are counted. */
function repeated(hashes: Float64Array): ReadonlySet<number> {
  const filter = new Uint8Array(FILTER_BITS / 8)
  const suspects = new Set<number>()
  for (const hash of hashes) {
    const bit = hash % FILTER_BITS
    const at = Math.floor(bit / 8)
    const mask = 1 << (bit % 8)
    const byte = filter[at] ?? 0
    if ((byte & mask) === 0) filter[at] = byte | mask
    else if (hash !== 0) suspects.add(hash)
  }
  const once = new Set<number>()
  const twice = new Set<number>()
  for (const hash of hashes) {
    if (!suspects.has(hash)) continue
    if (once.has(hash)) twice.add(hash)
    else once.add(hash)
  }
  return twice
}
