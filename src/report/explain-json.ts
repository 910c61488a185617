import type { JournalStep } from '../domain/journal.ts'
import { toRfc3339 } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'
import { deviceJson } from './devices-json.ts'
import { evidenceRows } from './explain-has.ts'
import { wantedLines } from './explain-wanted.ts'
import { holdOf } from './explain.ts'
import type { ExplainInput } from './explain.ts'
import { eventJson } from './history-text.ts'

function instant(at: Instant | undefined): string | null {
  return at === undefined ? null : toRfc3339(at)
}

/** The explanation of a device as data. */
export function explainJson(input: ExplainInput) {
  return {
    apiVersion: 'simplane/v1',
    kind: 'Explanation',
    ...deviceJson(input.device),
    because: wantedLines(input),
    evidence: evidenceRows(input).map(([what, value, evidence, age]) => ({ what, value, evidence, age })),
    steps: input.steps.map((step) => stepJson(step, input)),
    history: input.events.map(eventJson),
    otherRecords: input.twins.map((twin) => twin.record.key),
  }
}

function stepJson(each: JournalStep, input: ExplainInput) {
  return {
    id: each.step.id,
    action: each.step.action,
    kind: each.step.kind,
    configuration: each.step.configuration ?? null,
    state: each.state,
    heldBy: each.step.heldBy,
    hold: holdOf(each, input) ?? null,
    rule: each.step.rule,
    because: each.step.because,
    attempt: each.attempt,
    plannedAt: toRfc3339(each.plannedAt),
    issuedAt: instant(each.issuedAt),
    settledAt: instant(each.settledAt),
    proof: each.proof ?? null,
    error: each.error ?? null,
  }
}
