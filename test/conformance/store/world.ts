import { it } from 'vitest'
import type { PlannedStep, StepId } from '../../../src/domain/plan.ts'
import type { ClaimedStep, Settlement } from '../../../src/domain/journal-store.ts'
import type { Store } from '../../../src/domain/store.ts'
import type { DeviceOutcome, PlannedRow, PlanStamp, WorkItem } from '../../../src/domain/work-store.ts'
import type { Instant } from '../../../src/domain/time.ts'
import { keyOf, outcome, seen, T0, takeFacts } from '../records.ts'

/** One empty store of an engine, and the ways a test needs to come back to it. Disposing removes it. */
export type StoreWorld = AsyncDisposable & {
  readonly store: Store
  /** Closes the store and opens what it left behind. */
  reopen(): Promise<Store>
  /** The same data as another process sees it. */
  beside(): Promise<Store>
}

/** States a promise and checks it on an empty store. */
export type Promised = (title: string, check: (store: Store, world: StoreWorld) => Promise<void>) => void

export function promiseOn(open: () => Promise<StoreWorld>): Promised {
  return (title, check) =>
    it(title, async () => {
      await using world = await open()
      await check(world.store, world)
    })
}

/** What is planned for a device: steps, or rows with more than the first attempt. */
export type Steps = readonly (PlannedStep | PlannedRow)[]

/** Records devices and takes them off the worklist with the steps that `steps` gives each. */
export async function planned(
  store: Store,
  ids: readonly string[],
  steps: (id: string) => Steps = () => [],
  overrides: Partial<DeviceOutcome> = {},
  stamp: Partial<PlanStamp> = {},
): Promise<readonly WorkItem[]> {
  await store.observe(
    'mdm',
    ids.map((id) => seen({ id })),
    takeFacts,
  )
  const items = await listed(store)
  await save(
    store,
    items.map((item) => outcome(item, steps(item.device.record.id), overrides)),
    stamp,
  )
  return items
}

/** Plans one device once more. */
export async function planAgain(
  store: Store,
  id: string,
  steps: Steps = [],
  overrides: Partial<DeviceOutcome> = {},
  stamp: Partial<PlanStamp> = {},
): Promise<void> {
  await store.enlist([await devOf(store, id)], T0)
  const item = (await listed(store)).find(({ device }) => device.record.id === id)
  if (item === undefined) throw new Error(`${id} is not on the worklist`)
  await save(store, [outcome(item, steps, overrides)], stamp)
}

/** Writes plans under revision r1, with no budget. */
export async function save(
  store: Store,
  outcomes: readonly DeviceOutcome[],
  stamp: Partial<PlanStamp> = {},
): Promise<void> {
  await store.savePlans(outcomes, { run: 1, revision: 'r1', now: T0, limited: [], ...stamp })
}

export async function claim(store: Store, now = T0, limit = 100): Promise<readonly ClaimedStep[]> {
  return store.claim(limit, ['mdm'], 1, now, now + 3_600_000)
}

/** As it was given, as an executor does it. */
export async function settle(
  store: Store,
  { dev, n, lease }: Pick<ClaimedStep, 'dev' | 'n' | 'lease'>,
  state: Settlement['state'],
  more: Partial<Settlement> = {},
): Promise<void> {
  await store.settle([{ dev, n, state, at: T0, ...(lease === undefined ? {} : { lease }), ...more }])
}

/** Plans, issues and settles one step of a device, from nothing to its end. */
export async function runStep(
  store: Store,
  id: string,
  row: PlannedStep | PlannedRow,
  state: Settlement['state'],
  more: Partial<Settlement> = {},
  stamp: Partial<PlanStamp> = {},
): Promise<void> {
  await planAgain(store, id, [row], {}, stamp)
  const claimed = (await claim(store)).find(({ stored }) => stored.record.id === id)
  if (claimed === undefined) throw new Error(`no step of ${id} was issued`)
  await settle(store, claimed, state, more)
}

/** Everybody on the worklist that may be planned, in its order. */
export async function listed(store: Store, now: Instant = T0): Promise<readonly WorkItem[]> {
  return (await store.work(1000, now)).items
}

/** Ids of the devices on the worklist, in its order. */
export async function waiting(store: Store): Promise<readonly string[]> {
  return (await listed(store)).map(({ device }) => device.record.id)
}

/** Takes everybody off the worklist, with nothing to do. */
export async function planNothing(store: Store): Promise<void> {
  await save(
    store,
    (await listed(store)).map((item) => outcome(item)),
  )
}

export async function devOf(store: Store, id: string): Promise<number> {
  const [stored] = await store.get([keyOf(id)])
  if (stored === undefined) throw new Error(`there is no device ${id}`)
  return stored.dev
}

/** Approves these steps of one device from T0 on. */
export async function approve(
  store: Store,
  device: string,
  steps: readonly string[],
  expiresAt: Instant = T0 + 100,
): Promise<void> {
  const dev = await devOf(store, device)
  await store.approve({
    hold: 'h-1',
    codes: ['budget-exceeded'],
    by: 'ann',
    at: T0,
    expiresAt,
    steps: steps.map((id) => ({ dev, id: id as StepId })),
  })
}

/** The steps of a device that are planned, in the order in which they run: id, state, why it and why this very one is held. */
export async function holdings(
  store: Store,
  device: string,
): Promise<readonly (readonly [id: string, state: string, heldBy: readonly string[], holdsFor: unknown])[]> {
  const dev = await devOf(store, device)
  const { items } = await store.audit(dev - 1, 1, T0)
  return (items[0]?.steps ?? []).map(({ step: { id, heldBy, holdsFor }, state }) => [
    id,
    state,
    heldBy,
    holdsFor,
  ])
}
