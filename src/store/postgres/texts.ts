import { createHash } from 'node:crypto'
import type { Session } from './session.ts'
import { storableText } from './storable-text.ts'

/** Texts by number, as far as they were asked for. */
export type Named = {
  readonly text: (id: number) => string
  /** What a stored JSON says, parsed once; shared, so not to be changed. */
  readonly json: (id: number) => unknown
}

/** The numbers of the texts that were asked for. */
export type Numbered = {
  readonly id: (text: string) => number
  /** As `id`, and no number for no text. */
  readonly idOf: (text: string | undefined) => number | null
}

/** Texts that repeat across devices, kept once and named by a small integer. They are never deleted. */
export type Texts = {
  /**
   * The numbers of these texts, given now where they have none: at once and for good, whatever becomes of the transaction
   * that needs them, so that no two transactions ever wait for each other's texts.
   */
  readonly numbered: (texts: Iterable<string | undefined>) => Promise<Numbered>
  /** The numbers of those of these texts that have one. */
  readonly find: (session: Session, texts: readonly string[]) => Promise<readonly number[]>
  /** The texts of these numbers. */
  readonly named: (session: Session, ids: Iterable<number | null>) => Promise<Named>
}

/** Bounds the memory, not the number of texts. */
const REMEMBERED = 50_000

const BY_DIGEST = 'select id, text from text where digest = any($1::uuid[])'
const BY_ID = 'select id, text from text where id = any($1::int[])'
const INSERT = `insert into text(digest, text) select digest, text from unnest($1::uuid[], $2::text[]) as u(digest, text)
  order by digest on conflict(digest) do nothing`

type TextRow = { readonly id: number; readonly text: string }

/** `apart`: a connection of its own, outside of any transaction. */
export function openTexts(apart: <T>(use: (session: Session) => Promise<T>) => Promise<T>): Texts {
  const ids = new Map<string, number>()
  const texts = new Map<number, string>()
  const values = new Map<number, unknown>()

  function remember({ id, text }: TextRow): void {
    if (ids.size >= REMEMBERED) for (const each of [ids, texts, values]) each.clear()
    ids.set(text, id)
    texts.set(id, text)
  }

  /** Looks these up where they are not remembered. */
  async function lookUp(
    session: Session,
    wanted: Iterable<string>,
    found: Map<string, number>,
  ): Promise<string[]> {
    const unknown: string[] = []
    for (const text of wanted) {
      const id = ids.get(text)
      if (id === undefined) unknown.push(text)
      else found.set(text, id)
    }
    if (unknown.length === 0) return []
    for (const row of await session.rows<TextRow>(BY_DIGEST, unknown.map(digestOf))) {
      remember(row)
      found.set(row.text, row.id)
    }
    return unknown.filter((text) => !found.has(text))
  }

  async function numbered(asked: Iterable<string | undefined>): Promise<Numbered> {
    const wanted = new Set<string>()
    for (const text of asked) if (text !== undefined && !wanted.has(text)) wanted.add(storableText(text))
    const found = new Map<string, number>()
    for (const text of wanted) {
      const known = ids.get(text)
      if (known === undefined) break
      found.set(text, known)
    }
    if (found.size < wanted.size) {
      await apart(async (session) => {
        const missing = await lookUp(session, wanted, found)
        if (missing.length === 0) return
        await session.run(INSERT, missing.map(digestOf), missing)
        await lookUp(session, missing, found)
      })
    }
    function id(text: string): number {
      const number = found.get(text) ?? found.get(storableText(text))
      if (number === undefined) throw new Error(`A text was not given a number: ${text}`)
      return number
    }
    return { id, idOf: (text) => (text === undefined ? null : id(text)) }
  }

  async function named(session: Session, asked: Iterable<number | null>): Promise<Named> {
    const found = new Map<number, string>()
    const unknown = new Set<number>()
    for (const id of asked) {
      if (id === null) continue
      const known = texts.get(id)
      if (known === undefined) unknown.add(id)
      else found.set(id, known)
    }
    if (unknown.size > 0) {
      for (const row of await session.rows<TextRow>(BY_ID, [...unknown])) {
        remember(row)
        found.set(row.id, row.text)
      }
    }
    function text(id: number): string {
      const value = found.get(id)
      if (value === undefined) throw new Error(`The database names text ${id}, which it does not hold.`)
      return value
    }
    function json(id: number): unknown {
      const known = values.get(id)
      if (known !== undefined) return known
      const value: unknown = JSON.parse(text(id))
      values.set(id, value)
      return value
    }
    return { text, json }
  }

  return {
    numbered,
    named,
    find: async (session, wanted) => {
      const found = new Map<string, number>()
      await lookUp(session, new Set(wanted.map(storableText)), found)
      return [...found.values()]
    },
  }
}

/** Half of a SHA-256: an index takes no text of any length, and nobody finds two texts with one digest. */
function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32)
}
