import { verifyState } from '../../../src/reconcile/verify.ts'
import { openService } from '../bed/service.ts'
import { memorySource } from '../bed/source.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'
import type { Figure } from '../figure.ts'
import { bareFleet } from '../floors/bare-fleet.ts'
import { Stopwatch } from '../measure.ts'

/** Everything planned from scratch and compared with the journal: a fleet whose every device has a step. */
export const VERIFY_STATE: Figure = {
  name: 'verify-state',
  title: 'verify-state: everything from scratch and compared',
  unit: 'ms',
  goal: 3_000,
  memory: 350,
  stages: ['planned'],
  floor: 'every bare row and text read, every text parsed',
  async open(bed) {
    const fleet = fleetOf(bed.devices)
    const source = memorySource(documentsOf(fleet.shape))
    const { parts } = bed.stack.use(
      await openService(bed, 'planned', { fleet, look: { phase: 'bare' }, source }),
    )
    const inForce = await parts.store.inForce()
    if (inForce === undefined) throw new Error('no revision is in force')
    let bare: ReturnType<typeof bareFleet> | undefined
    return {
      async run() {
        const watch = new Stopwatch()
        const { signal } = new AbortController()
        const { devices, steps, different, differences } = await watch.time(() =>
          verifyState(parts, inForce, { signal }),
        )
        if (different > 0) throw new Error(`planning from scratch differs: ${JSON.stringify(differences[0])}`)
        return { value: watch.milliseconds, did: { compared: devices, steps, different } }
      },
      async floor() {
        bare ??= bed.stack.use(
          bareFleet(bed.folder, bed.devices, JSON.stringify(fleet.record(0, { phase: 'bare' }))),
        )
        return { value: await bare.scan((facts) => void JSON.parse(facts)), did: {} }
      },
    }
  },
}
