import { storableText } from './storable-text.ts'

type SqlType = 'int' | 'bigint' | 'text' | 'uuid' | 'boolean'

type Cell = string | number | boolean | null | undefined

/** A column of many rows, as PostgreSQL reads an array. */
export type Column = { readonly array: string }

/** Many rows as the parameters of one statement: an array a column, which the statement turns into rows again. */
export type Batch<Name extends string> = {
  /** `unnest(...) as u(columns)`: stands in a `from`, in the order of the rows. */
  readonly rows: string
  readonly columns: string
  readonly values: (rows: readonly Readonly<Record<Name, Cell>>[]) => readonly Column[]
}

/** `first`: the number of its first parameter. */
export function batchOf<Name extends string>(shape: Readonly<Record<Name, SqlType>>, first = 1): Batch<Name> {
  const columns = Object.keys(shape) as Name[]
  const parameters = columns.map((column, at) => `$${first + at}::${shape[column]}[]`)
  return {
    rows: `unnest(${parameters.join(', ')}) as u(${columns.join(', ')})`,
    columns: columns.join(', '),
    values: (rows) =>
      columns.map((column) => {
        const array = arrayOf(rows.map((row) => row[column]))
        return { array: shape[column] === 'text' ? storableText(array) : array }
      }),
  }
}

/** An array as PostgreSQL reads it; a batch has tens of thousands of cells, most of them numbers. */
export function arrayOf(cells: readonly Cell[]): string {
  let text = ''
  for (const cell of cells) {
    if (cell === null || cell === undefined) text += ',NULL'
    else if (typeof cell === 'string') text += `,${quoted(cell)}`
    else text += `,${cell}`
  }
  return `{${text.slice(1)}}`
}

function quoted(text: string): string {
  const plain = text.includes('\\') || text.includes('"') ? text.replace(/["\\]/g, '\\$&') : text
  return `"${plain}"`
}
