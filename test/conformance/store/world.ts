import { it } from 'vitest'
import type { BudgetedKind } from '../../../src/domain/desired.ts'
import type { PlannedStep } from '../../../src/domain/plan.ts'
import type { ClaimedStep, Settlement } from '../../../src/domain/journal-store.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { Candidate, DeviceOutcome, PlannedRow, WorkItem } from '../../../src/domain/work-store.ts'
import type { Instant } from '../../../src/domain/time.ts'
import { outcome, seen, T0, takeFacts } from '../records.ts'

/** The ports, and a moment at which candidates are approved. */
export type TestedStore = Store & {
  candidates(kind: BudgetedKind, now?: Instant): Promise<readonly Candidate[]>
}

/** One empty store of an engine, and the ways a test needs to come back to it. Disposing removes it. */
export type StoreWorld = AsyncDisposable & {
  readonly store: TestedStore
  /** Closes the store and opens what it left behind. */
  reopen(): Promise<TestedStore>
  /** The same data as another process sees it. */
  beside(): Promise<TestedStore>
}

/** States a promise and checks it on an empty store. */
export type Promised = (
  title: string,
  check: (store: TestedStore, world: StoreWorld) => Promise<void>,
) => void

export function promiseOn(open: () => Promise<StoreWorld>): Promised {
  return (title, check) =>
    it(title, async () => {
      await using world = await open()
      await check(world.store, world)
    })
}

/** Records devices d-1 ... and takes them off the worklist with the steps that `steps` gives each. */
export async function planned(
  store: Store,
  ids: readonly string[],
  steps: (id: string) => readonly (PlannedStep | PlannedRow)[] = () => [],
  overrides: Partial<DeviceOutcome> = {},
): Promise<readonly WorkItem[]> {
  await store.observe(
    'mdm',
    ids.map((id) => seen({ id })),
    takeFacts,
  )
  const items = await store.work(1000)
  await save(
    store,
    items.map((item) => outcome(item, steps(item.device.record.id), overrides)),
  )
  return items
}

export async function save(
  store: Store,
  outcomes: readonly DeviceOutcome[],
  now = T0,
  revision = 'r1',
): Promise<void> {
  await store.savePlans(outcomes, 1, revision, now)
}

export async function claim(store: Store, now = T0, limit = 100): Promise<readonly ClaimedStep[]> {
  return store.claim(limit, ['mdm'], 1, now, now + 3_600_000)
}

export async function settle(
  store: Store,
  { dev, n }: { readonly dev: number; readonly n: number },
  state: Settlement['state'],
  more: Partial<Settlement> = {},
): Promise<void> {
  await store.settle([{ dev, n, state, at: T0, ...more }])
}

/** Ids of the devices on the worklist, in its order. */
export async function waiting(store: Store): Promise<readonly string[]> {
  return (await store.work(1000)).map(({ device }) => device.record.id)
}
