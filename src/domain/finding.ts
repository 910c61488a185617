import type { Place } from './desired.ts'
import type { RecordKey } from './device.ts'

export type Severity = 'error' | 'warning' | 'info'

/** The public codes (contracts.md section 3). Each has a page: `simplane explain CODE`. */
export const FINDING_CODES = [
  'invalid-document',
  'duplicate-name',
  'unknown-group',
  'unknown-device',
  'ambiguous-device',
  'selects-nobody',
  'group-shrank',
  'priority-tie',
  'outranked',
  'ineligible-platform',
  'ineligible-os',
  'ineligible-edition',
  'no-euicc',
  'user-enrolled',
  'registration-frozen',
  'duplicate-active',
  'stale-record-ambiguous',
  'identity-masked',
  'unmanaged-configuration',
  'esim-adopted',
  'esim-disabled',
  'residual-esim',
  'foreign-esim',
  'collateral-esim',
  'personal-device',
  'esim-may-remain',
  'esim-state-unknown',
  'would-strand',
  'retire-before-reset',
  'retired-device-returned',
  'unsupported-by-driver',
  'unproven',
  'budget-exceeded',
  'awaiting-approval',
  'inventory-incomplete',
  'stale-observation',
  'suspended',
  'retry-exhausted',
  'empty-source',
] as const
export type FindingCode = (typeof FINDING_CODES)[number]

/** Why a document is not valid. */
export type InvalidReason =
  | 'yaml-syntax'
  | 'unknown-key'
  | 'duplicate-key'
  | 'wrong-type'
  | 'missing-key'
  | 'bad-value'
  | 'unsupported-yaml'
  | 'too-large'

/** Something a person should know, with its place and what to do. Expected trouble is a finding, never a throw. */
export type Finding = {
  readonly code: FindingCode
  readonly severity: Severity
  /** One sentence: what is wrong, where it is not said by `place`, and what happens instead. */
  readonly message: string
  /** `invalid-document` only. */
  readonly reason?: InvalidReason
  /** The rule of the domain it rests on, `S4`. */
  readonly rule?: string
  readonly device?: RecordKey
  readonly configuration?: string
  readonly place?: Place
  /** How many columns the caret underlines; absent: 1. */
  readonly length?: number
  /** What to do. */
  readonly hint?: string
  /** Further labelled lines under the caret: `expected`, `write`, `why`, `instead`. */
  readonly notes?: readonly { readonly label: string; readonly text: string }[]
}
