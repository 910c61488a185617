import type { PlanMember } from '../domain/plan-outline.ts'
import { HOLD_WORDS } from './hold-words.ts'
import { count, counted } from './numbers.ts'
import type { Paint } from './paint.ts'
import { deviceName, stepsText } from './plan-groups.ts'
import type { PlanGroup, PlanSection } from './plan-groups.ts'
import { brief } from './visible.ts'
import { columns, fit, padEnd, padStart, wrap } from './width.ts'
import { ACTION_SYMBOLS } from './words.ts'

const WIDTH = 100
const RULE_ENDS = 97
/** A group of more than this many devices shows two and counts the others. */
const ALIKE = 5
/** Names of devices and users get this many columns each, at most. */
const WIDEST = 20

type Shown = { readonly group: PlanGroup; readonly take: number }
type Widths = { readonly name: number; readonly user: number }

/** One line a device, alike ones counted: for a fleet that a person can know by name. `all`: every device, one by one. */
export function* deviceLines(
  section: PlanSection,
  budget: { left: number },
  all: boolean,
  paint: Paint,
): Generator<string, void> {
  const shown = section.groups.map((group) => {
    const wish = all || group.devices <= ALIKE ? group.devices : 2
    const take = Math.min(wish, Math.max(0, budget.left))
    budget.left -= take
    return { group, take }
  })
  const widths = widthsOf(shown)
  let unseen = 0
  for (const each of shown) {
    if (each.take === 0) unseen += each.group.devices
    else yield* groupLines(each, widths, paint)
  }
  if (unseen > 0)
    yield `      ${counted(unseen, 'more device')} with other reasons  --all shows them, -o json has them`
}

function* groupLines({ group, take }: Shown, widths: Widths, paint: Paint): Generator<string, void> {
  const steps = stepsText(group.steps, true)
  const because = brief(group.because, 400)
  const symbol = padEnd(ACTION_SYMBOLS[group.action], 3)
  const lead = 6 + widths.name + (widths.user > 0 ? widths.user + 2 : 0) + 2
  const beside = lead + columns(steps) + 3 + columns(because) + 2 + columns(group.rule) <= RULE_ENDS
  const tail = beside ? `${steps}   ${because}` : steps
  for (const device of firstOf(group, take)) {
    const cells = [padEnd(fit(deviceName(device), widths.name), widths.name)]
    if (widths.user > 0) cells.push(padEnd(fit(userName(device), widths.user), widths.user))
    yield withRule(`  ${symbol} ${cells.join('  ')}  ${tail}`, group.rule, paint)
  }
  if (!beside) for (const line of wrap(because, WIDTH - 10)) yield paint.dim(`          ${line}`)
  const more = group.devices - take
  if (more === 0) return
  const text = padEnd(`      ${count(more)} more like ${take === 1 ? 'this' : 'these'}`, 52)
  yield `${text}  --all shows them, -o json has them`
}

function* firstOf({ members }: PlanGroup, take: number): Generator<PlanMember, void> {
  let left = take
  for (const member of members()) {
    yield member
    left -= 1
    if (left === 0) return
  }
}

/** How wide the columns are; nobody further is asked once both are as wide as they may be. */
function widthsOf(shown: readonly Shown[]): Widths {
  let [name, user] = [0, 0]
  for (const { group, take } of shown.filter((each) => each.take > 0)) {
    for (const device of firstOf(group, take)) {
      name = Math.max(name, columns(deviceName(device)))
      user = Math.max(user, columns(userName(device)))
      if (name >= WIDEST && user >= WIDEST) return { name: WIDEST, user: WIDEST }
    }
  }
  return { name: Math.min(WIDEST, name), user: Math.min(WIDEST, user) }
}

/** One line an action and reason, with what holds how many: for a fleet that nobody knows by name. */
export function reasonLines(section: PlanSection, paint: Paint): readonly string[] {
  const width = widest(
    section.groups.map((group) => count(group.devices)),
    9,
  )
  const stepsWidth = widest(
    section.groups.map((group) => stepsText(group.steps, false)),
    50,
  )
  return section.groups.flatMap((group) => {
    const lead = `  ${padEnd(ACTION_SYMBOLS[group.action], 3)} ${padStart(count(group.devices), width)}  `
    const indent = ' '.repeat(lead.length)
    const steps = stepsText(group.steps, false)
    const because = brief(group.because, 400)
    const beside = lead.length + stepsWidth + 3 + columns(because) + 2 + columns(group.rule) <= RULE_ENDS
    const first = withRule(
      lead + (beside ? `${padEnd(steps, stepsWidth)}   ${because}` : steps),
      group.rule,
      paint,
    )
    const reasons = beside ? [] : wrap(because, WIDTH - indent.length).map((line) => paint.dim(indent + line))
    const holds = [...group.holds].map(
      ([id, hold]) =>
        `${indent}held  ${count(hold.devices)}: ${HOLD_WORDS[hold.code]} (${hold.code}) -> hold ${id}`,
    )
    return [first, ...reasons, ...holds]
  })
}

function withRule(line: string, rule: string, paint: Paint): string {
  if (rule === '') return line.trimEnd()
  const gap = Math.max(2, RULE_ENDS - columns(line.trimEnd()) - columns(rule))
  return `${line.trimEnd()}${' '.repeat(gap)}${paint.dim(rule)}`
}

function userName(device: PlanMember): string {
  return device.user === undefined ? '' : brief(device.user, 40)
}

function widest(texts: readonly string[], limit: number): number {
  return Math.min(
    limit,
    texts.reduce((most, text) => Math.max(most, columns(text)), 0),
  )
}
