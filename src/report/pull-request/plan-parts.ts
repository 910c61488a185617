import type { HoldCode } from '../../domain/plan.ts'
import type { PlanOutline, PlanPattern } from '../../domain/plan-outline.ts'
import { compareText } from '../../domain/text.ts'
import { HOLD_WORDS } from '../hold-words.ts'
import { code, span } from '../markdown.ts'
import type { MarkdownPart, MarkdownTablePart } from '../markdown.ts'
import { count, counted } from '../numbers.ts'
import { changeTable, deviceIdentity, findingsPart, folded, holdTable, samplePart } from '../plan-markdown.ts'
import { inOrder } from '../plan-outline.ts'
import { erasedDevices, heldDevices } from '../plan-totals.ts'
import { shortRevision } from '../revisions.ts'
import { SEVERITIES } from '../severity.ts'
import { ACTION_WORDS } from '../words.ts'
import { actionTable, DESTRUCTIVE_FIRST } from './action-table.ts'
import { earlierText, headline, superseded } from './kept.ts'
import { policyChanges } from './policy-changes.ts'
import type { CommentOptions, PlanReview, Proposal } from './review.ts'
import { snapshotLimits, snapshotWarning } from './snapshot-words.ts'
import { reviewTitle } from './title.ts'

const SAMPLE = 5
const ROWS = 50
const RETIRED_SHOWN = 500

/** What merging would do: verdict, table by action, why, what is held, drift; then folded what one may look up. */
export function planParts(review: PlanReview, options: CommentOptions): readonly MarkdownPart[] {
  const { plan } = review
  const parts: MarkdownPart[] = [
    text(`${headline(reviewTitle(review))}\n${verdict(review)}`),
    ...policyWarning(review),
    ...snapshotWarning(review.snapshot, review.context.now).map(text),
  ]
  if (!review.context.state.complete)
    parts.push(text('⚠ The inventory is incomplete: nothing destructive is planned until it is whole again.'))
  if (plan.summary.steps > 0) parts.push({ kind: 'table', table: actionTable(review) })
  if (plan.changes.length > 0) parts.push(whyPart(plan, options))
  parts.push(...heldParts(plan), ...sentences(review), ...retiredPart(plan, options))
  if (review.groups.size > 0) parts.push(groupPart(review.groups))
  if (plan.summary.changing > 0) parts.push(samplePart(foremost(plan), SAMPLE, options))
  if (plan.findings.length > 0) parts.push(foldedFindings(plan, options))
  return [...parts, ...earlierPart(review.head, options)]
}

/** A paragraph. */
export function text(paragraph: string): MarkdownPart {
  return { kind: 'text', text: paragraph }
}

/** What was planned for earlier commits of the same proposal, folded. */
export function earlierPart(head: string, { before }: CommentOptions): readonly MarkdownPart[] {
  const plans = superseded(before, head)
  return plans.length === 0 ? [] : [text(earlierText(plans))]
}

/** `Merging `1f3c9aa` onto `main`` */
export function merging({ head, onto }: Proposal): string {
  return `Merging ${span(shortRevision(head))} onto ${span(onto.branch, 60)}`
}

function verdict(review: PlanReview): string {
  const { plan, context, scope } = review
  const fleet = counted(scope.devices, 'device')
  if (plan.summary.steps === 0) return `${merging(review)} leaves ${fleet} as they are.`
  const { changing } = plan.summary
  return `${merging(review)} (${span(shortRevision(review.onto.revision))}) changes **${counted(changing, 'device')}** of ${count(context.state.devices)}. ${lossText(plan)}`
}

function lossText(plan: PlanOutline): string {
  const { devices, foreign } = erasedDevices(plan)
  if (devices === 0) return 'No eSIM is erased.'
  const some = `On ${count(devices)} of them`
  const all = devices === 1 ? 'On it' : 'On all of them'
  const whom = devices === plan.summary.changing ? all : some
  const others = foreign === 0 ? '' : `, foreign ones too on ${count(foreign)} (these are held)`
  const retired = plan.summary.byStep.retire
  const then =
    retired === 0
      ? 'no device itself is wiped.'
      : `${counted(retired, 'device')} ${retired === 1 ? 'is' : 'are'} then retired in the MDM.`
  return `${whom} every eSIM is erased first${others}; ${then}`
}

function policyWarning({ policies }: PlanReview): readonly MarkdownPart[] {
  const changes = policies === undefined ? [] : policyChanges(policies.before, policies.after)
  if (changes.length === 0) return []
  const what = changes
    .slice(0, 8)
    .map(({ path, from, to }) => `${span(path)} ${span(from, 80)} → ${span(to, 80)}`)
  const more = changes.length > 8 ? ` and ${counted(changes.length - 8, 'more change')}` : ''
  const looser = changes.some((change) => change.looser)
  const verb = looser ? '**This loosens the Policy**' : '**This changes the Policy**'
  return [
    text(`⚠ ${verb}: ${what.join(', ')}${more}. It holds from the merge on, and this plan counts with it.`),
  ]
}

function whyPart(plan: PlanOutline, options: CommentOptions): MarkdownTablePart {
  const many = plan.changes.length
  const fold = folded('Changes', plan.changes)
  const lead = `**Why** ${counted(many, 'change')} in the documents${fold.summary === undefined ? '' : ', below'}:`
  return {
    kind: 'table',
    table: changeTable(plan.changes, options),
    lead,
    rows: ROWS,
    share: 0.3,
    ...fold,
  }
}

