import { describe, expect } from 'vitest'
import type { DesiredState, DeviceGroup } from '../../../src/domain/desired.ts'
import { DEFAULT_POLICY } from '../../../src/domain/desired.ts'
import type { Store } from '../../../src/domain/store.ts'
import { T0 } from '../records.ts'
import type { Promised } from './world.ts'

/** Each comes after the one before it: what is added, moved, changed, gone, back, equal and written anew, all of it gone. */
const REVISIONS: readonly (readonly DeviceGroup[])[] = [
  [group('a'), group('b'), group('c')],
  [group('c'), group('a'), group('b')],
  [group('c'), group('a', 'for the fair'), group('d')],
  [group('b'), group('c', 'é日本𝄞 "quoted" \\ud800'), group('a', 'for the fair')],
  [group('a', 'for the fair'), group('b'), group('c')],
  [],
  [group('a')],
]

export function desiredPromises(promise: Promised): void {
  describe('the desired state in force', () => {
    promise(
      'is given as it was applied, to whoever applied it and to everybody else',
      async (store, world) => {
        const beside = await world.beside()
        for (const groups of REVISIONS) {
          const desired = stateOf(groups)
          await apply(store, desired)
          expect((await store.inForce())?.desired).toEqual(desired)
          expect((await beside.inForce())?.desired).toEqual(desired)
        }
      },
    )

    promise('is the same whatever the process knew of the one before', async (_store, world) => {
      for (const groups of REVISIONS) {
        const store = await world.reopen()
        await apply(store, stateOf(groups))
        const text = JSON.stringify(stateOf(groups))
        expect(JSON.stringify((await store.inForce())?.desired)).toBe(text)
        expect(JSON.stringify((await (await world.reopen()).inForce())?.desired)).toBe(text)
      }
    })
  })
}

function group(name: string, description?: string): DeviceGroup {
  const place = { file: `${name}.yaml`, line: 1, column: 1 }
  return {
    name,
    ...(description === undefined ? {} : { description }),
    labels: {},
    place,
    places: { 'metadata.name': place },
    devices: [],
    except: { devices: [] },
  }
}

function stateOf(groups: readonly DeviceGroup[]): DesiredState {
  return { configurations: [], groups, retirements: [], policy: DEFAULT_POLICY }
}

async function apply(store: Store, desired: DesiredState): Promise<void> {
  const entry = { revision: { id: 'r' }, at: T0, findings: [], emptySource: false, rewritten: false }
  await store.apply({ ...entry, desired, reach: 'all' })
}
