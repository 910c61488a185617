import type { HoldCode, StepKind } from '../../domain/plan.ts'
import type { Instant } from '../../domain/time.ts'
import { age } from '../ages.ts'
import type { Identities } from '../findings-markdown.ts'
import { HOLD_WORDS } from '../hold-words.ts'
import { assemble, bytes, code, span } from '../markdown.ts'
import type { MarkdownPart } from '../markdown.ts'
import { count, counted } from '../numbers.ts'
import { progressBar } from '../progress-bar.ts'
import { shortRevision } from '../revisions.ts'
import { STEP_WORDS } from '../words.ts'
import { foldedPlan, headline, PLAN_MARKER, planTextOf } from './kept.ts'
import { shareText } from './share.ts'
import type { Title } from './title.ts'

/** How far a merged change has come, in devices. */
export type Rollout = {
  readonly phase: 'working' | 'halted' | 'ended'
  /** What the merge left on the base branch. */
  readonly revision: string
  /** Devices it changes; each is counted once below, and those that wait for their turn not at all. */
  readonly total: number
  readonly proven: number
  readonly working: number
  readonly held: number
  readonly failed: number
  /** The merge. */
  readonly since: Instant
  readonly now: Instant
  /** With `halted`: in a sentence. */
  readonly why?: string
}

/** Devices on which one step failed for one reason. `code`: a word of the driver; `message`: the MDM's own. */
export type RolloutFailure = {
  readonly step: StepKind
  readonly configuration?: string
  readonly code: string
  readonly message?: string
  readonly devices: number
}

export type RolloutHold = { readonly id: string; readonly code: HoldCode; readonly devices: number }

/** What became of it, as far as it did not become what was merged. */
export type RolloutEnd = {
  readonly failures: readonly RolloutFailure[]
  readonly holds: readonly RolloutHold[]
}

export type RolloutOptions = Identities & {
  /** Bytes of UTF-8. */
  readonly budget: number
  /** The comment as we wrote it before: the plan in it is folded below. */
  readonly before?: string
}

const ROWS = 20
/** More than the first two lines and a reason can take. */
const HEAD_ROOM = 2_500

/** The first line while a merged change is rolled out, and after. */
export function rolloutTitle(rollout: Rollout): Title {
  const { total, proven, held, failed } = rollout
  const of = `${count(proven)} of ${counted(total, 'device')}`
  const heldText = held > 0 ? [`${count(held)} held`] : []
  const failedText = failed > 0 ? [`${count(failed)} failed`] : []
  switch (rollout.phase) {
    case 'working':
      return { mark: '🟡', text: [`Rolling out: ${of} proven`, ...failedText, ...heldText].join(' · ') }
    case 'halted':
      return { mark: '🔴', text: [`Halted: ${of} proven`, ...failedText, ...heldText].join(' · ') }
    case 'ended': {
      if (total === 0) return { mark: '✅', text: 'Done: no device had to change' }
      const all = proven === total
      const done = all ? `all of ${counted(total, 'device')} as merged` : `${of} as merged`
      const word = failed > 0 ? 'Ended' : 'Done'
      return {
        mark: failed > 0 ? '❌' : '✅',
        text: [`${word}: ${done}`, ...failedText, ...heldText].join(' · '),
      }
    }
  }
}

/** The comment of a merged pull request while its change is rolled out. */
export function progressComment(rollout: Rollout, options: RolloutOptions): string {
  const { total, proven, working, held, failed } = rollout
  const counts = [
    `${span(progressBar(proven, total, 20))} ${shareText(proven, Math.max(total, proven))}`,
    `${count(working)} working`,
    ...(failed > 0 ? [`${count(failed)} failed`] : []),
    ...(held > 0 ? [`${count(held)} held`] : []),
    `merged as ${span(shortRevision(rollout.revision))} ${age(rollout.now - rollout.since)} ago`,
  ]
  const parts = [`${headline(rolloutTitle(rollout))}\n${counts.join(' · ')}`]
  if (rollout.phase === 'halted') {
    const why = rollout.why === undefined ? '.' : `: ${span(rollout.why, 300)}.`
    parts.push(
      `**Halted**${why} No new step is issued; what is on its way is waited for. See \`simplane status\`.`,
    )
  }
  return withPlan(
    parts.map((text) => ({ kind: 'text', text })),
    options,
  )
}

/** The comment once nothing of it is on its way any more. */
export function finalComment(rollout: Rollout, end: RolloutEnd, options: RolloutOptions): string {
  const took = age(rollout.now - rollout.since)
  const head = `${headline(rolloutTitle(rollout))}\nMerged as ${span(shortRevision(rollout.revision))}, ended after ${took}.`
  const parts: MarkdownPart[] = [{ kind: 'text', text: head }]
  if (end.failures.length > 0)
    parts.push({ kind: 'table', table: failureTable(end.failures, options), rows: ROWS, share: 0.3 })
  if (end.holds.length > 0) parts.push({ kind: 'table', table: heldTable(end.holds), rows: ROWS, share: 0.3 })
  const next = [
    ...(rollout.failed > 0
      ? ['`simplane devices --verdict failed` lists who failed, `simplane explain DEVICE` says why.']
      : []),
    ...(rollout.held > 0 ? ['What is held waits for `simplane approve`.'] : []),
  ]
  if (next.length > 0) parts.push({ kind: 'text', text: `**Next** ${next.join(' ')}` })
  return withPlan(parts, options)
}

/** The MDM's own words may name a device or its user: they stay in the house, as those do. */
function failureTable(failures: readonly RolloutFailure[], options: Identities) {
  const words = options.identities === true
  return {
    titles: ['Failed', 'Configuration', 'Devices', 'Why'],
    align: 'llrl',
    rows: [...failures]
      .sort((a, b) => b.devices - a.devices)
      .map((each) => [
        STEP_WORDS[each.step],
        each.configuration === undefined ? '' : code(each.configuration),
        count(each.devices),
        words && each.message !== undefined
          ? `${code(each.code, 60)} ${code(each.message, 200)}`
          : code(each.code, 60),
      ]),
  }
}

function heldTable(holds: readonly RolloutHold[]) {
  return {
    titles: ['Held', 'Devices', 'Why', 'Release'],
    align: 'lrll',
    rows: holds.map(({ id, code: why, devices }) => [
      code(id),
      count(devices),
      `${HOLD_WORDS[why]} (${code(why)})`,
      code(`simplane approve ${id}`),
    ]),
  }
}

/** The plan below, folded: whole, or not at all. What stands above is cut before it is. */
function withPlan(parts: readonly MarkdownPart[], { budget, before }: RolloutOptions): string {
  const plan = planTextOf(before)
  const fold = plan === undefined ? undefined : `${foldedPlan(plan)}\n\n${PLAN_MARKER}`
  const fits = fold !== undefined && bytes(fold) + HEAD_ROOM <= budget
  return assemble(parts, fits ? fold : PLAN_MARKER, budget, 'simplane status')
}