function heldParts(plan: PlanOutline): readonly MarkdownPart[] {
  const held = heldDevices(plan)
  if (held === 0) return []
  const reasons = [...heldByCode(plan.patterns)]
    .sort(([a, many], [b, few]) => few - many || compareText(a, b))
    .map(([each, devices]) => `${count(devices)} for ${span(each)} (${HOLD_WORDS[each]})`)
  const lead = `**Held** ${counted(held, 'device')} ${held === 1 ? 'waits' : 'wait'} for a person after the merge: ${reasons.join('; ')}.`
  if (plan.holds.length === 0) return [text(lead)]
  const table = holdTable(plan)
  return [{ kind: 'table', table, lead, rows: 20, share: 0.2, ...folded('Holds', plan.holds) }]
}

function heldByCode(patterns: readonly PlanPattern[]): ReadonlyMap<HoldCode, number> {
  const codes = new Map<HoldCode, number>()
  for (const { steps, devices } of patterns)
    for (const each of new Set(steps.flatMap(({ heldBy }) => heldBy)))
      codes.set(each, (codes.get(each) ?? 0) + devices)
  return codes
}

function sentences(review: PlanReview): readonly MarkdownPart[] {
  const { plan, drift, withdrawn = 0, underWay = 0 } = review
  const installs = plan.summary.byStep.install
  const lines = [
    ...(drift === undefined || drift.open === 0
      ? []
      : [
          drift.touched === 0
            ? `**Drift** none of the ${counted(drift.open, 'drifted device')} is in this change; it repairs none of them.`
            : `**Drift** ${count(drift.touched)} of ${counted(drift.open, 'drifted device')} ${drift.touched === 1 ? 'is' : 'are'} in this change: merging brings them to what it says, except what is held.`,
        ]),
    ...(withdrawn === 0
      ? []
      : [
          `**Withdrawn** ${counted(withdrawn, 'device')} would be left alone that something is planned for now.`,
        ]),
    ...(underWay === 0
      ? []
      : [
          `**Not in it** ${counted(underWay, 'device')} with a step on its way: planned once that has ended.`,
        ]),
    ...(installs === 0
      ? []
      : [
          `**Costs** up to ${counted(installs, 'download')}; each may use up an activation code at the carrier.`,
        ]),
    ...snapshotLimits(review.snapshot),
  ]
  return lines.map(text)
}

/** The devices of the action that cannot be taken back. */
function foremost({ patterns }: PlanOutline): readonly PlanPattern[] {
  const action = DESTRUCTIVE_FIRST.find((each) => patterns.some((pattern) => pattern.action === each))
  return patterns.filter((pattern) => pattern.action === action)
}

function foldedFindings(plan: PlanOutline, options: CommentOptions): MarkdownPart {
  const counts = SEVERITIES.flatMap((severity) => {
    const of = plan.findings.filter(({ finding }) => finding.severity === severity)
    const many = of.reduce((sum, each) => sum + each.count, 0)
    return many === 0 ? [] : [severity === 'info' ? `${count(many)} to know` : counted(many, severity)]
  })
  const summary = `Findings (${counts.join(', ')})`
  return { ...findingsPart(plan.findings, options), summary, rows: ROWS, share: 0.3 }
}

/** Who is to be emptied for a retirement, by the last four characters, to be compared with a list. */
function retiredPart(plan: PlanOutline, options: CommentOptions): readonly MarkdownPart[] {
  const retired = plan.summary.byAction['pre-retirement-reset']
  if (retired === 0) return []
  const shown: string[] = []
  for (const member of inOrder(plan.patterns.filter(({ action }) => action === 'pre-retirement-reset'))) {
    if (shown.length === RETIRED_SHOWN) break
    shown.push(span(deviceIdentity(member, options), 40))
  }
  const masking = options.identities === true ? '' : ', last four characters'
  const more = retired > shown.length ? ` and ${counted(retired - shown.length, 'more device')}` : ''
  const summary = `<details><summary>To be retired (${count(retired)}${masking})</summary>`
  return [text(`${summary}\n\n${shown.join(' ')}${more}\n\n</details>`)]
}

function groupPart(groups: PlanReview['groups']): MarkdownPart {
  const rows = [...groups]
    .map(([name, counts]) => ({
      name,
      counts,
      devices: DESTRUCTIVE_FIRST.reduce((sum, action) => sum + (counts[action] ?? 0), 0),
    }))
    .filter(({ devices }) => devices > 0)
    .sort((a, b) => b.devices - a.devices || compareText(a.name, b.name))
  const actions = DESTRUCTIVE_FIRST.filter((action) => rows.some(({ counts }) => (counts[action] ?? 0) > 0))
  return {
    kind: 'table',
    summary: `By group (${count(rows.length)})`,
    table: {
      titles: ['Group', 'Devices', ...actions.map((action) => ACTION_WORDS[action])],
      align: `lr${'r'.repeat(actions.length)}`,
      rows: rows.map(({ name, counts, devices }) => [
        code(name),
        count(devices),
        ...actions.map((action) => count(counts[action] ?? 0)),
      ]),
    },
    rows: ROWS,
    share: 0.3,
  }
}
