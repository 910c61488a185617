import type { DesiredState } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { Action, Change, HoldCode } from '../domain/plan.ts'
import type { FleetCounts } from '../domain/read-store.ts'
import type { Duration } from '../domain/time.ts'
import { findingText } from './findings-text.ts'
import type { FindingsContext } from './findings-text.ts'
import { HOLD_WORDS } from './hold-words.ts'
import { count, counted } from './numbers.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { progressBar } from './progress-bar.ts'
import { severityCounts } from './severity.ts'
import { brief, visible } from './visible.ts'
import { columns, padEnd, padStart, wrap } from './width.ts'
import { ACTION_ORDER, ACTION_SYMBOLS, ACTION_WORDS } from './words.ts'

const WIDTH = 100
const RULE_ENDS = 97
const INDENT = ' '.repeat(12)
const WORD = 8

/** What a line of the running service is about. */
export type PassWord =
  | 'read'
  | 'observed'
  | 'planned'
  | 'working'
  | 'in sync'
  | 'changed'
  | 'refused'
  | 'held'
  | 'failed'

/** Devices of one action. `detail`: what a person wants to know beside it; `rule`: what it rests on. */
export type ActionCount = {
  readonly action: Action
  readonly devices: number
  readonly held: number
  readonly detail?: string
  readonly rule?: string
}

/** Devices that wait for one reason; `example`: the name of one of them. */
export type HoldCount = {
  readonly code: HoldCode
  readonly devices: number
  readonly example: string
  readonly hold?: string
}

/** What one pass planned. */
export type PassSummary = {
  readonly actions: readonly ActionCount[]
  readonly holds: readonly HoldCount[]
  readonly changes: readonly Change[]
  readonly resets: number
}

/** Where the fleet stands. */
export type Standing = {
  readonly changing: number
  readonly inSync: number
  readonly ready: number
  readonly held: number
  readonly failed: number
  readonly notEligible: number
}

/** `08:00:01  planned   34 devices to change`; a long text goes on below itself. `clock`: `08:00:01`. */
export function passLine(
  clock: string,
  word: PassWord,
  text: string,
  paint: Paint = plainPaint,
): readonly string[] {
  const lead = `${clock}  ${word.padEnd(WORD)}  `
  const painted = `${paint.dim(clock)}  ${styled(word, paint)}  `
  return wrap(text, WIDTH - lead.length).map(
    (line, index) => (index === 0 ? painted : ' '.repeat(lead.length)) + line,
  )
}

function styled(word: PassWord, paint: Paint): string {
  const text = word.padEnd(WORD)
  if (word === 'refused' || word === 'failed') return paint.red(text)
  if (word === 'in sync') return paint.green(text)
  return word === 'held' ? paint.yellow(text) : paint.bold(text)
}

/** `8 documents: 2 configurations, 4 groups, 1 retirement, 1 policy` */
export function readText(desired: DesiredState): string {
  const { configurations, groups, retirements, policy } = desired
  const kinds: readonly (readonly [number, string, string?])[] = [
    [configurations.length, 'configuration'],
    [groups.length, 'group'],
    [retirements.length, 'retirement'],
    [policy.place === undefined ? 0 : 1, 'policy', 'policies'],
  ]
  const documents = kinds.reduce((sum, [n]) => sum + n, 0)
  const parts = kinds.filter(([n]) => n > 0).map(([n, one, many]) => counted(n, one, many))
  return parts.length === 0
    ? 'no document: nothing is wanted anywhere'
    : `${counted(documents, 'document')}: ${parts.join(', ')}`
}

/** `42 devices: 28 Windows, 14 iOS and iPadOS; inventory complete` */
export function observedText(counts: Pick<FleetCounts, 'devices' | 'byPlatform'>, complete: boolean): string {
  const { windows = 0, ios = 0, ipados = 0, ...others } = counts.byPlatform
  const rest = Object.values(others).reduce((sum, n) => sum + n, 0)
  const parts = [
    ...(windows > 0 ? [`${count(windows)} Windows`] : []),
    ...(ios + ipados > 0 ? [`${count(ios + ipados)} iOS and iPadOS`] : []),
    ...(rest > 0 ? [`${count(rest)} others`] : []),
  ]
  const inventory = complete ? 'inventory complete' : 'inventory INCOMPLETE, nothing destructive is planned'
  return `${counted(counts.devices, 'device')}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}; ${inventory}`
}

/** `34 devices to change, 5 in sync, 3 not eligible` */
export function plannedText(standing: Standing): string {
  const eligible = standing.notEligible > 0 ? `, ${count(standing.notEligible)} not eligible` : ''
  return `${counted(standing.changing, 'device')} to change, ${count(standing.inSync)} in sync${eligible}`
}

/** `37 devices are as git says; 1 ready to retire, 1 held, 3 not eligible` */
export function inSyncText(standing: Standing): string {
  const parts = [
    ...(standing.ready > 0 ? [`${count(standing.ready)} ready to retire`] : []),
    ...(standing.held > 0 ? [`${count(standing.held)} held`] : []),
    ...(standing.failed > 0 ? [`${count(standing.failed)} failed`] : []),
    ...(standing.notEligible > 0 ? [`${count(standing.notEligible)} not eligible`] : []),
  ]
  const first = `${counted(standing.inSync, 'device')} ${standing.inSync === 1 ? 'is' : 'are'} as git says`
  return parts.length === 0 ? first : `${first}; ${parts.join(', ')}`
}

