import { createHash } from 'node:crypto'
import type { Hold, HoldSubject, PlannedDevice, PlannedStep, StepId, StepKind } from '../domain/plan.ts'
import { compareText } from '../domain/text.ts'
import { holdDigest, holdIds, holdKey } from './holds.ts'

/** What a hold is about, before anybody counted what it holds. */
export type HoldTopic = { readonly subject: HoldSubject; readonly step: StepKind }

type Gathered = HoldTopic & { readonly devices: Set<string>; readonly steps: StepId[] }

/**
 * Gathers held steps into holds, by reason, step and configuration, and gives each device its hold ids. A held step
 * without a subject of its own waits behind, and belongs to, the nearest earlier one that has.
 */
export function gatherHolds(devices: readonly PlannedDevice[]): { holds: Hold[]; devices: PlannedDevice[] } {
  const gathered = new Map<string, Gathered>()
  const keyed = devices.map((device) => ({ device, keys: gather(device, gathered) }))
  const ids = holdIds(gathered.keys())
  const holds = [...gathered].map(([key, { devices: held, steps, ...topic }]) =>
    holdOf(ids.get(key) ?? '', topic, held.size, holdDigest(steps)),
  )
  return {
    holds: sortHolds(holds),
    devices: keyed.map(({ device, keys }) => ({
      ...device,
      holds: keys.map((key) => (key === undefined ? undefined : ids.get(key))),
    })),
  }
}

function gather(device: PlannedDevice, gathered: Map<string, Gathered>): readonly (string | undefined)[] {
  for (const [key, topic] of holdTopics(device.steps))
    if (!gathered.has(key)) gathered.set(key, { ...topic, devices: new Set(), steps: [] })
  const keys = holdKeys(device.steps)
  for (const [index, step] of device.steps.entries()) {
    const hold = gathered.get(keys[index] ?? '')
    hold?.devices.add(device.device)
    hold?.steps.push(step.id)
  }
  return keys
}

type HeldStep = Pick<PlannedStep, 'kind' | 'state' | 'holdsFor'>

/** By step index: the key of the hold that a held step belongs to. */
export function holdKeys(steps: readonly HeldStep[]): readonly (string | undefined)[] {
  let current: string | undefined
  return steps.map(({ kind, state, holdsFor }) => {
    if (state !== 'held') return undefined
    if (holdsFor !== undefined) current = holdKey(holdsFor, kind)
    return current
  })
}

/** What the holds of these steps are about, by their keys. */
export function holdTopics(steps: readonly HeldStep[]): ReadonlyMap<string, HoldTopic> {
  const topics = new Map<string, HoldTopic>()
  for (const { kind, state, holdsFor } of steps) {
    if (state !== 'held' || holdsFor === undefined) continue
    topics.set(holdKey(holdsFor, kind), { subject: holdsFor, step: kind })
  }
  return topics
}

/** A hold of so many devices; `digest`: see `holdDigest`. */
export function holdOf(id: string, { subject, step }: HoldTopic, devices: number, digest: string): Hold {
  const [code = 'awaiting-approval'] = subject.codes
  return {
    id,
    code,
    codes: subject.codes,
    step,
    ...(subject.configuration === undefined ? {} : { configuration: subject.configuration }),
    devices,
    digest,
  }
}

/** Holds in the order of a plan: by id. */
export function sortHolds(holds: readonly Hold[]): Hold[] {
  return [...holds].sort((a, b) => compareText(a.id, b.id))
}

/** `holdDigest` of step ids that come sorted already, in runs. */
export function holdDigestOf(sorted: Iterable<readonly string[]>): string {
  const hash = createHash('sha256')
  let before = ''
  for (const ids of sorted) {
    if (ids.length === 0) continue
    hash.update(before + ids.join('\n'))
    before = '\n'
  }
  return `sha256:${hash.digest('hex')}`
}
