import type { DeviceRecord, InstalledConfiguration } from '../domain/device.ts'
import type { Capabilities } from '../domain/driver.ts'
import { isApple } from '../domain/device.ts'
import type { Hardware } from '../domain/hardware.ts'
import { ACTIONS, type Action, type PlannedStep } from '../domain/plan.ts'
import type { Decision, Reason } from './decide.ts'
import { stepId, type StepSubject } from './step-id.ts'
import { isPresent } from './view.ts'

/** A step before anybody asked whether it is held. */
export type BareStep = Omit<PlannedStep, 'state' | 'heldBy' | 'holdsFor'>

/**
 * The steps of a decision in their one order (planning.md section 2): delete-record, uninstall or forget, reset,
 * install or update, release or retire. Uninstall comes before reset (S22): after the reset the device may be offline,
 * and a configuration still there could download again in between.
 */
export function stepsOf(hardware: Hardware, decision: Decision, capabilities: Capabilities): BareStep[] {
  const device = hardware.steering
  const { install, update, reset, finish } = decision
  const action = mainAction(decision)
  const make = (subject: StepSubject, reason: Reason, of: Action): BareStep =>
    bareStep(device, subject, reason, of)
  const early = [
    ...staleRecords(hardware, decision).map((record) =>
      make(
        { kind: 'delete-record', record: record.key },
        {
          rule: 'S14',
          because: `${record.key} is the ${record.registration} record of the same device and breaks its provisioning`,
        },
        'clear-stale-record',
      ),
    ),
    ...decision.uninstalls.map(({ entry, ...reason }) => {
      const step = make(removal(device, entry, capabilities), reason, action.removal)
      return step.kind === 'uninstall' && isPresent(entry) ? { ...step, onRemove: entry.onRemove } : step
    }),
  ]
  if (decision.removing || decision.resetImpossible !== undefined) return early
  const late: BareStep[] = []
  if (reset !== undefined) {
    const { causes } = reset
    late.push(make({ kind: 'reset', causes: [...causes, finish?.retirement ?? ''] }, reset, action.reset))
  }
  const put = install ?? update
  if (put !== undefined) {
    const { name, spec } = put.configuration
    const served = install?.redownload === undefined ? {} : { redownload: install.redownload }
    const kind = install === undefined ? 'update' : 'install'
    late.push(make({ kind, configuration: name, spec, ...served }, put, action.put))
  }
  if (finish !== undefined)
    late.push(make({ kind: finish.kind, retirement: finish.retirement }, finish, 'pre-retirement-reset'))
  return [...early, ...late]
}

/** The most far-reaching action of a device; `undefined` without steps. */
export function foremostAction(steps: readonly { readonly action: Action }[]): Action | undefined {
  return [...ACTIONS].reverse().find((action) => steps.some((step) => step.action === action))
}

/** Twins are cleared when a configuration is wanted on the live device, whose install waits for it (S14). */
function staleRecords(hardware: Hardware, decision: Decision): readonly DeviceRecord[] {
  return decision.goal.kind === 'configuration' ? hardware.stale : []
}

function mainAction(decision: Decision): { removal: Action; reset: Action; put: Action } {
  if (decision.finish !== undefined) {
    const all: Action = 'pre-retirement-reset'
    return { removal: all, reset: all, put: all }
  }
  if (decision.reset !== undefined && decision.install !== undefined) {
    const all: Action = 'reset-then-redeploy'
    return { removal: all, reset: all, put: all }
  }
  return { removal: 'uninstall', reset: 'uninstall', put: 'install' }
}

/** On iOS an entry leaves our record only, unless the MDM can take it off (S33). */
function removal(
  device: DeviceRecord,
  entry: InstalledConfiguration,
  capabilities: Capabilities,
): StepSubject {
  const forgets = isApple(device.platform) && !capabilities.ios.steps.includes('uninstall')
  return { kind: forgets ? 'forget' : 'uninstall', configuration: entry.configuration, spec: entry.spec }
}

function bareStep(
  device: DeviceRecord,
  subject: StepSubject,
  { rule, because }: Reason,
  action: Action,
): BareStep {
  return { id: stepId(device, subject), action, ...subject, rule, because }
}
