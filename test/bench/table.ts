import type { Result, Unit } from './figure.ts'
import { median, shown } from './measure.ts'

const HEADERS = ['figure', 'goal', 'median', 'spread', 'floor', 'x floor', 'memory', ''] as const

/**
 * One line a figure: what it should be, what it is, and what nobody could do without. `judged`: whether goals are held
 * against this size of fleet.
 */
export function tableOf(results: readonly Result[], judged: boolean): string {
  const rows = [[...HEADERS], ...results.map((result) => row(result, judged))]
  const widths = HEADERS.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => (column === 0 || column === HEADERS.length - 1 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`
  const [head = [], ...body] = rows
  const rule = `|${widths.map((width, column) => (column === 0 || column === HEADERS.length - 1 ? `:${'-'.repeat(width + 1)}` : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [line(head), rule, ...body.map(line)].join('\n')
}

function row(result: Result, judged: boolean): string[] {
  const { title, unit, goal, values, floors, memory, memoryGoal } = result
  const value = median(values)
  const floor = median(floors)
  return [
    title,
    amount(goal, unit) + (memoryGoal === undefined ? '' : `, ${memoryGoal} MB`),
    amount(value, unit),
    values.length < 2 ? '-' : `${shown(Math.min(...values))} - ${shown(Math.max(...values))}`,
    amount(floor, unit),
    shown(unit === '/s' ? floor / value : value / floor),
    `${Math.round(memory)} MB`,
    [...(judged ? [verdictOf(result)] : []), ...notesOf(result)].join('; '),
  ]
}

function verdictOf({ unit, goal, values, memory, memoryGoal }: Result): string {
  const value = median(values)
  const reached = unit === '/s' ? value >= goal : value <= goal
  return reached && (memoryGoal === undefined || memory < memoryGoal) ? 'reached' : 'NOT reached'
}

/** What was done, and what the floor is. */
function notesOf({ did, floorOf }: Result): string[] {
  const counts = Object.entries(did).map(([what, count]) => `${count.toLocaleString('en-US')} ${what}`)
  return [...(counts.length === 0 ? [] : [counts.join(', ')]), `floor: ${floorOf}`]
}

function amount(value: number, unit: Unit): string {
  if (unit === '/s') return `${shown(value)}/s`
  if (unit === 'MB') return `${shown(value)} MB`
  return value >= 1_000 ? `${shown(value / 1_000)} s` : `${shown(value)} ms`
}
