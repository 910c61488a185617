import type { RecordKey } from '../domain/device.ts'
import type { DeviceFilter } from '../domain/read-store.ts'
import type { Store } from '../domain/store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { AuditItem } from '../domain/work-store.ts'
import type { Instant } from '../domain/time.ts'

const PAGE = 1_000

/** Every record, page by page, in order of `dev`. */
export async function* walkFleet(store: Pick<Store, 'scan'>): AsyncGenerator<StoredDevice> {
  for (let after = 0; ;) {
    const page = await store.scan(after, PAGE)
    yield* page
    const last = page.at(-1)
    if (last === undefined) return
    after = last.dev
  }
}

/** Every record with what is planned for it, page by page, in order of `dev`. */
export async function* walkPlans(store: Pick<Store, 'audit'>, now: Instant): AsyncGenerator<AuditItem> {
  for (let after = 0; ;) {
    const { items } = await store.audit(after, PAGE, now)
    yield* items
    const last = items.at(-1)
    if (last === undefined) return
    after = last.device.dev
  }
}

/** The devices of which something is true, page by page, by key. */
export async function* walkMatching(
  store: Pick<Store, 'devices'>,
  filter: DeviceFilter,
): AsyncGenerator<StoredDevice> {
  for (let after: RecordKey | undefined; ;) {
    const page = await store.devices(filter, PAGE, after)
    yield* page
    after = page.at(-1)?.record.key
    if (after === undefined || page.length < PAGE) return
  }
}
