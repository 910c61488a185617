import { inProcess } from '../bed/order.ts'
import { cacheFor, isBuilt } from '../bed/stages.ts'
import type { Bed, Figure, Opened } from '../figure.ts'
import type { Stage } from '../bed/stages.ts'

/** Peak memory of another figure at this size; its floor is the same at a tenth of the fleet, so that about 1 is flat. */
export const MEMORY: readonly Figure[] = [
  memory('first-plan', 'observed', 'first plan: memory, against a tenth of the fleet', 350),
  memory('verify-state', 'planned', 'verify-state: memory, against a tenth of the fleet', 350),
]

function memory(name: string, stage: Stage, title: string, goal: number): Figure {
  return {
    name: `memory-${name}`,
    title,
    unit: 'MB',
    goal,
    stages: [stage],
    floor: 'the same with a tenth of the devices',
    runs: 1,
    cold: true,
    open: (bed) => compared(bed, name, stage),
  }
}

async function compared(bed: Bed, name: string, stage: Stage): Promise<Opened> {
  let last = 0
  async function peak(devices: number, cache: string): Promise<{ value: number; did: { devices: number } }> {
    if (!isBuilt(cache, stage)) await inProcess({ kind: 'stage', stage, devices, cache }, () => undefined)
    const result = await inProcess({ kind: 'figure', name, devices, runs: 1, cache }, () => undefined)
    last = result?.memory ?? 0
    return { value: last, did: { devices } }
  }
  const tenth = Math.max(1_000, Math.round(bed.devices / 10))
  return {
    run: () => peak(bed.devices, bed.cache),
    floor: () => peak(tenth, cacheFor(tenth)),
    peak: () => last,
  }
}
