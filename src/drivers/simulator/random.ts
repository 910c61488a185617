/**
 * A number in [0, 1) that depends on nothing but its arguments: the same seed and parts give the same number in
 * every process, so that a simulated fleet behaves the same however often and in whatever order it is asked.
 */
export function roll(seed: number, ...parts: readonly (string | number)[]): number {
  const text = `${seed}\n${parts.join('\n')}`
  // FNV-1a, then the finaliser of MurmurHash3: FNV alone barely moves the high bits of short texts.
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}
