type SqlType = 'int' | 'bigint' | 'text' | 'uuid' | 'boolean'

type Cell = string | number | boolean | null | undefined

/** Many rows as the parameters of one statement: an array a column, which the statement turns into rows again. */
export type Batch<Column extends string> = {
  /** `unnest(...) as u(columns)`: stands in a `from`, in the order of the rows. */
  readonly rows: string
  readonly columns: string
  readonly values: (rows: readonly Readonly<Record<Column, Cell>>[]) => readonly string[]
}

/** `first`: the number of its first parameter. */
export function batchOf<Column extends string>(
  shape: Readonly<Record<Column, SqlType>>,
  first = 1,
): Batch<Column> {
  const columns = Object.keys(shape) as Column[]
  const parameters = columns.map((column, at) => `$${first + at}::${shape[column]}[]`)
  return {
    rows: `unnest(${parameters.join(', ')}) as u(${columns.join(', ')})`,
    columns: columns.join(', '),
    values: (rows) => columns.map((column) => arrayOf(rows.map((row) => row[column]))),
  }
}

/** An array as PostgreSQL reads it; a batch has tens of thousands of cells, most of them numbers. */
export function arrayOf(cells: readonly Cell[]): string {
  let text = '{'
  for (const [at, cell] of cells.entries()) {
    if (at > 0) text += ','
    if (cell === null || cell === undefined) text += 'NULL'
    else if (typeof cell === 'string') text += quoted(cell)
    else text += String(cell)
  }
  return `${text}}`
}

function quoted(text: string): string {
  const plain = text.includes('\\') || text.includes('"') ? text.replace(/["\\]/g, '\\$&') : text
  return `"${plain}"`
}
