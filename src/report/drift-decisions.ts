import type { DriftRepair, DriftSummary } from './drift.ts'
import { HOLD_WORDS } from './hold-words.ts'
import { code } from './markdown.ts'
import type { MarkdownPart } from './markdown.ts'
import { count } from './numbers.ts'

const ROWS = 20

/** What of the drift a person decides: what is held, what gave up, what is only observed; nothing where all repairs itself. */
export function decisionParts(summary: DriftSummary): readonly MarkdownPart[] {
  const gaveUp = rowsOf(summary, 'gave-up', 'every try failed', retryText, () => '')
  const observed = rowsOf(summary, 'observed', 'only observed', () => MODES, adoptText)
  const held = heldRows(summary)
  const rows = [...held, ...observed, ...gaveUp]
  if (rows.length === 0) return []
  const titles = ['Devices', 'Configuration', 'Why', "Back to git's", 'Keep theirs']
  const table: MarkdownPart = {
    kind: 'table',
    lead: '**Yours to decide**',
    table: { titles, align: 'rllll', rows },
    rows: ROWS,
    share: 0.3,
  }
  // What failed is not what anybody wanted.
  return held.length + observed.length === 0 ? [table] : [table, { kind: 'text', text: KEEP }]
}

const MODES = '`mode: enforce` repairs them, `mode: propose` asks first'
const KEEP =
  '`simplane adopt` opens a pull request that asks for what the devices have; `--dry-run` shows it only.'

function adoptText(configuration: string | undefined): string {
  return code(`simplane adopt${configuration === undefined ? '' : ` --configuration ${configuration}`}`)
}

function retryText(configuration: string | undefined): string {
  const target = configuration === undefined ? 'fleet' : `configuration/${configuration}`
  return `${code(`simplane retry ${target}`)} tries again`
}

/** A device may be held for several reasons; one that waits for no approval is looked at one by one. */
function heldRows(summary: DriftSummary): readonly (readonly string[])[] {
  const { causes, holds } = summary
  const rows = holds.map(({ id, code: why, configuration, devices }) => [
    count(devices),
    configuration === undefined ? '' : code(configuration),
    `${HOLD_WORDS[why]} (${code(why)})`,
    code(`simplane approve ${id}`),
    adoptText(configuration),
  ])
  const waiting = causes.reduce((sum, { repairs }) => sum + (repairs.held ?? 0), 0)
  const known = holds.reduce((sum, { devices }) => sum + devices, 0)
  if (waiting <= known) return rows
  const other = [
    count(waiting - known),
    '',
    'a person has to look',
    '`simplane devices --drift --verdict held` lists them',
    adoptText(undefined),
  ]
  return [...rows, other]
}

function rowsOf(
  { causes }: DriftSummary,
  repair: DriftRepair,
  why: string,
  todo: (configuration: string | undefined) => string,
  keep: (configuration: string | undefined) => string,
): readonly (readonly string[])[] {
  const byConfiguration = new Map<string | undefined, number>()
  for (const { configuration, repairs } of causes) {
    const devices = repairs[repair] ?? 0
    if (devices > 0) byConfiguration.set(configuration, (byConfiguration.get(configuration) ?? 0) + devices)
  }
  return [...byConfiguration].map(([configuration, devices]) => [
    count(devices),
    configuration === undefined ? '' : code(configuration),
    why,
    todo(configuration),
    keep(configuration),
  ])
}
