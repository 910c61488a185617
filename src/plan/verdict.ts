import type { Assignment } from '../domain/assignment.ts'
import type { FindingCode } from '../domain/finding.ts'
import type { Verdict } from '../domain/journal.ts'
import type { DevicePlan } from '../domain/plan.ts'

const NOT_ELIGIBLE: ReadonlySet<FindingCode> = new Set([
  'ineligible-os',
  'ineligible-edition',
  'ineligible-platform',
  'no-euicc',
  'user-enrolled',
  'registration-frozen',
])
const FAILED: ReadonlySet<FindingCode> = new Set(['retry-exhausted', 'unproven'])
const UNDECIDED: ReadonlySet<FindingCode> = new Set([
  'stale-record-ambiguous',
  'priority-tie',
  'ambiguous-device',
  'unsupported-by-driver',
])

/** One word for where a device stands (contracts.md section 4). `underWay`: a step of it is issued and not settled. */
export function verdictOf(plan: DevicePlan, assignment: Assignment, underWay: boolean): Verdict {
  const codes = plan.findings
    .filter((finding) => finding.device === plan.device)
    .map((finding) => finding.code)
  if (codes.some((code) => FAILED.has(code))) return 'failed'
  if (underWay) return 'working'
  const [first] = plan.steps
  if (first !== undefined) return first.state === 'held' ? 'held' : 'working'
  if (plan.observed.length > 0) return 'drifted'
  if (codes.some((code) => UNDECIDED.has(code))) return 'held'
  const wants = assignment.wanted.kind === 'configuration'
  if (wants && codes.some((code) => NOT_ELIGIBLE.has(code))) return 'not-eligible'
  return 'in-sync'
}
