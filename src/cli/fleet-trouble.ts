import type { Joined } from '../plan/passing/joined.ts'
import type { Conclusion } from '../snapshot/conclusion.ts'
import { decodeLine } from '../snapshot/lines.ts'
import type { NdjsonReader } from '../snapshot/ndjson.ts'
import type { LinePlace } from '../snapshot/stretch.ts'
import type { FleetFile } from './fleet-file.ts'
import type { FleetRead } from './fleet-readers.ts'

const NEWLINE = 0x0a
/** Counted at a time. */
const BLOCK = 1 << 20

/**
 * What reading every line in turn says of a file: of a million sound lines none needs to be read again, and the few
 * that are not are read by the same reader that reads small files. `line`: the number of the line before `body`.
 */
export function concludeFleet(
  file: FleetFile,
  reader: NdjsonReader,
  { joined, stretches }: FleetRead,
  body: { readonly start: number; readonly line: number },
): Conclusion {
  const numberOf = lineNumbers(file, stretches, body)
  for (const place of telling({ joined, stretches })) {
    const text = decodeLine(file.read(place.start, place.start + place.length))
    const number = numberOf(place.start)
    reader.read({ number, closed: place.closed, ...(text === undefined ? {} : { text }) })
  }
  return reader.conclude(joined.devices)
}

/** Lines with something to say, in their order: odd ones, devices that are listed twice, and all behind the last line. */
function telling({ joined, stretches }: FleetRead): Iterable<LinePlace> {
  const places = new Map<number, LinePlace>()
  for (const { odd } of stretches) for (const place of odd) places.set(place.start, place)
  for (const index of joined.repeated) addDevice(places, joined, index)
  const end = stretches.find((stretch) => stretch.end !== undefined)?.end ?? Infinity
  for (let index = joined.devices - 1; (joined.starts[index] ?? 0) > end; index -= 1)
    addDevice(places, joined, index)
  return [...places.values()].sort((a, b) => a.start - b.start)
}

function addDevice(places: Map<number, LinePlace>, { starts, lengths }: Joined, index: number): void {
  const start = starts[index] ?? 0
  places.set(start, { start, length: lengths[index] ?? 0, closed: true })
}

/** The number of the line that starts at a byte; bytes must be asked for in ascending order. */
function lineNumbers(
  file: FleetFile,
  stretches: FleetRead['stretches'],
  body: { readonly start: number; readonly line: number },
): (start: number) => number {
  let [at, line] = [body.start, body.line + 1]
  let stretch = 0
  return (start) => {
    for (; (stretches[stretch + 1]?.start ?? Infinity) <= start; stretch += 1) {
      const from = stretches[stretch]
      if (from !== undefined && from.start === at) line += from.newlines
      else line += newlinesBetween(file, at, stretches[stretch + 1]?.start ?? at)
      at = stretches[stretch + 1]?.start ?? at
    }
    line += newlinesBetween(file, at, start)
    at = start
    return line
  }
}

function newlinesBetween(file: FleetFile, start: number, end: number): number {
  let count = 0
  for (let from = start; from < end; from += BLOCK) {
    const bytes = file.read(from, Math.min(end, from + BLOCK))
    for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1
  }
  return count
}
