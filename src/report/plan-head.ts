import type { Change } from '../domain/plan.ts'
import { counted } from './numbers.ts'
import type { Paint } from './paint.ts'
import type { PlanSection } from './plan-groups.ts'
import type { PlanContext } from './plan-header.ts'
import { brief, visible } from './visible.ts'
import { columns } from './width.ts'

const WIDTH = 100

/** What a section is about and what changed in its document. */
export function sectionHead(
  section: PlanSection,
  changes: readonly Change[],
  context: PlanContext,
  paint: Paint,
): readonly string[] {
  const { desiredState } = context
  const wanted = section.kind === 'configuration' ? context.wanted?.get(section.name) : undefined
  const facts = [
    wanted === undefined
      ? `${counted(section.devices, 'device')} to change`
      : `${counted(wanted, 'device')} wanted`,
  ]
  if (section.kind === 'configuration') {
    const configuration = desiredState?.configurations.find((each) => each.name === section.name)
    if (configuration !== undefined) facts.unshift(configuration.spec.platform)
    else if (desiredState !== undefined) facts.unshift('not in the desired state any more')
  }
  if (section.kind === 'retirement') {
    const retirement = desiredState?.retirements.find((each) => each.name === section.name)
    if (retirement !== undefined) facts.unshift(retirement.finish)
  }
  const title = `${section.kind === 'retirement' ? 'retirement ' : ''}${brief(section.name, 63)}`
  const own =
    section.kind === 'configuration' ? changes.filter((change) => change.configuration === section.name) : []
  const changed = changeLines(own, false)
  return [`${paint.bold(title)}   ${facts.join(', ')}`, ...changed, ...(changed.length === 0 ? [] : [''])]
}

/** One line a change: path, old and new value, place. `named`: with the configuration's name. */
export function changeLines(changes: readonly Change[], named: boolean): readonly string[] {
  return changes.flatMap((change) => {
    const [from, to] = [change.from, change.to].map((text) =>
      text === undefined ? undefined : brief(text, 60),
    )
    const sign = from === undefined ? '+' : '~'
    const what = to === undefined ? (from ?? '') : `${from === undefined ? '' : `${from} -> `}${to}`
    const path = visible(change.path === '' ? 'the document' : change.path)
    const where = change.source === undefined ? '' : `${visible(change.source.file)}:${change.source.line}`
    const head =
      `  ${to === undefined ? '-' : sign} ${named ? `${brief(change.configuration, 63)} ` : ''}${path}   ${what}`.trimEnd()
    if (where === '') return [head]
    return columns(head) + 3 + columns(where) <= WIDTH ? [`${head}   ${where}`] : [head, `      ${where}`]
  })
}
