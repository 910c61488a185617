import type { JournalStep } from '../domain/journal.ts'
import type { HoldCode } from '../domain/plan.ts'
import { askFor, headLines, othersLines } from './explain-head.ts'
import { evidenceRows } from './explain-has.ts'
import { LABEL, WIDTH, joined, labelled } from './explain-layout.ts'
import { endsLines, planLines, whyHeldLines } from './explain-steps.ts'
import { wantedLines } from './explain-wanted.ts'
import { openSteps } from './explain.ts'
import type { ExplainInput } from './explain.ts'
import { HOLD_RULES } from './hold-words.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { severityPaint } from './severity.ts'
import { inOrder, stepEvents } from './step-events.ts'
import { table } from './table.ts'
import { moment } from './time-format.ts'
import { brief, visible } from './visible.ts'
import { padEnd, wrap } from './width.ts'

const HISTORY = 10

/** Why one device looks as it does: wanted, there, planned, held and until when, what happened, where to read on. */
export function explainText(input: ExplainInput, paint: Paint = plainPaint): string {
  const open = openSteps(input.steps)
  const codes = heldCodes(open)
  const blocks: (readonly string[])[] = [
    othersLines(input),
    headLines(input, open, codes, paint),
    labelled('WANTED', wantedLines(input), paint),
    hasLines(input, paint),
    [...planLines(input, open, paint), ...whyHeldLines(codes, paint)],
    endsLines(input, open, codes, paint),
    findingLines(input, paint),
    [...historyLines(input, paint), ...moreLines(input, open, codes, paint)],
  ]
  return `${blocks
    .filter((block) => block.length > 0)
    .map((block) => block.join('\n'))
    .join('\n\n')}\n`
}

/** Where one device stands: the beginning of its explanation. */
export function deviceStatusText(input: ExplainInput, paint: Paint = plainPaint): string {
  const open = openSteps(input.steps)
  const codes = heldCodes(open)
  const blocks = [
    othersLines(input),
    headLines(input, open, codes, paint),
    [...labelled('WANTED', wantedLines(input).slice(0, 1), paint), ...planLines(input, open, paint)],
    endsLines(input, open, codes, paint),
    labelled(
      'MORE',
      [`simplane explain ${askFor(input.device.record)}     why, and on what evidence`],
      paint,
    ),
  ]
  const shown = blocks.filter((block) => block.length > 0)
  return `${shown.map((block) => block.join('\n')).join('\n\n')}\n`
}

function heldCodes(open: readonly JournalStep[]): readonly HoldCode[] {
  return [...new Set(open.flatMap((step) => (step.state === 'held' ? step.step.heldBy : [])))]
}

function hasLines(input: ExplainInput, paint: Paint): readonly string[] {
  const rows = evidenceRows(input).map(([what, value, evidence, old]) => [
    `  ${what}`,
    brief(value, 200),
    evidence,
    old,
  ])
  const lines = table(
    [{ title: 'DEVICE HAS' }, { title: '', max: 44 }, { title: 'EVIDENCE', max: 24 }, { title: 'AGE' }],
    rows,
    WIDTH,
  )
  return lines.map((line, index) => (index === 0 ? paint.bold(line) : line))
}

function findingLines(input: ExplainInput, paint: Paint): readonly string[] {
  const lines = input.device.status.findings.flatMap((finding) => {
    const hint = finding.hint === undefined ? '' : `; ${finding.hint}`
    const text = `${finding.code}: ${brief(`${finding.message}${hint}`, 400)}`
    return wrap(text, WIDTH - LABEL - 9).map((line, index) => {
      const severity =
        index === 0 ? severityPaint(finding.severity, paint, finding.severity.padEnd(7)) : ' '.repeat(7)
      return `${severity}  ${line}`
    })
  })
  return lines.map(
    (line, index) => (index === 0 ? paint.bold(padEnd('FINDINGS', LABEL)) : ' '.repeat(LABEL)) + line,
  )
}

function historyLines(input: ExplainInput, paint: Paint): readonly string[] {
  const noted = input.events.filter((event) => event.kind !== 'step')
  const lines = [...inOrder(noted, stepEvents(input.steps))].reverse().slice(0, HISTORY)
  return labelled(
    'HISTORY',
    lines.map(({ at, message }) => `${moment(input.time, at)}  ${brief(message, 300)}`),
    paint,
  )
}

function moreLines(
  input: ExplainInput,
  open: readonly JournalStep[],
  codes: readonly HoldCode[],
  paint: Paint,
): readonly string[] {
  const rules = open.map((each) => each.step.rule)
  const topics = [...new Set([...codes, ...codes.flatMap((code) => HOLD_RULES[code] ?? []), ...rules])].slice(
    0,
    3,
  )
  const commands = [
    ...topics.map((topic) => `simplane explain ${visible(topic)}`),
    `simplane history ${askFor(input.device.record)}`,
  ]
  const [first = '', ...rest] = joined(commands, WIDTH - LABEL)
  return [paint.bold(padEnd('MORE', LABEL)) + first, ...rest.map((line) => ' '.repeat(LABEL) + line)]
}
