import type { DeviceReference } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import { checkText } from './characters.ts'
import type { Row } from './csv.ts'
import { columnIn, readRows } from './csv.ts'
import { readReference } from './device-reference.ts'
import type { Lines } from './lines.ts'
import { linesOf } from './lines.ts'
import type { ListFile } from './list-file.ts'
import { didYouMean } from './nearest.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Spot } from './tree.ts'

// Stands for the separator of a table of one column: a comma in it is then only a comma.
const NO_SEPARATOR = '\u001f'

/** The devices of a CSV text whose header begins at `from`. A row without a device is told, never skipped. */
export function readTable(
  list: ListFile,
  from: number,
  separator: string | undefined,
  tell: Tell,
): readonly DeviceReference[] {
  const text = list.text.replaceAll('\r\n', ' \n')
  const lines = linesOf(list.file, text)
  const [header, ...rows] = readRows(text, from, separator ?? NO_SEPARATOR, lines, tell)
  if (header === undefined) return []
  const titles = header.cells
  const at = columnIn(titles, list.column)
  const title = at === undefined ? undefined : titles[at]
  if (at === undefined || title === undefined || isTwice(title, titles)) {
    tell(columnProblem(list, titles, title, spotOf(header, 0, lines)))
    return []
  }
  const devices: DeviceReference[] = []
  for (const row of rows) {
    if (row.cells.every((cell) => cell === '')) continue
    const cell = row.cells[at] ?? ''
    const spot = spotOf(row, at, lines)
    if (cell === '') {
      const hint = 'write it, or take the row out'
      tell(invalid('bad-value', spot, `this row has nothing in the column ${quoted(title)}`, { hint }))
      continue
    }
    if (!checkText(cell, spot, false, tell)) continue
    const device = readReference(cell, spot, tell)
    if (device !== undefined) devices.push(device)
  }
  return devices
}

/** The spot of a cell; of a row that is too short, that of its first one. */
function spotOf(row: Row, cell: number, lines: Lines): Spot {
  const length = row.cells[cell]?.length ?? 0
  const start = row.startOf(cell < row.cells.length ? cell : 0)
  return lines.spot(start, start + length)
}

function isTwice(title: string, titles: readonly string[]): boolean {
  const folded = title.toLowerCase()
  return titles.filter((other) => other.toLowerCase() === folded).length > 1
}

function columnProblem(
  { file, column, asked }: ListFile,
  titles: readonly string[],
  title: string | undefined,
  header: Spot,
): Finding {
  if (title !== undefined) {
    const hint = 'rename one of them'
    return invalid('bad-value', header, `two columns are called ${quoted(title)}`, { hint })
  }
  const named = titles.slice(0, 20).map(quoted).join(', ')
  const notes = [{ label: 'expected', text: `one of the columns ${named}` }]
  if (column !== undefined) {
    const details = { ...didYouMean(column, titles), notes }
    return invalid('bad-value', asked, `${file} has no column ${quoted(column)}`, details)
  }
  const hint = `name it: { file: ${file.split('/').at(-1) ?? file}, column: … }`
  return invalid('bad-value', header, 'no column is called serial number, serial, EID or id', { hint, notes })
}
