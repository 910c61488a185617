import type { RecordKey } from '../domain/device.ts'
import type { Finding, InvalidReason } from '../domain/finding.ts'
import { locateAll } from './locate.ts'

/** Where something stands in a JSON document, as a chain towards its root; `undefined` is the root itself. */
export type At = { readonly parent: At | undefined; readonly key: string | number } | undefined

/** What is wrong, before its line and column are looked up. */
export type Problem = {
  readonly at: At
  /** Point at the key rather than at its value. */
  readonly onKey?: boolean
  readonly severity: 'error' | 'warning'
  readonly reason: InvalidReason
  readonly message: string
  readonly hint?: string
  readonly device?: RecordKey
}

/** Trouble of one snapshot. Bounded: a file with a million mistakes shows the first hundred and counts the rest. */
export type Problems = {
  readonly pending: Problem[]
  readonly findings: Finding[]
  readonly seenKeys: Set<string>
  errors: number
  unshown: number
}

const SHOWN = 100

export function noProblems(): Problems {
  return { pending: [], findings: [], seenKeys: new Set(), errors: 0, unshown: 0 }
}

/** Notes a problem; its place is looked up by `settle`. */
export function note(problems: Problems, problem: Problem): void {
  if (problem.severity === 'error') problems.errors += 1
  if (problems.findings.length + problems.pending.length >= SHOWN) problems.unshown += 1
  else problems.pending.push(problem)
}

/** Turns what was noted about `text` into findings with line and column; `text` begins on line `firstLine` of the file. */
export function settle(problems: Problems, text: string, file: string, firstLine = 1): void {
  if (problems.pending.length === 0) return
  const wanted = problems.pending.map(({ at, onKey }) => ({ path: pathOf(at), onKey: onKey === true }))
  const spots = locateAll(text, wanted)
  for (const [index, problem] of problems.pending.entries()) {
    const spot = spots[index] ?? { line: 1, column: 1 }
    problems.findings.push({
      code: 'invalid-document',
      severity: problem.severity,
      reason: problem.reason,
      message: problem.message,
      place: { file, line: firstLine + spot.line - 1, column: spot.column },
      ...(problem.hint === undefined ? {} : { hint: problem.hint }),
      ...(problem.device === undefined ? {} : { device: problem.device }),
    })
  }
  problems.pending.length = 0
}

/** `devices[3].installed[0].state`, for a message. */
export function pathText(at: At): string {
  let text = ''
  for (const key of pathOf(at)) {
    if (typeof key === 'number') text += `[${key}]`
    else text += text === '' ? key : `.${key}`
  }
  return text
}

function pathOf(at: At): readonly (string | number)[] {
  const path: (string | number)[] = []
  for (let here = at; here !== undefined; here = here.parent) path.push(here.key)
  return path.reverse()
}
