import type { JournalStep } from '../domain/journal.ts'
import type { Event, Run } from '../domain/run-store.ts'
import type { Instant } from '../domain/time.ts'
import { count, counted } from './numbers.ts'
import { shortRevision } from './revisions.ts'
import { brief } from './visible.ts'
import { STEP_WORDS } from './words.ts'

/** One line of history, wherever it was noted. */
export type HistoryEvent = Omit<Event, 'id'>

/**
 * The life of journal steps as lines of history: planned, sent, and what became of each, with the MDM's own error.
 * A step that a newer plan replaced before it was sent never happened, and has no line.
 */
export function stepEvents(steps: readonly JournalStep[]): readonly HistoryEvent[] {
  const told = steps.filter((each) => each.state !== 'superseded')
  return told.sort((a, b) => a.n - b.n).flatMap(lifeOf)
}

function lifeOf(each: JournalStep): readonly HistoryEvent[] {
  const { step, device, run, plannedAt, issuedAt, settledAt } = each
  const name = step.configuration === undefined ? '' : ` ${brief(step.configuration, 63)}`
  const what = `${STEP_WORDS[step.kind]}${name}`
  const line = (at: Instant, message: string): HistoryEvent => ({ at, kind: 'step', message, device, run })
  const again = each.attempt > 1 ? `, try ${each.attempt}` : ''
  const why = each.state === 'held' ? `held (${step.heldBy.join(', ')})` : brief(step.because, 200)
  return [
    line(plannedAt, `${what} planned for ${shortRevision(each.revision)}${again}: ${why}`),
    ...(issuedAt === undefined ? [] : [line(issuedAt, `${what} sent${again}`)]),
    ...(settledAt === undefined ? [] : [line(settledAt, `${what} ${outcomeOf(each)}`)]),
  ]
}

function outcomeOf({ state, proof, error }: JournalStep): string {
  if (state === 'proven') return `proven${proof === undefined ? '' : ` (${proof})`}`
  return error === undefined ? state : `${state}: ${brief(error.code, 40)} ${brief(error.message, 200)}`
}

/** The passes that planned something or failed, as lines of history; a pass that found nothing to do has none. */
export function runEvents(runs: readonly Run[]): readonly HistoryEvent[] {
  return runs.flatMap((each): HistoryEvent[] => {
    const { id, counts, trigger, error } = each
    const base = {
      at: each.endedAt ?? each.startedAt,
      run: id,
      ...(each.revision === undefined ? {} : { revision: each.revision }),
    }
    if (error !== undefined) return [{ ...base, kind: 'error', message: `pass (${trigger}): ${error}` }]
    if (counts.steps === 0 && counts.issued + counts.failed === 0) return []
    const sent = counts.issued === 0 ? '' : `, ${count(counts.issued)} sent, ${count(counts.proven)} proven`
    const failed = counts.failed === 0 ? '' : `, ${count(counts.failed)} failed`
    const message = `pass (${trigger}): ${counted(counts.steps, 'step')} planned, ${count(counts.held)} held${sent}${failed}`
    return [{ ...base, kind: 'run', message }]
  })
}

/** Lines of several origins as one history, oldest first; at one moment in the order given. */
export function inOrder(...origins: readonly (readonly HistoryEvent[])[]): readonly HistoryEvent[] {
  return origins.flat().sort((a, b) => a.at - b.at)
}
