import { span } from '../markdown.ts'
import type { Title } from './title.ts'

/** The last line of the comment, whatever was cut: it is found again by it. */
export const PLAN_MARKER = '<!-- simplane:plan -->'

const EARLIER = { begin: '<!-- simplane:earlier -->', end: '<!-- /simplane:earlier -->' }
const PLAN_TEXT = { begin: '<!-- simplane:plan-text -->', end: '<!-- /simplane:plan-text -->' }
const HEAD = /^<!-- simplane:head ([0-9a-f]{7,64}) -->$/
const SHOWN = 10

/** How the paragraph begins that says what to do: it is over once the plan is merged. */
export const NEXT = '**Next** '

// A title holds numbers and plain words. What somebody has edited into ours is not carried on.
const TITLE = /^(?:[A-Za-z0-9 ,:;()%·-]|(?<=\d)\.(?=\d)|[✅❌🔴🟢🟡⚪⚠]){1,200}$/u
const ENTRY = /^- `([0-9a-f]{7,64})` (.+)$/

/** The plan of an earlier commit, by its first line. */
export type EarlierPlan = { readonly head: string; readonly title: string }

/** The first line of a comment. */
export function headline({ mark, text }: Title): string {
  return `### ${mark} ${text}`
}

/** Says which commit a comment is about, for the next one to know; nothing for what is no commit. */
export function headMarker(head: string): readonly string[] {
  const line = `<!-- simplane:head ${head} -->`
  return HEAD.test(line) ? [line] : []
}

/**
 * The plans of earlier commits that a comment of ours told, newest first, at most ten: its own, and those it listed. A
 * commit that is planned again, as `head` now is, replaces its own.
 */
export function superseded(before: string | undefined, head: string): readonly EarlierPlan[] {
  const lines = linesOf(before)
  const last = lines.map((line) => HEAD.exec(line)?.[1]).findLast((each) => each !== undefined)
  const title = /^### (.+)$/.exec(lines[0] ?? '')?.[1]
  const own = last === undefined || title === undefined ? [] : [{ head: last, title }]
  const listed = between(lines, EARLIER).flatMap((line) => {
    const [, commit, text] = ENTRY.exec(line) ?? []
    return commit === undefined || text === undefined ? [] : [{ head: commit, title: text }]
  })
  const seen = new Set([head.slice(0, 7)])
  return [...own, ...listed]
    .filter((each) => {
      const short = each.head.slice(0, 7)
      if (seen.has(short) || !TITLE.test(each.title)) return false
      seen.add(short)
      return true
    })
    .slice(0, SHOWN)
}

/** Earlier plans as a folded list that the next comment can read. */
export function earlierText(plans: readonly EarlierPlan[]): string {
  const entries = plans.map(({ head, title }) => `- ${span(head.slice(0, 7))} ${title}`)
  return [
    EARLIER.begin,
    `<details><summary>Earlier plans (${plans.length})</summary>`,
    '',
    ...entries,
    '',
    '</details>',
    EARLIER.end,
  ].join('\n')
}

/** The plan that a comment of ours told, without its markers; `undefined`: it told none. */
export function planTextOf(before: string | undefined): string | undefined {
  const lines = linesOf(before)
  const kept = between(lines, PLAN_TEXT)
  if (kept.length > 0) return trimmed(kept)
  const end = lines.findIndex((line) => HEAD.test(line))
  if (end < 0 || lines.findLast((line) => line !== '') !== PLAN_MARKER) return undefined
  return trimmed(lines.slice(0, end).filter((line) => !line.startsWith(NEXT)))
}

/** The plan folded, for the next comment to find. */
export function foldedPlan(text: string): string {
  return [
    '<details><summary>The plan that was merged</summary>',
    '',
    PLAN_TEXT.begin,
    '',
    text,
    '',
    PLAN_TEXT.end,
    '',
    '</details>',
  ].join('\n')
}

// Data is never at the beginning of a line, so what reads like a marker there is ours.
function between(lines: readonly string[], marks: typeof EARLIER): readonly string[] {
  const [from, to] = [lines.indexOf(marks.begin), lines.lastIndexOf(marks.end)]
  return from < 0 || to < from ? [] : lines.slice(from + 1, to)
}

// A forge may hand a text back with other line ends than it was given.
function linesOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(/\r?\n/)
}

function trimmed(lines: readonly string[]): string {
  return lines
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim()
}
