import type { InvalidReason } from '../domain/finding.ts'

/** One line of a file. `text` absent: it is not UTF-8. `closed`: a newline follows it. */
export type Line = { readonly number: number; readonly text?: string; readonly closed: boolean }

/** Why bytes are not a text, for a person. */
export type Undecodable = { readonly problem: string; readonly hint: string; readonly reason: InvalidReason }

type Decoder = { decode(bytes: Uint8Array): string }

const NEWLINE = 0x0a
/** What a JavaScript string can hold, with room to spare; NDJSON is read line by line and has no such limit. */
const LONGEST_TEXT = 500 * 1024 * 1024

/** The lines of a file, decoded one at a time: a fleet of a million devices does not fit one string. */
export function* linesOf(bytes: Uint8Array): Generator<Line, void> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let number = 1
  for (let start = 0; start < bytes.length; number += 1) {
    const newline = bytes.indexOf(NEWLINE, start)
    const end = newline === -1 ? bytes.length : newline
    const text = decode(decoder, bytes.subarray(start, end))
    yield { number, ...(text === undefined ? {} : { text }), closed: newline !== -1 }
    start = end + 1
  }
}

/** A whole file as text, without its byte order mark. */
export function decodeText(bytes: Uint8Array): string | Undecodable {
  if (bytes.length > LONGEST_TEXT) {
    return {
      problem: `has ${bytes.length} bytes, more than one JSON document may have`,
      hint: 'write it as NDJSON: one device a line',
      reason: 'too-large',
    }
  }
  const text = decode(new TextDecoder('utf-8', { fatal: true }), bytes)
  if (text !== undefined) return text
  const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  const what = utf16 ? 'UTF-16, as Windows PowerShell writes it,' : 'in an encoding'
  return { problem: `is ${what} and not UTF-8 text`, hint: 'save it as UTF-8', reason: 'bad-value' }
}

/** A line as text, without a byte order mark; `undefined`: it is not UTF-8. */
export function decodeLine(bytes: Uint8Array): string | undefined {
  return decode(new TextDecoder('utf-8', { fatal: true }), bytes)
}

function decode(decoder: Decoder, bytes: Uint8Array): string | undefined {
  if (bytes.length > LONGEST_TEXT) return undefined
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
