/**
 * The ids an inventory has given so far, as 53-bit hashes in one typed array: a million take 16 MB, as texts they would
 * take a hundred. Two ids of one hash (one inventory of a million devices in ten thousand) make the count differ from
 * the MDM's, and the inventory counts as incomplete: the careful side. `seed` makes the next one hash differently.
 */
export class SeenIds {
  #slots = new Float64Array(1_024)
  #size = 0
  readonly #seed: number

  constructor(seed: number) {
    this.#seed = seed
  }

  /** How many different ones. */
  get size(): number {
    return this.#size
  }

  /** true: it was not there before. */
  add(id: string): boolean {
    if (this.#size * 2 >= this.#slots.length) this.#grow()
    const hash = hashOf(id, this.#seed)
    const at = slotOf(this.#slots, hash)
    if (this.#slots[at] === hash) return false
    this.#slots[at] = hash
    this.#size += 1
    return true
  }

  #grow(): void {
    const larger = new Float64Array(this.#slots.length * 2)
    for (const hash of this.#slots) if (hash !== 0) larger[slotOf(larger, hash)] = hash
    this.#slots = larger
  }
}

/** Where a hash is, or would be: the first slot from its own place on that holds it or nothing. */
function slotOf(slots: Float64Array, hash: number): number {
  let at = hash % slots.length
  while (slots[at] !== 0 && slots[at] !== hash) at = (at + 1) % slots.length
  return at
}

/** Two 32-bit hashes (FNV-1a, and the same over other constants) as one number below 2^53; never 0. */
function hashOf(text: string, seed: number): number {
  let a = 0x811c9dc5 ^ seed
  let b = 0x9e3779b9 ^ seed
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at)
    a = Math.imul(a ^ unit, 0x01000193)
    b = Math.imul(b ^ unit, 0x85ebca6b) ^ (b >>> 13)
  }
  return (b >>> 11) * 0x1_0000_0000 + (a >>> 0) + 1
}
