import type { AdoptedChange } from '../desired/adopting.ts'
import type { DesiredState } from '../domain/desired.ts'
import type { RecordKey } from '../domain/device.ts'
import { decide } from '../plan/decide.ts'
import { ineligibility } from '../plan/eligible.ts'
import { whatFollows } from './adopt-facts.ts'
import type { Looked, LookedAt } from './adopt-fleet.ts'

/** A device with which adopting would do something. */
export type Objection = { readonly device: RecordKey; readonly why: string }

/**
 * Planned with the changed desired state, does every adopted device stay as it is, and does nobody else get a step that
 * was not planned before? That there is no step proves nothing of a device that cannot be planned: each must be seen to
 * have what it is then meant to have.
 */
export function objectionsTo(
  changes: readonly AdoptedChange[],
  before: LookedAt,
  after: LookedAt,
  desired: DesiredState,
): readonly Objection[] {
  const adopted = new Map<RecordKey, AdoptedChange>()
  for (const change of changes) for (const device of change.devices) adopted.set(device, change)
  const objections: Objection[] = []
  for (const [device, looked] of after) {
    const change = adopted.get(device)
    const why =
      change === undefined
        ? disturbed(before.get(device), looked, desired)
        : restless(looked, change, desired)
    if (why !== undefined) objections.push({ device, why })
  }
  for (const device of adopted.keys())
    if (!after.has(device)) objections.push({ device, why: 'it is not in the recorded state' })
  return objections
}

function restless(looked: Looked, change: AdoptedChange, desired: DesiredState): string | undefined {
  const { record, assignment, plan, steps, hardware } = looked
  const [step] = steps
  if (step !== undefined) return `${step.kind}: ${step.because}`
  const { wanted } = assignment
  const meant = change.kind === 'except' ? undefined : change.configuration
  const configuration = desired.configurations.find(({ name }) => name === meant)
  const isMeant =
    meant === undefined
      ? wanted.kind === 'nothing'
      : wanted.kind === 'configuration' && wanted.configuration === meant
  if (!isMeant) return `${wordsOf(wanted)} would be wanted there, not ${meant ?? 'nothing'}`
  if (record.installed === 'unknown' || record.esims === 'unknown') return 'what it has is not known'
  if (hardware.ambiguous !== undefined) return hardware.ambiguous
  const trouble = configuration === undefined ? undefined : ineligibility(configuration.spec, record)
  if (trouble !== undefined) return trouble.why
  const goal =
    configuration === undefined
      ? { kind: 'nothing' as const }
      : { kind: 'configuration' as const, configuration }
  const follows = whatFollows(decide(record, goal))
  if (follows !== undefined) return follows
  const error = plan.findings.find(({ severity }) => severity === 'error')
  return error?.message
}

function disturbed(before: Looked | undefined, after: Looked, desired: DesiredState): string | undefined {
  if (before === undefined) return undefined
  const [was, is] = [before.assignment.wanted, after.assignment.wanted]
  const isOther = JSON.stringify(was) !== JSON.stringify(is)
  if (isOther && !(cannotHave(before, desired) && cannotHave(after, desired)))
    return `${wordsOf(is)} would be wanted there, not ${wordsOf(was)}`
  const known = new Set<string>(before.steps.map(({ id }) => id))
  const step = after.steps.find(({ id }) => !known.has(id))
  return step === undefined ? undefined : `${step.kind}: ${step.because}`
}

/** Nothing is done on a device that cannot have what is wanted there, whichever configuration that is. */
function cannotHave({ record, assignment: { wanted } }: Looked, desired: DesiredState): boolean {
  if (wanted.kind !== 'configuration') return false
  const configuration = desired.configurations.find(({ name }) => name === wanted.configuration)
  return configuration !== undefined && ineligibility(configuration.spec, record) !== undefined
}

function wordsOf(wanted: Looked['assignment']['wanted']): string {
  switch (wanted.kind) {
    case 'nothing':
      return 'nothing'
    case 'configuration':
      return wanted.configuration
    case 'retirement':
      return `retirement ${wanted.retirement}`
    case 'undecided':
      return `nobody can tell what (${wanted.code})`
  }
}
