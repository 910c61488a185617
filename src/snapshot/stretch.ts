import type { DeviceRecord } from '../domain/device.ts'
import { readDevice } from './device.ts'
import { decodeLine } from './lines.ts'
import { isEnd } from './ndjson.ts'
import { parseJson } from './parse-json.ts'
import { readPlainDevice } from './plain-device.ts'
import { noProblems, type Problems } from './problems.ts'

/** Where a line stands in its file, in bytes and without its newline. `closed`: a newline follows it. */
export type LinePlace = { readonly start: number; readonly length: number; readonly closed: boolean }

/** What a stretch of NDJSON holds beside its devices. */
export type Stretch = {
  readonly start: number
  /** Its newlines. */
  readonly newlines: number
  /** Lines that an `NdjsonReader` has something to say about, or that tell it something: trouble, new keys, the end. */
  readonly odd: readonly LinePlace[]
  /** Where its first FleetSnapshotEnd line starts. */
  readonly end?: number
}

const NEWLINE = 0x0a

/**
 * Reads whole lines out of the middle of a file and shows every sound device, with the start and the length of its
 * line, to `see`. `start`: where `bytes` begin in the file; `isAscii`: they are known to be nothing else. Says nothing of
 * what is wrong: it only tells which lines are to be read by an `NdjsonReader` for that.
 */
export function readStretch(
  bytes: Buffer,
  start: number,
  see: (record: DeviceRecord, start: number, length: number) => void,
  isAscii = false,
): Stretch {
  const textOf = isAscii ? asciiLines(bytes) : decodedLines(bytes)
  const problems = noProblems()
  const odd: LinePlace[] = []
  let end: number | undefined
  let newlines = 0
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, at)
    const closed = newline !== -1
    const length = (closed ? newline : bytes.length) - at
    const plain = readPlainDevice(parseJson(textOf(at, at + length)))
    if (plain !== undefined) see(plain, start + at, length)
    else {
      const { record, isOdd, isLast } = readSlowly(bytes.subarray(at, at + length), problems)
      if (record !== undefined) see(record, start + at, length)
      if (isOdd) odd.push({ start: start + at, length, closed })
      if (isLast) end ??= start + at
    }
    if (closed) newlines += 1
    at += length + 1
  }
  return { start, newlines, odd, ...(end === undefined ? {} : { end }) }
}

type Slow = { readonly record?: DeviceRecord; readonly isOdd: boolean; readonly isLast: boolean }

function readSlowly(bytes: Uint8Array, problems: Problems): Slow {
  const text = decodeLine(bytes)
  if (text?.trim() === '') return { isOdd: false, isLast: false }
  const value = parseJson(text)
  if (value === undefined) return { isOdd: true, isLast: false }
  if (isEnd(value)) return { isOdd: true, isLast: true }
  const record = readDevice(value, undefined, problems)
  const isOdd = problems.pending.length > 0
  problems.pending.length = 0
  return { ...(record === undefined ? {} : { record }), isOdd, isLast: false }
}

/** Texts of lines, asked for one after the other by where their bytes are; `undefined`: it takes a closer look. */
type TextOf = (start: number, end: number) => string | undefined

function asciiLines(bytes: Buffer): TextOf {
  return (start, end) => bytes.toString('latin1', start, end)
}

/** All lines are decoded at once, unless one of them is not UTF-8. */
function decodedLines(bytes: Buffer): TextOf {
  const text = decodeAll(bytes)
  if (text === undefined) return () => undefined
  let at = 0
  return () => {
    const newline = text.indexOf('\n', at)
    const line = text.slice(at, newline === -1 ? text.length : newline)
    at += line.length + 1
    return line
  }
}

function decodeAll(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
