import type { Spot } from './tree.ts'

/** Tells the line and column of any offset of one text. */
export type Lines = {
  readonly count: number
  /** The spot of `[start, end)`, cut at the end of the first line; at least one column. */
  readonly spot: (start: number, end: number) => Spot
}

export function linesOf(file: string, text: string): Lines {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)

  function lineOf(offset: number): number {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low
  }

  function spot(start: number, end: number): Spot {
    const line = lineOf(start)
    const lineEnd = (starts[line + 1] ?? text.length + 1) - 1
    const column = start - (starts[line] ?? 0) + 1
    return { place: { file, line: line + 1, column }, length: Math.max(1, Math.min(end, lineEnd) - start) }
  }

  return { count: starts.length, spot }
}
