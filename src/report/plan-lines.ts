import type { PlannedDevice } from '../domain/plan.ts'
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

/** One line a device, alike ones counted: for a fleet that a person can know by name. */
export function deviceLines(
  section: PlanSection,
  budget: { left: number },
  all: boolean,
  paint: Paint,
): readonly string[] {
  const shown = section.groups.map((group) => {
    const wish = all || group.devices.length <= ALIKE ? group.devices.length : 2
    const take = Math.min(wish, Math.max(0, budget.left))
    budget.left -= take
    return group.devices.slice(0, take)
  })
  const everyone = shown.flat()
  const nameWidth = widest(everyone.map(deviceName), 20)
  const userWidth = widest(everyone.map(userName), 20)
  let unseen = 0
  const lines = section.groups.flatMap((group, index) => {
    const devices = shown[index] ?? []
    if (devices.length === 0) {
      unseen += group.devices.length
      return []
    }
    return groupLines(group, devices, nameWidth, userWidth, paint)
  })
  if (unseen > 0)
    lines.push(
      `      ${counted(unseen, 'more device')} with other reasons  --all shows them, -o json has them`,
    )
  return lines
}

function groupLines(
  group: PlanGroup,
  devices: readonly PlannedDevice[],
  nameWidth: number,
  userWidth: number,
  paint: Paint,
): readonly string[] {
  const steps = stepsText(group.steps, true)
  const because = brief(group.because, 400)
  const rows = devices.map((device) => {
    const symbol = padEnd(ACTION_SYMBOLS[group.action], 3)
    const cells = [padEnd(fit(deviceName(device), nameWidth), nameWidth)]
    if (userWidth > 0) cells.push(padEnd(fit(userName(device), userWidth), userWidth))
    return { symbol, rest: cells.join('  ') }
  })
  const lead = 6 + nameWidth + (userWidth > 0 ? userWidth + 2 : 0) + 2
  const beside = lead + columns(steps) + 3 + columns(because) + 2 + columns(group.rule) <= RULE_ENDS
  const tail = beside ? `${steps}   ${because}` : steps
  const lines = rows.map(({ symbol, rest }) => withRule(`  ${symbol} ${rest}  ${tail}`, group.rule, paint))
  if (!beside) for (const line of wrap(because, WIDTH - 10)) lines.push(paint.dim(`          ${line}`))
  const more = group.devices.length - devices.length
  if (more > 0) {
    const text = padEnd(`      ${count(more)} more like ${devices.length === 1 ? 'this' : 'these'}`, 52)
    lines.push(`${text}  --all shows them, -o json has them`)
  }
  return lines
}

/** One line an action and reason, with what holds how many: for a fleet that nobody knows by name. */
export function reasonLines(section: PlanSection, paint: Paint): readonly string[] {
  const width = widest(
    section.groups.map((group) => count(group.devices.length)),
    9,
  )
  const stepsWidth = widest(
    section.groups.map((group) => stepsText(group.steps, false)),
    50,
  )
  return section.groups.flatMap((group) => {
    const lead = `  ${padEnd(ACTION_SYMBOLS[group.action], 3)} ${padStart(count(group.devices.length), width)}  `
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

function userName(device: PlannedDevice): string {
  return device.user === undefined ? '' : brief(device.user, 40)
}

function widest(texts: readonly string[], limit: number): number {
  return Math.min(
    limit,
    texts.reduce((most, text) => Math.max(most, columns(text)), 0),
  )
}
