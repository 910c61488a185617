import { linesOf } from './lines.ts'
import type { Tell } from './tell.ts'
import { invalid } from './tell.ts'
import type { Spot } from './tree.ts'

/** A file as it is read: what it is called counts only for the places of what is told. */
export type NamedBytes = { readonly path: string; readonly bytes: Uint8Array }

/** The text of a file in UTF-8, without a byte order mark; `undefined` and a finding when it is none or over `most` bytes. */
export function decode(file: NamedBytes, most: number, tell: Tell): string | undefined {
  const start: Spot = { place: { file: file.path, line: 1, column: 1 }, length: 1 }
  if (file.bytes.length > most) {
    tell(
      invalid('too-large', start, `the file has ${file.bytes.length} bytes; the most is ${most}`, {
        hint: 'split it into several files',
      }),
    )
    return undefined
  }
  const format = otherFormat(file.bytes)
  if (format !== undefined) {
    tell(
      invalid('bad-value', start, `the file is ${format}, not UTF-8 text`, { hint: 'save it as UTF-8 text' }),
    )
    return undefined
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(file.bytes)
  } catch {
    const text = new TextDecoder('utf-8').decode(file.bytes)
    const at = Math.max(0, text.indexOf('\uFFFD'))
    tell(
      invalid(
        'bad-value',
        linesOf(file.path, text).spot(at, at + 1),
        'the file is not UTF-8 text: this byte is not valid',
        {
          hint: 'save it as UTF-8 text',
        },
      ),
    )
    return undefined
  }
}

function otherFormat(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return 'UTF-16'
  if (first === 0x50 && second === 0x4b && bytes[2] === 0x03)
    return 'a ZIP archive (an Excel workbook, perhaps)'
  const nul = bytes.indexOf(0)
  if (nul < 0) return undefined
  return nul < 4 && bytes.length > 1 && bytes.length % 2 === 0 && isMostlyPairs(bytes) ? 'UTF-16' : 'binary'
}

/** UTF-16 without a byte order mark: every other byte of Western text is zero. */
function isMostlyPairs(bytes: Uint8Array): boolean {
  const sample = bytes.subarray(0, 256)
  const zeros = sample.filter((byte) => byte === 0).length
  return zeros * 3 > sample.length
}
