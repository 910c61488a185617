import { deepStrictEqual } from 'node:assert/strict'
import {
  array,
  assert,
  asyncProperty,
  constant,
  constantFrom,
  integer,
  oneof,
  record,
  uniqueArray,
  type Arbitrary,
} from 'fast-check'
import { describe } from 'vitest'
import type { Store } from '../../../src/domain/store.ts'
import type { StoredDevice } from '../../../src/domain/stored-device.ts'
import type { WorkItem } from '../../../src/domain/work-store.ts'
import { DAY } from '../../../src/domain/time.ts'
import { keyOf, outcome, seen, step, T0, takeFacts } from '../records.ts'
import { claim, listed, type Promised, save, settle } from './world.ts'

type Call =
  | { readonly do: 'observe'; readonly id: string; readonly name: string; readonly serial: string }
  | { readonly do: 'delete'; readonly id: string }
  | { readonly do: 'enlist'; readonly ids: readonly string[] }
  | { readonly do: 'take' }
  | { readonly do: 'save'; readonly steps: number }
  | { readonly do: 'claim' }
  | { readonly do: 'settle'; readonly id: string; readonly state: 'proven' | 'accepted' | 'ready' }

const NOBODY = '****'
const ids = constantFrom('a', 'b', 'c', 'd')
const states = constantFrom('proven' as const, 'accepted' as const, 'ready' as const)
const calls: Arbitrary<Call> = oneof(
  // Few serial numbers, so that devices are siblings more often than not.
  record({
    do: constant('observe' as const),
    id: ids,
    name: constantFrom('x', 'y'),
    serial: constantFrom('S1', 'S2', NOBODY),
  }),
  record({ do: constant('delete' as const), id: ids }),
  record({ do: constant('enlist' as const), ids: uniqueArray(ids) }),
  record({ do: constant('take' as const) }),
  record({ do: constant('save' as const), steps: integer({ min: 0, max: 2 }) }),
  record({ do: constant('claim' as const) }),
  record({ do: constant('settle' as const), id: ids, state: states }),
)

export function historyPromises(promise: Promised): void {
  describe('any history of calls', () => {
    promise('loses no device and plans none without cause', async (store) => {
      const histories = asyncProperty(array(calls, { maxLength: 40 }), async (history) => {
        for (const device of await store.scan(0, 99)) await store.putRecord(device.record.key, undefined)
        const model = new Model(store)
        for (const call of history) {
          await model.apply(call)
          await model.compare()
        }
      })
      await assert(histories, { numRuns: 150 })
    })
  })
}

/** What of a device counts, when it last entered the worklist (absent: not on it), and what is planned of it. */
type Modelled = {
  name: string
  serial: string
  entered: number | undefined
  underWay: boolean
  steps: number
}

const NO_DEVICE: Modelled = { name: '', serial: '', entered: undefined, underWay: false, steps: 0 }

function idsOf(devices: readonly StoredDevice[]): string[] {
  return devices.map(({ record: { id } }) => id).toSorted()
}

