import type { Place } from '../domain/desired.ts'
import type { Finding, FindingCode, InvalidReason } from '../domain/finding.ts'
import type { Spot } from './tree.ts'
import { spotOf } from './tree.ts'

/** Takes a finding. Readers tell and go on, so that one pass over a file finds everything. */
export type Tell = (finding: Finding) => void

/** Nobody reads more of one file; beyond it a hostile file would only fill the memory. */
const MOST_TOLD = 10_000

/** Passes the first findings on, and drops the rest. */
export function upToMost(tell: Tell): Tell {
  let told = 0
  return (finding) => {
    told += 1
    if (told <= MOST_TOLD) tell(finding)
  }
}

/** What a finding says beside its message. */
export type Details = Partial<Pick<Finding, 'rule' | 'hint' | 'notes' | 'configuration'>>

/** The document is not valid: nothing of this revision is put in force. */
export function invalid(reason: InvalidReason, spot: Spot, message: string, details: Details = {}): Finding {
  return { code: 'invalid-document', severity: 'error', reason, message, ...spotOf(spot), ...details }
}

/** Any other error of the desired state. */
export function wrong(code: FindingCode, spot: Spot, message: string, details: Details = {}): Finding {
  return { code, severity: 'error', message, ...spotOf(spot), ...details }
}

/** Valid, and probably not meant. */
export function warning(code: FindingCode, spot: Spot, message: string, details: Details = {}): Finding {
  return { code, severity: 'warning', message, ...spotOf(spot), ...details }
}

/** `groups/field-laptops.yaml:3` */
export function whereIs(place: Place): string {
  return `${place.file}:${place.line}`
}

/** A piece of what was written, short enough for a message. */
export function quoted(text: string): string {
  const LONGEST = 80
  return text.length <= LONGEST ? `"${text}"` : `"${text.slice(0, LONGEST)}…" (${text.length} characters)`
}
