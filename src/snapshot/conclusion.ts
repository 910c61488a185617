import type { Finding } from '../domain/finding.ts'
import * as field from './fields.ts'
import { findJsonError } from './json-error.ts'
import { spotOf } from './locate.ts'
import type { Problems } from './problems.ts'
import type { SnapshotEnvelope } from './snapshot.ts'

/** What a file turned out to be once all of it was read: a snapshot of so many devices, or none. */
export type Conclusion = { readonly envelope?: SnapshotEnvelope; readonly findings: readonly Finding[] }

const ENVELOPE_KEYS = new Set(['apiVersion', 'kind', 'takenAt', 'complete', 'devices'])

/** What stands in front of the devices; `undefined`, with a problem, when it does not say of when the snapshot is. */
export function readEnvelope(fields: field.Fields): SnapshotEnvelope | undefined {
  field.warnUnknownKeys(fields, ENVELOPE_KEYS, '')
  field.requiredText(fields, 'apiVersion')
  field.choice(fields, 'apiVersion', ['simplane/v1'])
  field.requiredText(fields, 'kind')
  field.choice(fields, 'kind', ['FleetSnapshot'])
  const takenAt =
    field.requiredText(fields, 'takenAt') === undefined ? undefined : field.instant(fields, 'takenAt')
  const complete = field.flag(fields, 'complete') ?? false
  return takenAt === undefined ? undefined : { takenAt, complete }
}

/** `partial`: why it is a partial inventory; `undefined`: it is whole. One error and there is no snapshot. */
export function conclude(
  envelope: SnapshotEnvelope | undefined,
  problems: Problems,
  file: string,
  partial: string | undefined,
): Conclusion {
  const findings = [...problems.findings]
  if (problems.unshown > 0) {
    const message = `${problems.unshown} more problems of this file are not listed`
    findings.push({
      code: 'invalid-document',
      severity: problems.errors > 0 ? 'error' : 'warning',
      reason: 'bad-value',
      message,
      place: { file, line: 1, column: 1 },
    })
  }
  if (envelope === undefined || problems.errors > 0) return { findings }
  if (partial !== undefined) findings.push(incomplete(file, partial))
  return { envelope: { takenAt: envelope.takenAt, complete: partial === undefined }, findings }
}

function incomplete(file: string, why: string): Finding {
  return {
    code: 'inventory-incomplete',
    severity: 'warning',
    message: `the snapshot is a partial inventory: ${why}; a device that it lacks is not taken as gone`,
    place: { file, line: 1, column: 1 },
    hint: 'export the fleet again for a whole one',
  }
}

/** A text that is no JSON, at its first mistake; it begins on line `firstLine` of the file. */
export function notJson(text: string, file: string, firstLine: number): Finding {
  const { offset, expected } = findJsonError(text)
  const spot = spotOf(text, offset)
  const end = offset >= text.length ? ', and the text ends too early' : ''
  return unreadable(
    file,
    firstLine + spot.line - 1,
    spot.column,
    `is not JSON: expected ${expected} here${end}`,
  )
}

/** A file, or a line of it, that cannot be read at all. */
export function unreadable(
  file: string,
  line: number,
  column: number,
  problem: string,
  hint = 'a fleet snapshot is written by simplane export --fleet',
  reason: Finding['reason'] = 'yaml-syntax',
): Finding {
  const message = `the fleet snapshot ${problem}; it is not read`
  return {
    code: 'invalid-document',
    severity: 'error',
    reason: reason ?? 'yaml-syntax',
    message,
    place: { file, line, column },
    hint,
  }
}
