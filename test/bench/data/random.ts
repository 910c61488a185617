/** A whole number below `bound` that depends on nothing but its arguments: the same fleet in every process and order. */
export function drawn(bound: number, seed: number, salt: number): number {
  let hash = Math.imul(seed + 0x9e3779b9, 0x85ebca6b) ^ Math.imul(salt + 1, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d)
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b)
  return ((hash ^ (hash >>> 16)) >>> 0) % bound
}

/** The numbers 0 to `count` - 1 in an order that jumps about and never repeats one; the same for the same count. */
export function scattered(count: number): (at: number) => number {
  const step = coprimeTo(count, Math.max(1, Math.floor(count * 0.618_034)))
  return (at) => (at * step + 17) % count
}

/** `some` of the numbers below `count`, without order or pattern. */
export function sample(some: number, count: number, seed: number): number[] {
  const all = Uint32Array.from({ length: count }, (_, at) => at)
  const wanted = Math.min(some, count)
  for (let at = 0; at < wanted; at += 1) {
    const other = at + drawn(count - at, at, seed)
    const value = all[other] ?? 0
    all[other] = all[at] ?? 0
    all[at] = value
  }
  return [...all.subarray(0, wanted)]
}

function coprimeTo(count: number, from: number): number {
  let candidate = from
  while (divisor(candidate, count) !== 1) candidate += 1
  return candidate
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}
