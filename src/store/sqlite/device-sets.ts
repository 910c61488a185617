/*
 * Which devices carry a label, of a run of numbers that follow each other: a list of two bytes each while they are few,
 * else a bit each. Rows of devices would be a hundred times as many, and each of them an entry far from the last one.
 */

/** Devices in a run. As bits they are 512 bytes, which is what still fits eight times into a page. */
export const RUN = 4_096
const BYTES = RUN / 8

/** A run and a place in it. */
export function placeOf(dev: number): readonly [run: number, place: number] {
  return [Math.floor(dev / RUN), dev % RUN]
}

/** One bit a place. */
export type Bits = Uint8Array

export function noBits(): Bits {
  return new Uint8Array(BYTES)
}

export function setBit(bits: Bits, place: number, on: boolean): void {
  const byte = bits[place >> 3] ?? 0
  bits[place >> 3] = on ? byte | (1 << (place & 7)) : byte & ~(1 << (place & 7))
}

/** Adds what is stored. */
export function addStored(bits: Bits, stored: Uint8Array): void {
  if (stored.length === BYTES) {
    for (let at = 0; at < BYTES; at += 1) bits[at] = (bits[at] ?? 0) | (stored[at] ?? 0)
    return
  }
  for (let at = 0; at < stored.length; at += 2)
    setBit(bits, ((stored[at] ?? 0) << 8) | (stored[at + 1] ?? 0), true)
}

/** How it is stored; `undefined`: nothing is in it. */
export function toStored(bits: Bits): Uint8Array | undefined {
  const places = placesIn(bits, BYTES / 2)
  if (places.length === 0) return undefined
  // As long as the bits themselves a list would be taken for them.
  if (places.length >= BYTES / 2) return bits.slice()
  const list = new Uint8Array(places.length * 2)
  let at = 0
  for (const place of places) {
    list[at] = place >> 8
    list[at + 1] = place & 255
    at += 2
  }
  return list
}

/** The places that are set, in order, or the first `limit` of them. */
export function placesIn(bits: Bits, limit = RUN): readonly number[] {
  const places: number[] = []
  for (let at = 0; at < BYTES; at += 1) {
    const byte = bits[at] ?? 0
    if (byte === 0) continue
    for (let bit = 0; bit < 8; bit += 1) {
      if ((byte & (1 << bit)) === 0) continue
      places.push(at * 8 + bit)
      if (places.length === limit) return places
    }
  }
  return places
}
