import { pass } from '../bed/parts.ts'
import { makeRepository } from '../bed/repository.ts'
import { openService } from '../bed/service.ts'
import { documentsOf, type Edit } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'
import { sample } from '../data/random.ts'
import type { Bed, Figure, Opened, Reading } from '../figure.ts'
import { bareFleet } from '../floors/bare-fleet.ts'
import { bareRead } from '../floors/git.ts'
import { Stopwatch } from '../measure.ts'

const FLOOR = 'git names, lists and reads 2 files; bare rows read, bare steps written, same commits'

/** From the commit to the journal: git is asked, the revision read, whom it reaches is planned and written. */
export const EDITS: readonly Figure[] = [
  {
    name: 'edit-small',
    title: 'a configuration of 1,000 devices edited, end to end',
    unit: 'ms',
    goal: 75,
    stages: ['served'],
    floor: FLOOR,
    open: (bed) => edited(bed, { moved: ['laptops-pilot'] }),
  },
  {
    name: 'edit-windows',
    title: 'the configuration of all Windows devices edited',
    unit: 'ms',
    goal: 8_000,
    stages: ['served'],
    floor: FLOOR,
    open: (bed) => edited(bed, { moved: ['laptops'] }),
  },
  {
    name: 'selector-moves',
    title: "a group's selector moves 10,000 devices",
    unit: 'ms',
    goal: 400,
    stages: ['served'],
    floor: FLOOR,
    open: (bed) => edited(bed, { waved: true }),
  },
]

/** Each run on a fresh copy, after another small edit: a service that has worked before, not one that just began. */
async function edited(bed: Bed, edit: Edit): Promise<Opened> {
  const fleet = fleetOf(bed.devices)
  const { shape } = fleet
  const repository = makeRepository(bed.folder, documentsOf(shape))
  let runs = 0
  let last: Reading['did'] = {}

  async function run(): Promise<Reading> {
    repository.commit(documentsOf(shape))
    await using source = await repository.open(`mirror-${(runs += 1)}`)
    await using service = await openService(bed, 'served', { fleet, look: { phase: 'served' }, source })
    const { parts } = service
    await pass(parts, { read: true, observe: false })
    repository.commit(documentsOf(shape, { moved: ['laptops-rehearsal'] }))
    await pass(parts, { read: true, observe: false })
    repository.commit(documentsOf(shape, { ...edit, moved: ['laptops-rehearsal', ...(edit.moved ?? [])] }))
    const watch = new Stopwatch()
    const { counts } = await watch.time(() => pass(parts, { read: true, observe: false }))
    last = { planned: counts.planned, steps: counts.steps }
    return { value: watch.milliseconds, did: last }
  }

  let bare: ReturnType<typeof bareFleet> | undefined
  return {
    run,
    async floor() {
      bare ??= bed.stack.use(bareFleet(bed.folder, bed.devices))
      const { planned = 0, steps = 0 } = last
      const read = await bareRead(repository.folder, (all) => all.slice(0, 2))
      const written = await bare.plan(
        sample(planned, bed.devices, 1).map((at) => at + 1),
        Math.round(steps / Math.max(1, planned)),
      )
      return { value: read + written, did: {} }
    },
  }
}
