import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { SimplaneError } from '../domain/error.ts'
import type { Line } from '../snapshot/lines.ts'
import { decodeLine } from '../snapshot/lines.ts'

const NEWLINE = 0x0a
/** Read at once where only the end of a line is looked for, or a line here and there. */
const BLOCK = 1 << 16
/** Read with a stretch for the rest of its last line. */
const SLACK = 1 << 13

/** A fleet snapshot on disk that is read in pieces; closed by whoever opened it. */
export class FleetFile implements Disposable {
  readonly #descriptor: number
  #window: { readonly start: number; readonly bytes: Buffer } = { start: 0, bytes: Buffer.alloc(0) }
  #lines = Buffer.alloc(0)
  readonly path: string
  /** What a person calls it. */
  readonly name: string
  readonly size: number
  /** Can it be read in any order? A pipe cannot. */
  readonly isRegular: boolean

  /** Throws `not-found` when it cannot be read. */
  constructor(path: string, name: string) {
    this.path = path
    this.name = name
    this.#descriptor = this.#orNotFound(() => openSync(path, 'r'))
    const stat = fstatSync(this.#descriptor)
    this.isRegular = stat.isFile()
    this.size = stat.size
  }

  /** All of it; once, when it is not regular. */
  readAll(): Uint8Array {
    return this.#orNotFound(() => readFileSync(this.#descriptor))
  }

  /** The bytes from `start` to `end`, fewer where the file ends before. */
  read(start: number, end: number): Buffer {
    return this.#fill(Buffer.allocUnsafe(this.#lengthWithin(start, end)), start)
  }

  /** A few bytes, likely near those that were asked for before. Good until the next call. */
  peek(start: number, length: number): Buffer {
    const at = start - this.#window.start
    if (at >= 0 && at + length <= this.#window.bytes.length)
      return this.#window.bytes.subarray(at, at + length)
    this.#window = { start, bytes: this.read(start, start + Math.max(length, BLOCK / 4)) }
    return this.#window.bytes.subarray(0, length)
  }

  /**
   * The whole lines that start from `start` to `end`, with the place of the first; `undefined`: none does. Good until
   * the next call: one piece of memory serves all of a file.
   */
  linesWithin(start: number, end: number): { readonly start: number; readonly bytes: Buffer } | undefined {
    const length = this.#lengthWithin(start - 1, end + SLACK)
    if (this.#lines.length < length) this.#lines = Buffer.allocUnsafe(length)
    const bytes = this.#fill(this.#lines.subarray(0, length), start - 1)
    const first = bytes.indexOf(NEWLINE) + 1
    if (first === 0 || first > end - start) return undefined
    const last = bytes.indexOf(NEWLINE, end - start)
    const place = start - 1 + first
    if (last !== -1) return { start: place, bytes: bytes.subarray(first, last + 1) }
    return {
      start: place,
      bytes: Buffer.concat([bytes.subarray(first), this.#lineAt(start - 1 + bytes.length)]),
    }
  }

  /** The first line that is not empty, and where the next one starts; `undefined`: there is none. */
  firstLine(): { readonly line: Line; readonly next: number } | undefined {
    let start = 0
    for (let number = 1; start < this.size; number += 1) {
      const bytes = this.#lineAt(start)
      const closed = bytes.at(-1) === NEWLINE
      const text = decodeLine(closed ? bytes.subarray(0, -1) : bytes)
      start += bytes.length
      if (text?.trim() !== '')
        return { line: { number, closed, ...(text === undefined ? {} : { text }) }, next: start }
    }
    return undefined
  }

  /** What is left of the line here, with its newline. */
  #lineAt(start: number): Buffer {
    const parts: Buffer[] = []
    for (let at = start; ;) {
      const block = this.read(at, at + BLOCK)
      const newline = block.indexOf(NEWLINE)
      parts.push(newline === -1 ? block : block.subarray(0, newline + 1))
      at += block.length
      if (newline !== -1 || block.length === 0) return Buffer.concat(parts)
    }
  }

  #lengthWithin(start: number, end: number): number {
    return Math.max(0, Math.min(end, this.size) - start)
  }

  #fill(bytes: Buffer, start: number): Buffer {
    let filled = 0
    while (filled < bytes.length) {
      const more = this.#orNotFound(() =>
        readSync(this.#descriptor, bytes, filled, bytes.length - filled, start + filled),
      )
      if (more === 0) return bytes.subarray(0, filled)
      filled += more
    }
    return bytes
  }

  [Symbol.dispose](): void {
    closeSync(this.#descriptor)
  }

  #orNotFound<T>(act: () => T): T {
    try {
      return act()
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new SimplaneError('not-found', `The fleet snapshot ${this.name} cannot be read: ${why}.`, {
        hint: 'simplane export --fleet writes one; its format is printed by simplane schema fleet-snapshot.',
        cause: error,
      })
    }
  }
}
