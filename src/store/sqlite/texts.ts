import type Database from 'better-sqlite3'

/** Texts that repeat across devices, kept once and named by a small integer. They are never deleted. */
export type Texts = {
  /** The number of a text, given now if it has none. Within a write only. */
  readonly id: (text: string) => number
  /** As `id`, and no number for no text. */
  readonly idOf: (text: string | undefined) => number | null
  /** The number of a text that may have none. */
  readonly find: (text: string) => number | undefined
  readonly text: (id: number) => string
  /** What a stored JSON says, parsed once; shared, so not to be changed. */
  readonly json: (id: number) => unknown
  /** After a rollback: numbers given in it are void. */
  readonly forget: () => void
}

/** Bounds the memory, not the number of texts. */
const REMEMBERED = 20_000

export function openTexts(db: Database.Database): Texts {
  const insert = db.prepare<[string], { id: number }>(
    'insert into text(text) values(?) on conflict do nothing returning id',
  )
  const byText = db.prepare<[string], { id: number }>('select id from text where text = ?')
  const byId = db.prepare<[number], { text: string }>('select text from text where id = ?')
  const ids = new Map<string, number>()
  const texts = new Map<number, string>()
  const values = new Map<number, unknown>()

  function forget(): void {
    ids.clear()
    texts.clear()
    values.clear()
  }

  function remember(value: string, number: number): number {
    if (ids.size >= REMEMBERED) forget()
    ids.set(value, number)
    texts.set(number, value)
    return number
  }

  function find(value: string): number | undefined {
    const known = ids.get(value) ?? byText.get(value)?.id
    return known === undefined ? undefined : remember(value, known)
  }

  function id(value: string): number {
    const known = ids.get(value)
    if (known !== undefined) return known
    const given = insert.get(value)?.id
    if (given !== undefined) return remember(value, given)
    const stored = byText.get(value)?.id
    if (stored === undefined) throw new Error(`A text that was there is gone: ${value}`)
    return remember(value, stored)
  }

  function text(number: number): string {
    const known = texts.get(number)
    if (known !== undefined) return known
    const stored = byId.get(number)?.text
    if (stored === undefined) throw new Error(`The database names text ${number}, which it does not hold.`)
    remember(stored, number)
    return stored
  }

  function json(number: number): unknown {
    if (!values.has(number)) {
      const value: unknown = JSON.parse(text(number))
      values.set(number, value)
      return value
    }
    return values.get(number)
  }

  return { id, idOf: (value) => (value === undefined ? null : id(value)), find, text, json, forget }
}
