const AROUND = 3

/** A unified diff of one file as `git apply` takes it; without `before` it is new. */
export function unifiedDiff(path: string, before: string | undefined, after: string): string {
  const [old, now] = [linesOf(before ?? ''), linesOf(after)]
  const shown = `a/${path} b/${path}`
  const head =
    before === undefined
      ? `diff --git ${shown}\nnew file mode 100644\n--- /dev/null\n+++ b/${path}\n`
      : `diff --git ${shown}\n--- a/${path}\n+++ b/${path}\n`
  return head + hunks(compare(old, now)).join('')
}

type Line = { readonly sign: ' ' | '-' | '+'; readonly text: string }

/** With what ends them: a last line may have nothing. */
function linesOf(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}

/** The shortest way from one to the other (Myers, An O(ND) Difference Algorithm, 1986): few lines differ here. */
function compare(old: readonly string[], now: readonly string[]): readonly Line[] {
  const trace: Map<number, number>[] = []
  let reach = new Map<number, number>([[1, 0]])
  for (let edits = 0; edits <= old.length + now.length; edits += 1) {
    trace.push(reach)
    const next = new Map(reach)
    for (let k = -edits; k <= edits; k += 2) {
      let x = fromAbove(reach, k, edits) ? (reach.get(k + 1) ?? 0) : (reach.get(k - 1) ?? 0) + 1
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x += 1
      next.set(k, x)
      if (x >= old.length && x - k >= now.length) return walkBack(trace, old, now)
    }
    reach = next
  }
  throw new Error('two texts differ in no more lines than they have')
}

function fromAbove(reach: ReadonlyMap<number, number>, k: number, edits: number): boolean {
  return k === -edits || (k !== edits && (reach.get(k - 1) ?? -1) < (reach.get(k + 1) ?? -1))
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  old: readonly string[],
  now: readonly string[],
): readonly Line[] {
  const lines: Line[] = []
  let x = old.length
  let y = now.length
  for (let edits = trace.length - 1; edits >= 0; edits -= 1) {
    const reach = trace[edits] ?? new Map<number, number>()
    const k = x - y
    const above = fromAbove(reach, k, edits)
    const fromX = edits === 0 ? 0 : (reach.get(above ? k + 1 : k - 1) ?? 0)
    const fromY = edits === 0 ? 0 : fromX - (above ? k + 1 : k - 1)
    while (x > fromX && y > fromY) {
      x -= 1
      y -= 1
      lines.push({ sign: ' ', text: old[x] ?? '' })
    }
    if (edits === 0) break
    lines.push(above ? { sign: '+', text: now[fromY] ?? '' } : { sign: '-', text: old[fromX] ?? '' })
    x = fromX
    y = fromY
  }
  return lines.reverse()
}

function hunks(lines: readonly Line[]): readonly string[] {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - AROUND), at + AROUND + 1).some(({ sign }) => sign !== ' '),
  )
  const found: string[] = []
  let [oldLine, newLine] = [1, 1]
  for (let at = 0; at < lines.length;) {
    let end = at
    while (end < lines.length && near[end] === near[at]) end += 1
    const part = lines.slice(at, end)
    const [olds, news] = [part.filter(({ sign }) => sign !== '+'), part.filter(({ sign }) => sign !== '-')]
    if (near[at] === true)
      found.push(
        `@@ -${range(oldLine, olds.length)} +${range(newLine, news.length)} @@\n${part.map(lineText).join('')}`,
      )
    oldLine += olds.length
    newLine += news.length
    at = end
  }
  return found
}

/** Of no line, the one before is named. */
function range(first: number, count: number): string {
  return `${count === 0 ? first - 1 : first},${count}`
}

function lineText({ sign, text }: Line): string {
  return text.endsWith('\n') ? `${sign}${text}` : `${sign}${text}\n\\ No newline at end of file\n`
}
