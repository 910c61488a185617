import { pass } from '../bed/parts.ts'
import { openService } from '../bed/service.ts'
import { memorySource } from '../bed/source.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'
import type { Figure } from '../figure.ts'
import { bareFleet } from '../floors/bare-fleet.ts'
import { Stopwatch } from '../measure.ts'

const TURNS = 20

/** A pass that finds the same revision and nothing to plan: what a service does all day. */
export const NO_OP: Figure = {
  name: 'no-op',
  title: 'no-op pass, without git',
  unit: 'ms',
  goal: 10,
  stages: ['served'],
  floor: 'two commits on the disk',
  async open(bed) {
    const fleet = fleetOf(bed.devices)
    const source = memorySource(documentsOf(fleet.shape))
    const { parts } = bed.stack.use(
      await openService(bed, 'served', { fleet, look: { phase: 'served' }, source }),
    )
    const bare = bed.stack.use(bareFleet(bed.folder, 1))
    return {
      async run() {
        const watch = new Stopwatch()
        let planned = 0
        for (let turn = 0; turn < TURNS; turn += 1)
          planned += (await watch.time(() => pass(parts, { read: true, observe: false }))).counts.planned
        return { value: watch.milliseconds / TURNS, did: { planned } }
      },
      floor: async () => ({ value: (await bare.commit(2 * TURNS)) / TURNS, did: {} }),
    }
  },
}
