import { toRfc3339 } from '../domain/time.ts'
import type { Change, Hold, Plan, PlannedDevice, PlannedStep } from '../domain/plan.ts'
import { findingJson } from './findings-json.ts'

/** A plan as contracts.md section 3 has it, key by key; JSON.stringify may follow at once. */
export function planJson(plan: Plan) {
  const { byAction, byStep } = plan.summary
  return {
    apiVersion: 'simplane/v1',
    kind: 'Plan',
    revision: plan.revision ?? null,
    digest: plan.digest,
    createdAt: toRfc3339(plan.createdAt),
    summary: {
      devices: plan.summary.devices,
      changing: plan.summary.changing,
      unchanged: plan.summary.unchanged,
      steps: plan.summary.steps,
      held: plan.summary.held,
      byAction: {
        install: byAction.install,
        'reset-then-redeploy': byAction['reset-then-redeploy'],
        uninstall: byAction.uninstall,
        'pre-retirement-reset': byAction['pre-retirement-reset'],
        'clear-stale-record': byAction['clear-stale-record'],
      },
      byStep: {
        install: byStep.install,
        update: byStep.update,
        uninstall: byStep.uninstall,
        reset: byStep.reset,
        'delete-record': byStep['delete-record'],
        release: byStep.release,
        retire: byStep.retire,
        forget: byStep.forget,
      },
    },
    changes: plan.changes.map(changeJson),
    holds: plan.holds.map(holdJson),
    devices: plan.devices.map(deviceJson),
    findings: plan.findings.map((finding) => {
      const { reason: _, ...rest } = findingJson(finding)
      return rest
    }),
  }
}

/** A hold, with the command that releases it. */
export function holdJson(hold: Hold) {
  return {
    id: hold.id,
    code: hold.code,
    step: hold.step,
    configuration: hold.configuration ?? null,
    devices: hold.devices,
    digest: hold.digest,
    release: `simplane approve ${hold.id}`,
  }
}

function changeJson(change: Change) {
  return {
    configuration: change.configuration,
    path: change.path,
    from: change.from ?? null,
    to: change.to ?? null,
    source: change.source === undefined ? null : { file: change.source.file, line: change.source.line },
  }
}

function deviceJson(device: PlannedDevice) {
  return {
    device: device.device,
    serialNumber: device.serialNumber ?? null,
    name: device.name ?? null,
    action: device.action ?? null,
    steps: device.steps.map((step, index) => stepJson(step, device.holds[index])),
  }
}

function stepJson(step: PlannedStep, hold: string | undefined) {
  return {
    id: step.id,
    action: step.action,
    kind: step.kind,
    ...(step.configuration === undefined ? {} : { configuration: step.configuration }),
    ...(step.record === undefined ? {} : { record: step.record }),
    ...(step.retirement === undefined ? {} : { retirement: step.retirement }),
    ...(step.redownload === undefined ? {} : { redownload: toRfc3339(step.redownload) }),
    state: step.state,
    ...(step.state === 'held' ? { heldBy: step.heldBy } : {}),
    ...(step.state === 'held' && hold !== undefined ? { hold } : {}),
    rule: step.rule,
    because: step.because,
  }
}