/** The worklist, small enough to be seen to be right, beside the store. */
class Model {
  readonly #store: Store
  readonly #devices = new Map<string, Modelled>()
  #taken: readonly {
    readonly item: WorkItem
    readonly device: Modelled
    readonly entered: number | undefined
  }[] = []
  #entries = 0
  #now = T0

  constructor(store: Store) {
    this.#store = store
  }

  async apply(call: Call): Promise<void> {
    switch (call.do) {
      case 'observe':
        return this.#observe(call.id, call.name, call.serial)
      case 'delete':
        return this.#delete(call.id)
      case 'enlist':
        return this.#enlist(call.ids)
      case 'take':
        return this.#take()
      case 'save':
        return this.#save(call.steps)
      case 'claim':
        return this.#claim()
      case 'settle':
        return this.#settle(call.id, call.state)
    }
  }

  async compare(): Promise<void> {
    const waiting = [...this.#devices].filter(([, { entered }]) => entered !== undefined)
    const visible = waiting.filter(([, { underWay }]) => !underWay).map(([id]) => id)
    const { items, siblings } = await this.#store.work(99, T0)
    deepStrictEqual(idsOf(items.map(({ device }) => device)), visible.toSorted())
    deepStrictEqual(idsOf(siblings), this.#relatedTo(new Set(visible)).toSorted())
    for (const { device } of items)
      if (device.isSingle === true) deepStrictEqual(this.#relatedTo(new Set([device.record.id])), [])
    deepStrictEqual(await this.#store.workSize(), waiting.length)
    const stored = await this.#store.scan(0, 99)
    deepStrictEqual(idsOf(stored), [...this.#devices.keys()].toSorted())
    const audited = (await this.#store.audit(0, 99, T0)).items.map(
      ({ device, underWay, waiting: waits, steps }) => {
        const { entered, ...modelled } = this.#devices.get(device.record.id) ?? NO_DEVICE
        deepStrictEqual([waits, underWay], [entered !== undefined, modelled.underWay])
        deepStrictEqual(steps.length, modelled.steps - Number(underWay))
        return device
      },
    )
    deepStrictEqual(idsOf(audited), idsOf(stored))
    deepStrictEqual(await this.#store.unsettled(), (await this.#store.counts()).open)
  }

  /** The others that share a serial number with one of these. */
  #relatedTo(those: ReadonlySet<string>): string[] {
    const serials = new Set([...those].map((id) => this.#devices.get(id)?.serial))
    const others = [...this.#devices].filter(([id, { serial }]) => !those.has(id) && serials.has(serial))
    return others.filter(([, { serial }]) => serial !== NOBODY).map(([id]) => id)
  }

  async #observe(id: string, name: string, serial: string): Promise<void> {
    const before = this.#devices.get(id)
    const changed = before?.name !== name || before.serial !== serial
    const observed = await this.#store.observe('mdm', [seen({ id, name, serialNumber: serial })], takeFacts)
    deepStrictEqual(observed.changed, Number(changed))
    if (!changed) return
    const former = before?.serial ?? serial
    const device = before ?? { name, serial, entered: undefined, underWay: false, steps: 0 }
    this.#devices.set(id, Object.assign(device, { name, serial }))
    this.#enter(id, former, serial)
  }

  async #delete(id: string): Promise<void> {
    const before = this.#devices.get(id)
    await this.#store.putRecord(keyOf(id), undefined)
    this.#devices.delete(id)
    if (before !== undefined) this.#enter(id, before.serial)
  }

  async #enlist(wanted: readonly string[]): Promise<void> {
    const known = await this.#store.get(wanted.map((id) => keyOf(id)))
    deepStrictEqual(
      await this.#store.enlist(
        known.map(({ dev }) => dev),
        T0,
      ),
      known.length,
    )
    for (const { record: device } of known) this.#enter(device.id)
  }

  async #take(): Promise<void> {
    this.#taken = (await listed(this.#store)).flatMap((item) => {
      const device = this.#devices.get(item.device.record.id)
      return device === undefined ? [] : [{ item, device, entered: device.entered }]
    })
  }

  async #save(count: number): Promise<void> {
    const steps = Array.from({ length: count }, (_, at) => `step-${at}`)
    const outcomes = this.#taken.map(({ item }) =>
      outcome(
        item,
        steps.map((id) => step(`${item.device.dev}-${id}`)),
      ),
    )
    await save(this.#store, outcomes)
    for (const { item, device, entered } of this.#taken) {
      const now = this.#devices.get(item.device.record.id)
      // Planned by this list already, and not changed since: planned once more, to no other end.
      const current = now === device && (device.entered === entered || device.entered === undefined)
      if (current && !device.underWay && !this.#moved(item))
        Object.assign(device, { entered: undefined, steps: count })
    }
  }

  async #claim(): Promise<void> {
    const claimed = (await claim(this.#store, T0 + 1)).map(({ stored }) => stored.record.id)
    const free = [...this.#devices].filter(
      ([, it]) => it.steps > 0 && it.entered === undefined && !it.underWay,
    )
    deepStrictEqual(claimed.toSorted(), free.map(([id]) => id).toSorted())
    for (const [, device] of free) device.underWay = true
  }

  async #settle(id: string, state: 'proven' | 'accepted' | 'ready'): Promise<void> {
    const device = this.#devices.get(id)
    // Whoever asked before may have been given it for a while.
    this.#now += DAY
    const underWay = await this.#store.underWay(this.#now, 99)
    const issued = underWay.find(({ stored }) => stored.record.id === id)
    deepStrictEqual(issued !== undefined, device?.underWay === true)
    if (issued === undefined || device === undefined) return
    await settle(this.#store, issued, state)
    if (state === 'accepted') return
    device.underWay = false
    if (state === 'ready') return
    device.steps -= 1
    this.#enter(id, device.serial)
  }

  #enter(id: string, ...serials: readonly string[]): void {
    for (const [other, device] of this.#devices) {
      if (other !== id && (device.serial === NOBODY || !serials.includes(device.serial))) continue
      this.#entries += 1
      device.entered = this.#entries
    }
  }

  /** Facts other than those it was planned with. */
  #moved({ device: { record: then } }: WorkItem): boolean {
    const now = this.#devices.get(then.id)
    return now?.name !== then.name || now?.serial !== then.serialNumber
  }
}
