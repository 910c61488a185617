import { type ClientBase, type CustomTypesConfig, type QueryResult, types } from 'pg'
import { arrayOf, type Column } from './batch.ts'
import { storableText } from './storable-text.ts'

type Scalar = string | number | boolean | null | undefined

/** What a statement is given: a scalar, an array of them, or the column of a batch. */
export type Value = Scalar | readonly Scalar[] | Column

/**
 * One connection while a transaction has it. Statements run in the order in which they are asked for, whether or not
 * somebody waited for the one before: what needs no answer of another is asked for at once (`Promise.all`), for the server
 * works on the first while the next are made. When one fails, so do those behind it, and the transaction is undone.
 */
export type Session = {
  /** Runs a statement, prepared once a connection; gives its rows. */
  readonly rows: <Row extends object>(sql: string, ...values: readonly Value[]) => Promise<readonly Row[]>
  /** Runs a statement that writes; gives how many rows it wrote. */
  readonly run: (sql: string, ...values: readonly Value[]) => Promise<number>
  /** Has it written a row that others might care for? */
  readonly wrote: () => boolean
}

/** `bigint` columns hold moments and counts, which numbers hold exactly. */
export const TYPES: CustomTypesConfig = {
  getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
}

/** The names of statements, the same on every connection. */
const names = new Map<string, string>()

function nameOf(sql: string): string {
  const known = names.get(sql)
  if (known !== undefined) return known
  const name = `s${names.size}`
  names.set(sql, name)
  return name
}

/** Disposed when its transaction ends: whoever still had something to ask is refused, for it would be on its own. */
export function sessionOn(client: ClientBase): Session & Disposable {
  let written = 0
  let over = false
  let failure: unknown

  async function query(sql: string, values: readonly Value[]): Promise<QueryResult> {
    if (over) throw failure ?? new Error('The transaction is over.')
    try {
      return await client.query({ name: nameOf(sql), text: sql, values: values.map(storable) })
    } catch (error) {
      // Of those behind the first that failed the server only says that the transaction is undone.
      failure ??= error
      throw failure
    }
  }

  return {
    rows: async <Row extends object>(sql: string, ...values: readonly Value[]) => {
      const { rows, command, rowCount } = await query(sql, values)
      if (command !== 'SELECT') written += rowCount ?? 0
      return rows as Row[]
    },
    run: async (sql, ...values) => {
      const { rowCount } = await query(sql, values)
      written += rowCount ?? 0
      return rowCount ?? 0
    },
    wrote: () => written > 0,
    [Symbol.dispose]: () => {
      over = true
    },
  }
}

function storable(value: Value): unknown {
  if (typeof value === 'string') return storableText(value)
  if (typeof value !== 'object' || value === null) return value
  return 'array' in value ? value.array : storableText(arrayOf(value))
}
