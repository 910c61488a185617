import { columns, fit, padEnd, padStart } from './width.ts'

/** A column of a table. `right`: numbers. `max`: columns it may take at most; the rest is cut with a `…`. */
export type Column = { readonly title?: string; readonly right?: boolean; readonly max?: number }

/**
 * Rows aligned in columns, two spaces apart, no space at the end of a line. Cells must be `visible` already and
 * unpainted. The last column is cut so that a line ends within `width`.
 */
export function table(
  layout: readonly Column[],
  rows: readonly (readonly string[])[],
  width = 100,
): readonly string[] {
  const titles = layout.map((column) => column.title ?? '')
  const all = titles.some((title) => title !== '') ? [titles, ...rows] : rows
  const widths = layout.map((column, index) =>
    all.reduce(
      (widest, row) => Math.max(widest, Math.min(columns(row[index] ?? ''), column.max ?? width)),
      0,
    ),
  )
  const last = layout.length - 1
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0)
  const room = Math.max(10, width - before)
  return all.map((row) => {
    const cells = layout.map((column, index) => {
      const cell = fit(row[index] ?? '', Math.min(widths[index] ?? 0, index === last ? room : width))
      if (column.right === true) return padStart(cell, widths[index] ?? 0)
      return index === last ? cell : padEnd(cell, widths[index] ?? 0)
    })
    return cells.join('  ').trimEnd()
  })
}
