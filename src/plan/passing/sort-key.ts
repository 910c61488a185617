import type { RecordKey } from '../../domain/device.ts'

/**
 * Keys as bytes that compare as `compareText` compares the keys: a million of them are read once and then sorted, and
 * as strings they would be most of the memory of a plan. ASCII is one byte; any other UTF-16 unit is three, which
 * begin with more than every ASCII byte.
 */
export function writeSortKey(bytes: Uint8Array, start: number, key: string): number {
  let at = start
  for (let index = 0; index < key.length; index += 1) {
    const unit = key.charCodeAt(index)
    if (unit < 0x80) {
      bytes[at] = unit
      at += 1
      continue
    }
    const rank = rankOf(unit)
    bytes[at] = 0xf0 | (rank >> 12)
    bytes[at + 1] = (rank >> 4) & 0xff
    bytes[at + 2] = rank & 0xf
    at += 3
  }
  return at
}

/** The most bytes that a key may take. */
export function longestSortKey(key: string): number {
  return 3 * key.length
}

/** The key that was written from `start` to `end`. */
export function readSortKey(bytes: Uint8Array, start: number, end: number): RecordKey {
  let key = ''
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) {
      key += String.fromCharCode(byte)
      continue
    }
    const rank = ((byte & 0xf) << 12) | ((bytes[at + 1] ?? 0) << 4) | (bytes[at + 2] ?? 0)
    key += String.fromCharCode(unitOf(rank))
    at += 2
  }
  return key as RecordKey
}

/** UTF-16 puts surrogates below U+E000 although what they stand for lies above it. */
function rankOf(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

function unitOf(rank: number): number {
  if (rank < 0xd800) return rank
  return rank < 0xf800 ? rank + 0x800 : rank - 0x2000
}
