import type { JournalStep } from '../domain/journal.ts'
import type { HoldCode } from '../domain/plan.ts'
import { ageOf } from './ages.ts'
import { LABEL, RIGHT, atRight, labelled } from './explain-layout.ts'
import { holdOf } from './explain.ts'
import type { ExplainInput } from './explain.ts'
import { HOLD_ENDS, HOLD_RULES } from './hold-words.ts'
import { CODE_PAGES } from './pages/codes.ts'
import type { Paint } from './paint.ts'
import { brief, visible } from './visible.ts'
import { padEnd, wrap } from './width.ts'
import { STEP_WORDS } from './words.ts'

/** The steps to come, each with where it stands, why, and the rule it rests on. */
export function planLines(
  input: ExplainInput,
  open: readonly JournalStep[],
  paint: Paint,
): readonly string[] {
  if (open.length === 0) return labelled('PLAN', ['nothing'], paint)
  const width = open.reduce((most, each) => Math.max(most, STEP_WORDS[each.step.kind].length), 0)
  return open.flatMap((each, index) => {
    const label = index === 0 ? paint.bold(padEnd('PLAN', LABEL)) : ' '.repeat(LABEL)
    const lead = `${index + 1}  ${padEnd(STEP_WORDS[each.step.kind], width)}   `
    const [first = '', ...rest] = wrap(
      progress(each, open[index - 1], input),
      RIGHT - LABEL - lead.length - 6,
    )
    const line = `${' '.repeat(LABEL)}${lead}${first}`
    const painted = atRight(line, visible(each.step.rule), paint).slice(LABEL)
    return [label + painted, ...rest.map((text) => ' '.repeat(LABEL + lead.length) + text)]
  })
}

function progress(each: JournalStep, before: JournalStep | undefined, input: ExplainInput): string {
  const because = brief(each.step.because, 300)
  if (each.state === 'held' && each.step.holdsFor !== undefined) return `held    ${because}`
  if (each.state === 'issued' || each.state === 'accepted') {
    return `${each.state === 'issued' ? 'sent' : 'accepted, not proven yet'} ${ageOf(each.issuedAt, input.now)} ago    ${because}`
  }
  if (each.notBefore !== undefined && each.notBefore > input.now) {
    return `try ${each.attempt}, not before ${input.time.clock(each.notBefore)}    ${because}`
  }
  return before === undefined
    ? `next    ${because}`
    : `after ${before.step.kind === 'reset' ? 'the eSIM reset' : STEP_WORDS[before.step.kind]}    ${because}`
}

/** The reasons of the holds. */
export function whyHeldLines(codes: readonly HoldCode[], paint: Paint): readonly string[] {
  return codes.flatMap((code, index) => {
    const lines = wrap(CODE_PAGES[code].why, RIGHT - LABEL - 6)
    return lines.map((line, at) => {
      const label = index === 0 && at === 0 ? paint.bold(padEnd('WHY HELD', LABEL)) : ' '.repeat(LABEL)
      const rule = at === 0 ? (HOLD_RULES[code] ?? '') : ''
      return label + atRight(' '.repeat(LABEL) + line, rule, paint).slice(LABEL)
    })
  })
}

/** What would end the holds; approving is always the last way. */
export function endsLines(
  input: ExplainInput,
  open: readonly JournalStep[],
  codes: readonly HoldCode[],
  paint: Paint,
): readonly string[] {
  if (codes.length === 0) return []
  const ids = new Set(open.map((each) => holdOf(each, input)).filter((id) => id !== undefined))
  const approve = [...ids].map((id) => `simplane approve ${visible(id)}     a person answers for it`)
  const ways = [...codes.flatMap((code) => HOLD_ENDS[code]), ...approve]
  return labelled(
    'ENDS WHEN',
    ways.map((way, index) => (index === ways.length - 1 ? way : `${way}, or`)),
    paint,
  )
}
