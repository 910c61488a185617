import type { JournalStep, Verdict } from '../domain/journal.ts'
import type { HoldCode } from '../domain/plan.ts'
import { age } from './ages.ts'
import { LABEL, RIGHT, WIDTH, atRight, joined } from './explain-layout.ts'
import type { ExplainInput } from './explain.ts'
import { counted } from './numbers.ts'
import { CODE_PAGES } from './pages/codes.ts'
import type { Paint } from './paint.ts'
import { brief } from './visible.ts'
import { columns, padEnd, wrap } from './width.ts'
import { STEP_WORDS } from './words.ts'

/** What to type to ask for this device: its name, else its serial number, else its id. */
export function askFor(record: ExplainInput['device']['record']): string {
  return brief(record.name ?? record.serialNumber ?? record.id, 60)
}

/** Which other devices the same question fits. */
export function othersLines({ others = [] }: ExplainInput): readonly string[] {
  if (others.length === 0) return []
  const list = others
    .slice(0, 5)
    .map(({ record }) => `  simplane explain ${askFor(record)}   ${record.platform}`)
  const more = others.length > 5 ? [`  and ${counted(others.length - 5, 'more device')}`] : []
  return [`This is the first of ${counted(others.length + 1, 'device')}; the others:`, ...list, ...more]
}

/** What the device is, its verdict, and the one sentence that says why. */
export function headLines(
  input: ExplainInput,
  open: readonly JournalStep[],
  codes: readonly HoldCode[],
  paint: Paint,
): readonly string[] {
  const { record, status, goneSince } = input.device
  const platforms = { windows: 'Windows', ios: 'iOS', ipados: 'iPadOS', other: 'other' } as const
  const system = [platforms[record.platform], record.edition, record.osVersion]
    .filter((text) => text !== undefined)
    .join(' ')
  const facts = [record.model, system].filter((text) => text !== undefined).map((text) => brief(text, 40))
  const about = [
    facts.join(', '),
    ...(record.user === undefined ? [] : [`user ${brief(record.user, 40)}`]),
    ...(record.serialNumber === undefined ? [] : [brief(record.serialNumber, 40)]),
    `record ${brief(record.id, 40)}, ${brief(record.driver, 30)}`,
  ]
  const name = brief(record.name ?? record.serialNumber ?? record.key, 40)
  const width = Math.max(LABEL, columns(name) + 3)
  const lines = joined(about, WIDTH - width).map(
    (line, index) => (index === 0 ? paint.bold(padEnd(name, width)) : ' '.repeat(width)) + line,
  )
  const verdict = status.verdict ?? 'not planned yet'
  const word = verdict.toUpperCase().replaceAll('-', ' ')
  const gap = Math.max(LABEL, word.length + 2)
  const [sentence = '', ...rest] = wrap(verdictSentence(input, open, codes), RIGHT - gap - 24)
  const plain = atRight(padEnd(word, gap) + sentence, codes.join(', '), paint)
  lines.push(verdictPaint(status.verdict, paint, word) + plain.slice(word.length))
  for (const line of rest) lines.push(' '.repeat(gap) + line)
  if (goneSince !== undefined)
    lines.push(
      `${' '.repeat(gap)}Gone: no complete inventory has listed it for ${age(input.now - goneSince)}.`,
    )
  return lines
}

function verdictPaint(verdict: Verdict | undefined, paint: Paint, word: string): string {
  if (verdict === 'in-sync') return paint.green(word)
  if (verdict === 'failed') return paint.red(word)
  return verdict === 'not-eligible' || verdict === undefined ? paint.bold(word) : paint.yellow(word)
}

function verdictSentence(
  input: ExplainInput,
  open: readonly JournalStep[],
  codes: readonly HoldCode[],
): string {
  const { status } = input.device
  if (status.withoutEsimSince !== undefined) {
    return `Its eSIM was erased ${age(input.now - status.withoutEsimSince)} ago and is not back yet.`
  }
  const [code] = codes
  if (code !== undefined) return `${CODE_PAGES[code].title}.`
  if (status.drift !== undefined)
    return `It contradicts what was applied: ${status.drift.cause}, for ${age(input.now - status.drift.since)}.`
  const first = open[0]
  if (first !== undefined)
    return `${counted(open.length, 'step')} to go; next: ${STEP_WORDS[first.step.kind]}.`
  const reason = status.findings.find((finding) => finding.severity !== 'info') ?? status.findings[0]
  if (status.verdict === 'in-sync') return 'It is as the desired state says.'
  return reason === undefined ? 'Nothing is planned.' : brief(reason.message, 300)
}
