import type { StepRow } from '../step-rows.ts'

/** What of a step makes a `StepRow`; `s` is the step. */
export const STEP_COLUMNS = [
  'dev',
  'n',
  'id',
  'kind',
  'ord',
  'state',
  'body',
  'because',
  'configuration',
  'held_by',
  'subject',
  'over',
  'waits',
  'held_at',
  'attempt',
  'command',
  'revision',
  'run',
  'planned_at',
  'not_before',
  'issued_at',
  'poll_at',
  'deadline',
  'settled_at',
  'baseline',
  'proof',
  'error',
  'forgotten',
]
  .map((column) => `s.${column}`)
  .join(', ')

type Naming = Pick<StepRow, 'configuration' | 'held_by' | 'subject'> &
  Partial<Pick<StepRow, 'body' | 'because' | 'revision'>>

/** The numbers of the texts that these rows name. */
export function namedBy(rows: readonly Naming[]): (number | null)[] {
  return rows.flatMap(({ body = null, because = null, revision = null, configuration, held_by, subject }) => [
    body,
    because,
    revision,
    configuration,
    held_by,
    subject,
  ])
}
