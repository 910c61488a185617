import type Database from 'better-sqlite3'

export type Value = number | string | null | Uint8Array

/** So many rows at once cost a third less than one by one. */
const ROWS = 50

/**
 * Inserts rows into a table, of each these columns in this order; `rest` may say what a conflict means and what is to be
 * returned of each, in any order. Within a write.
 */
export function openInsert(
  db: Database.Database,
  table: string,
  columns: readonly string[],
  rest = '',
): (rows: readonly (readonly Value[])[]) => readonly unknown[] {
  const row = `(${columns.map(() => '?').join(', ')})`
  const insertion = (rows: number) => {
    const statement = db.prepare<[readonly Value[]]>(
      `insert into ${table}(${columns.join(', ')}) values ${Array<string>(rows).fill(row).join(', ')} ${rest}`,
    )
    return statement.reader ? statement.raw() : statement
  }
  const one = insertion(1)
  const many = insertion(ROWS)

  return (rows) => {
    const returned: unknown[] = []
    for (let at = 0; at < rows.length;) {
      const some = rows.slice(at, at + (rows.length - at >= ROWS ? ROWS : 1))
      const statement = some.length === ROWS ? many : one
      if (statement.reader) returned.push(...statement.all(some.flat()))
      else statement.run(some.flat())
      at += some.length
    }
    return returned
  }
}
