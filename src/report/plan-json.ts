import { toRfc3339 } from '../domain/time.ts'
import type { Finding } from '../domain/finding.ts'
import type { Change, Hold, Plan } from '../domain/plan.ts'
import type { PlanOutline, ToldDevice } from '../domain/plan-outline.ts'
import { findingJson } from './findings-json.ts'

/** A plan as contracts.md section 3 has it, key by key; JSON.stringify may follow at once. */
export function planJson(plan: Plan) {
  return {
    ...headJson(plan),
    devices: plan.devices.map(deviceJson),
    findings: plan.findings.map(planFindingJson),
  }
}

/** The JSON of a plan that is not in memory, piece by piece: the very text of `planJson` with two spaces a level. */
export function* outlineJson(plan: PlanOutline): Generator<string, void> {
  yield `${JSON.stringify(headJson(plan), null, 2).slice(0, -2)},\n  "devices": `
  yield* listPieces(plan.eachDevice(), deviceJson)
  yield ',\n  "findings": '
  yield* listPieces(plan.eachFinding(), planFindingJson)
  yield '\n}\n'
}

function* listPieces<T>(values: Iterable<T>, jsonOf: (value: T) => unknown): Generator<string, void> {
  let before = '[\n    '
  for (const value of values) {
    yield before + JSON.stringify(jsonOf(value), null, 2).replaceAll('\n', '\n    ')
    before = ',\n    '
  }
  yield before.startsWith('[') ? '[]' : '\n  ]'
}

function headJson(plan: Omit<Plan, 'devices' | 'findings'>) {
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
  }
}

function planFindingJson(finding: Finding) {
  const { reason: _, ...rest } = findingJson(finding)
  return rest
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

function deviceJson(device: ToldDevice) {
  return {
    device: device.device,
    serialNumber: device.serialNumber ?? null,
    name: device.name ?? null,
    action: device.action ?? null,
    steps: device.steps.map((step, index) => stepJson(step, device.holds[index])),
  }
}

function stepJson(step: ToldDevice['steps'][number], hold: string | undefined) {
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
