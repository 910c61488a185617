import { ACTIONS, STEP_KINDS, type PlanSummary, type PlannedStep } from '../domain/plan.ts'
import { foremostAction } from './steps.ts'

/** Devices with the same steps, as far as a summary counts them. */
type Alike = {
  readonly steps: readonly Pick<PlannedStep, 'kind' | 'action' | 'state'>[]
  readonly devices: number
}

/** Counts; `byAction` counts each device once, `held` counts steps. `total`: all devices, changing or not. */
export function summarise(total: number, changing: readonly Alike[]): PlanSummary {
  const byAction = noneOf(ACTIONS)
  const byStep = noneOf(STEP_KINDS)
  let [devices, steps, held] = [0, 0, 0]
  for (const each of changing) {
    devices += each.devices
    const action = foremostAction(each.steps)
    if (action !== undefined) byAction[action] += each.devices
    for (const step of each.steps) {
      steps += each.devices
      byStep[step.kind] += each.devices
      if (step.state === 'held') held += each.devices
    }
  }
  return { devices: total, changing: devices, unchanged: total - devices, steps, held, byAction, byStep }
}

function noneOf<const Name extends string>(names: readonly Name[]): Record<Name, number> {
  return Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>
}