/** `nothing changed since 08:01:58 (4 ms)` */
export function unchangedText(since: string, took: Duration): string {
  return `nothing changed since ${since} (${count(Math.round(took))} ms)`
}

/** `██████░░  33/37 steps proven` */
export function workingText(done: number, total: number, width = 30): string {
  return `${progressBar(done, total, width)}  ${count(done)}/${count(total)} steps proven`
}

/** What a pass is going to do: by action, what changed, what an eSIM reset costs, what is held. */
export function actionLines(summary: PassSummary, paint: Paint = plainPaint): readonly string[] {
  const actions = ACTION_ORDER.flatMap((action) => summary.actions.filter((each) => each.action === action))
  const width = Math.max(3, ...actions.map((each) => count(each.devices).length))
  const lines = actions.flatMap((each) => actionLine(each, width, paint))
  for (const change of summary.changes.slice(0, 10)) lines.push(...changeLines(change))
  if (summary.changes.length > 10)
    lines.push(`${INDENT}and ${counted(summary.changes.length - 10, 'more change')}`)
  if (summary.resets > 0) {
    lines.push(
      `${INDENT}Every eSIM on ${counted(summary.resets, 'device')} is erased first. The laptops themselves are not touched.`,
    )
  }
  return [...lines, ...heldLines(summary.holds, paint)]
}

function actionLine(each: ActionCount, width: number, paint: Paint): readonly string[] {
  const words = ACTION_WORDS[each.action]
  const held = each.held > 0 ? `${each.detail === undefined ? '' : ' '}(${count(each.held)} held)` : ''
  const detail = `${each.detail === undefined ? '' : visible(each.detail)}${held}`
  const lead = `   ${padEnd(ACTION_SYMBOLS[each.action], 3)} ${padStart(count(each.devices), width)}  ${padEnd(words, 26)}`
  const rule = each.rule ?? ''
  const [first = '', ...others] = wrap(
    detail,
    RULE_ENDS - columns(lead) - 2 - (rule === '' ? 0 : columns(rule) + 2),
  )
  const line = `${lead}  ${first}`.trimEnd()
  const gap = ' '.repeat(Math.max(2, RULE_ENDS - columns(line) - columns(rule)))
  return [
    rule === '' ? line : `${line}${gap}${paint.dim(rule)}`,
    ...others.map((other) => `${' '.repeat(lead.length + 2)}${other}`),
  ]
}

function changeLines(change: Change): readonly string[] {
  const values = [change.from, change.to].map((value) => (value === undefined ? undefined : brief(value, 60)))
  const what = values.filter((value) => value !== undefined).join(' -> ')
  const gone = change.to === undefined && change.from !== undefined ? ' (gone)' : ''
  const path = change.path === '' ? 'the document' : visible(change.path)
  const head = `${INDENT}${brief(change.configuration, 63)} ${path} ${what}${gone}`
  const where = change.source === undefined ? '' : `${visible(change.source.file)}:${change.source.line}`
  if (where === '') return [head.trimEnd()]
  return columns(head) + 2 + columns(where) <= WIDTH
    ? [`${head}  ${where}`]
    : [head.trimEnd(), `${INDENT}  ${where}`]
}

/** `   held  1  LAP-0023: its only way online (would-strand)` and the command that explains it. */
function heldLines(holds: readonly HoldCount[], paint: Paint = plainPaint): readonly string[] {
  const width = Math.max(1, ...holds.map((hold) => count(hold.devices).length))
  return holds.flatMap((hold) => {
    const example = brief(hold.example, 30)
    const who = hold.devices === 1 ? example : `${example} and ${count(hold.devices - 1)} more`
    const lead = `   ${paint.yellow('held')}  ${padStart(count(hold.devices), width)}  `
    const indent = ' '.repeat(3 + 4 + 2 + width + 2)
    const what = hold.devices === 1 || hold.hold === undefined ? example : hold.hold
    return [`${lead}${who}: ${HOLD_WORDS[hold.code]} (${hold.code})`, `${indent}npx simplane explain ${what}`]
  })
}

/** What is printed when a saved file is not valid: what stays in force, and the findings. `since`: when it was read. */
export function refusedLines(
  clock: string,
  findings: readonly Finding[],
  since: string | undefined,
  context: FindingsContext = {},
): readonly string[] {
  const errors = findings.filter((finding) => finding.severity === 'error')
  const files = [
    ...new Set(errors.flatMap((finding) => (finding.place === undefined ? [] : [finding.place.file]))),
  ]
  const [only = 'the desired state'] = files
  const where = files.length > 1 ? counted(files.length, 'file') : visible(only)
  const verb = files.length > 1 ? 'have' : 'has'
  const kept = since === undefined ? 'nothing is in force yet.' : `what was read at ${since} stays in force.`
  const text = `${where} ${verb} ${counted(severityCounts(findings).error, 'error')}. No device is touched; ${kept}`
  const blocks = errors.flatMap((finding) => ['', findingText(finding, { compact: true, ...context })])
  return [...passLine(clock, 'refused', text, context.paint), ...blocks]
}

/** One line for what changed on disk or in git: at most three files by name. */
export function changedText(files: readonly string[]): string {
  const shown = files.slice(0, 3).map((file) => brief(file, 80))
  return files.length > 3 ? `${shown.join(', ')} and ${count(files.length - 3)} more` : shown.join(', ')
}
