import type { Hold, HoldSubject, PlannedDevice, StepId, StepKind } from '../domain/plan.ts'
import { compareText } from '../domain/text.ts'
import { holdDigest, holdIds, holdKey } from './holds.ts'

type Gathered = {
  readonly subject: HoldSubject
  readonly step: StepKind
  readonly devices: Set<string>
  readonly steps: StepId[]
}

/**
 * Gathers held steps into holds, by reason, step and configuration, and gives each device its hold ids. A held step
 * without a subject of its own waits behind, and belongs to, the nearest earlier one that has.
 */
export function gatherHolds(devices: readonly PlannedDevice[]): { holds: Hold[]; devices: PlannedDevice[] } {
  const gathered = new Map<string, Gathered>()
  const keyed = devices.map((device) => ({ device, keys: keysOfSteps(device, gathered) }))
  const ids = holdIds(gathered.keys())
  const holds = [...gathered]
    .map(([key, each]) => holdOf(ids.get(key) ?? '', each))
    .sort((a, b) => compareText(a.id, b.id))
  return {
    holds,
    devices: keyed.map(({ device, keys }) => ({
      ...device,
      holds: keys.map((key) => (key === undefined ? undefined : ids.get(key))),
    })),
  }
}

function keysOfSteps(device: PlannedDevice, gathered: Map<string, Gathered>): (string | undefined)[] {
  let current: string | undefined
  return device.steps.map((step) => {
    if (step.state !== 'held') return undefined
    if (step.holdsFor !== undefined) {
      current = holdKey(step.holdsFor, step.kind)
      if (!gathered.has(current))
        gathered.set(current, { subject: step.holdsFor, step: step.kind, devices: new Set(), steps: [] })
    }
    const hold = current === undefined ? undefined : gathered.get(current)
    hold?.devices.add(device.device)
    hold?.steps.push(step.id)
    return current
  })
}

function holdOf(id: string, { subject, step, devices, steps }: Gathered): Hold {
  const [code = 'awaiting-approval'] = subject.codes
  return {
    id,
    code,
    codes: subject.codes,
    step,
    ...(subject.configuration === undefined ? {} : { configuration: subject.configuration }),
    devices: devices.size,
    digest: holdDigest(steps),
  }
}
