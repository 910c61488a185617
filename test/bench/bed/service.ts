import type { Source } from '../../../src/domain/source.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { Parts } from '../../../src/reconcile/parts.ts'
import { openStore } from '../../../src/store/sqlite/open.ts'
import type { TestClock } from '../../clock.ts'
import type { Fleet, Look } from '../data/fleet.ts'
import type { Bed } from '../figure.ts'
import { fleetDriver } from './driver.ts'
import { benchClock, partsOf } from './parts.ts'
import { copyStage, type Stage } from './stages.ts'

/** A service on a copy of a stage, with nothing running yet. */
export type Service = AsyncDisposable & {
  readonly parts: Parts
  readonly store: Store
  readonly clock: TestClock
  readonly path: string
}

export async function openService(
  bed: Bed,
  stage: Stage,
  given: { readonly fleet: Fleet; readonly look: Look; readonly source: Source },
): Promise<Service> {
  const path = copyStage(bed.cache, stage, bed.folder)
  const store = await openStore(path)
  const clock = benchClock()
  const { fleet, look, source } = given
  return {
    store,
    clock,
    path,
    parts: partsOf({
      store,
      source,
      driver: fleetDriver(fleet, look),
      clock,
      place: { kind: 'sqlite', path },
    }),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
