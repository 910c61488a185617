import { pass } from '../bed/parts.ts'
import { openService } from '../bed/service.ts'
import { memorySource } from '../bed/source.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'
import type { Figure } from '../figure.ts'
import { bareFleet } from '../floors/bare-fleet.ts'
import { Stopwatch } from '../measure.ts'

/** The first revision of a fleet that has nothing: every device an install, in the journal. */
export const FIRST_PLAN: Figure = {
  name: 'first-plan',
  title: 'first plan, every device an install, journaled',
  unit: 'ms',
  goal: 10_000,
  memory: 350,
  stages: ['observed'],
  floor: 'every bare row read, a bare step written for it, same commits',
  async open(bed) {
    const fleet = fleetOf(bed.devices)
    let bare: ReturnType<typeof bareFleet> | undefined
    return {
      async run() {
        const source = memorySource(documentsOf(fleet.shape))
        await using service = await openService(bed, 'observed', { fleet, look: { phase: 'bare' }, source })
        const watch = new Stopwatch()
        const { counts } = await watch.time(() => pass(service.parts, { read: true, observe: false }))
        return { value: watch.milliseconds, did: { planned: counts.planned, steps: counts.steps } }
      },
      async floor() {
        bare ??= bed.stack.use(bareFleet(bed.folder, bed.devices))
        const everybody = Array.from({ length: bed.devices }, (_, at) => at + 1)
        return { value: await bare.plan(everybody, 1), did: {} }
      },
    }
  },
}
