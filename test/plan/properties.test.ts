import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DesiredState } from '../../src/domain/desired.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { Plan, PlannedDevice, PlannedStep } from '../../src/domain/plan.ts'
import { assign, indexAssignments } from '../../src/plan/assign.ts'
import { planContext } from '../../src/plan/context.ts'
import { planDevice } from '../../src/plan/device.ts'
import { ambiguousReferences } from '../../src/plan/fleet-findings.ts'
import { gatherHardware } from '../../src/plan/hardware.ts'
import { arbitraryWorld, type World } from './arbitrary.ts'
import { NOW } from './builders.ts'
import { bare, planOf } from './spoken.ts'
import { aimOf, applyToFleet, reaches, Refused } from './world.ts'

const RUNS = { numRuns: 2000 }

function plan({ state, records }: World): Plan {
  return planOf(state, records)
}

function after(
  records: readonly DeviceRecord[],
  device: PlannedDevice,
  steps: readonly PlannedStep[],
): readonly DeviceRecord[] {
  return steps.reduce<readonly DeviceRecord[]>(
    (now, step) => applyToFleet(now, device.device, step, NOW),
    records,
  )
}

function onDevice(of: Plan, device: string): readonly PlannedStep[] {
  return of.devices.find((each) => each.device === device)?.steps ?? []
}

/** Trying over what cannot be seen may fail for good (S32): promises about the end are made for complete lists. */
function isSeen(record: DeviceRecord | undefined): record is DeviceRecord {
  return (
    record !== undefined &&
    record.platform === 'windows' &&
    record.esims !== 'unknown' &&
    record.esimsComplete
  )
}

/** Its uninstall is under way, or it cannot be reset at all: the plan ends early and says so. */
function endsEarly(record: DeviceRecord, of: Plan): boolean {
  const entries = record.installed === 'unknown' ? [] : record.installed
  const cut = of.findings.some((each) => each.device === record.key && each.code === 'ineligible-os')
  return cut || entries.some((entry) => entry.state === 'removing')
}

function planned(world: World, check: (device: PlannedDevice, record: DeviceRecord, of: Plan) => void): void {
  const of = plan(world)
  for (const device of of.devices) {
    const record = world.records.find((each) => each.key === device.device)
    if (record === undefined) throw new Error('a plan for a device that is not there')
    check(device, record, of)
  }
}

function wantedOf(state: DesiredState, record: DeviceRecord) {
  return assign(indexAssignments(state), record).wanted
}

describe('over generated fleets', () => {
  it('1: planning again after every step took effect gives no step', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        planned(world, (device) => {
          const records = after(world.records, device, device.steps)
          expect(onDevice(plan({ ...world, records }), device.device).map(bare)).toEqual([])
        })
      }),
      RUNS,
    )
  })

  it('2: the steps in order never break a precondition and end at the goal', () => {
    let ends = 0
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        planned(world, (device, record, of) => {
          const end = after(world.records, device, device.steps).find((each) => each.key === device.device)
          if (!isSeen(record) || !isSeen(end) || endsEarly(record, of)) return
          const aim = aimOf(world.state, wantedOf(world.state, record))
          if (aim === undefined) return
          ends += 1
          expect({ steps: device.steps.map(bare), reached: reaches(record, end, aim) }).toMatchObject({
            reached: true,
          })
        })
      }),
      RUNS,
    )
    expect(ends).toBeGreaterThan(RUNS.numRuns / 40)
  })

  it('3: no step can be left out', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        planned(world, (device, record, of) => {
          if (!isSeen(record) || endsEarly(record, of)) return
          const aim = aimOf(world.state, wantedOf(world.state, record))
          if (aim === undefined) return
          for (const left of device.steps.filter((step) => step.kind !== 'delete-record')) {
            const rest = device.steps.filter((step) => step !== left)
            expect(stillReaches(world, device, rest, record, aim), `without ${bare(left)}`).toBe(false)
          }
        })
      }),
      RUNS,
    )
  })

  it('4: after any first steps took effect exactly the remaining ones are planned, under the same ids', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        planned(world, (device) => {
          for (let done = 0; done < device.steps.length; done += 1) {
            const records = after(world.records, device, device.steps.slice(0, done))
            const again = onDevice(plan({ ...world, records }), device.device)
            expect(again.map((step) => [bare(step), step.id])).toEqual(
              device.steps.slice(done).map((step) => [bare(step), step.id]),
            )
          }
        })
      }),
      RUNS,
    )
  })

  it('5: the order of devices and documents changes nothing', () => {
    fc.assert(
      fc.property(arbitraryWorld, fc.integer({ min: 0, max: 7 }), (world, turn) => {
        const turned = <T>(list: readonly T[]): T[] =>
          [...list.slice(turn % (list.length || 1)), ...list.slice(0, turn % (list.length || 1))].reverse()
        const { configurations, groups, retirements } = world.state
        const other = {
          state: {
            ...world.state,
            configurations: turned(configurations),
            groups: turned(groups),
            retirements: turned(retirements),
          },
          records: turned(world.records),
        }
        const [a, b] = [plan(world), plan(other)]
        expect(b.digest).toBe(a.digest)
        expect(b.holds).toEqual(a.holds)
        expect(
          b.devices.map((each) => [
            each.device,
            ...each.steps.map((step) => `${step.id} ${step.heldBy.join()}`),
          ]),
        ).toEqual(
          a.devices.map((each) => [
            each.device,
            ...each.steps.map((step) => `${step.id} ${step.heldBy.join()}`),
          ]),
        )
        expect(
          b.findings.map((each) => `${each.code} ${each.device ?? ''} ${each.configuration ?? ''}`).sort(),
        ).toEqual(
          a.findings.map((each) => `${each.code} ${each.device ?? ''} ${each.configuration ?? ''}`).sort(),
        )
      }),
      RUNS,
    )
  })

  it('6: no eSIM reset outside active Windows 11, no step on a frozen device, no end before the reset', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        planned(world, ({ steps }, record) => {
          expect(record.registration).toBe('active')
          const kinds = steps.map((step) => step.kind)
          if (kinds.includes('reset'))
            expect([record.platform, (record.osVersion ?? '') >= '10.0.22000']).toEqual(['windows', true])
          const end = kinds.findIndex((kind) => kind === 'release' || kind === 'retire')
          if (end >= 0) expect(end).toBe(kinds.length - 1)
          const mayHoldOurs =
            record.esims !== 'unknown' && record.esims.some((esim) => esim.source !== undefined)
          if (end >= 0 && mayHoldOurs && record.platform === 'windows' && record.euicc !== 'none')
            expect(kinds).toContain('reset')
        })
      }),
      RUNS,
    )
  })

  it('8: an incomplete inventory leaves exactly the steps before the first destructive one', () => {
    const destructive = new Set(['uninstall', 'reset', 'release', 'retire', 'delete-record'])
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const whole = plan(world)
        const braked = planOf(world.state, world.records, {
          context: { brake: () => 'inventory-incomplete' },
        })
        for (const device of whole.devices) {
          const at = device.steps.findIndex((step) => destructive.has(step.kind))
          const expected = at < 0 ? device.steps : device.steps.slice(0, at)
          expect(onDevice(braked, device.device).map((step) => step.id)).toEqual(
            expected.map((step) => step.id),
          )
        }
        expect(
          braked.devices.flatMap((each) => each.steps).filter((step) => destructive.has(step.kind)),
        ).toEqual([])
      }),
      RUNS,
    )
  })

  it('9: planning each device alone gives exactly the plan of planning everything', () => {
    fc.assert(
      fc.property(arbitraryWorld, (world) => {
        const whole = plan(world)
        const ambiguous = new Set(ambiguousReferences(world.state, gatherHardware(world.records)).keys())
        const index = indexAssignments(world.state, { ambiguous, retirements: new Map() })
        const context = planContext(world.state, { now: NOW })
        for (const record of world.records) {
          const alone = gatherHardware(siblingsOf(record, world.records)).find(
            ({ steering }) => steering.key === record.key,
          )
          if (alone === undefined) {
            expect(onDevice(whole, record.key)).toEqual([])
            continue
          }
          const device = planDevice(assign(index, record), alone, context)
          expect(onDevice(whole, record.key)).toEqual(device.steps)
          const found = whole.findings.filter((each) => each.device === record.key)
          for (const finding of device.findings.filter((each) => each.device === record.key))
            expect(found).toContainEqual(finding)
        }
      }),
      RUNS,
    )
  })
})

/** All records that share a serial number or EID with this one, and so on from those. */
function siblingsOf(record: DeviceRecord, all: readonly DeviceRecord[]): DeviceRecord[] {
  let kin = [record]
  for (;;) {
    const more = all.filter((each) =>
      kin.some((one) => one === each || one.serialNumber === each.serialNumber || one.eid === each.eid),
    )
    if (more.length === kin.length) return more
    kin = more
  }
}

function stillReaches(
  world: World,
  device: PlannedDevice,
  steps: readonly PlannedStep[],
  start: DeviceRecord,
  aim: NonNullable<ReturnType<typeof aimOf>>,
): boolean {
  try {
    const end = after(world.records, device, steps).find((each) => each.key === device.device)
    return end !== undefined && reaches(start, end, aim)
  } catch (error) {
    if (error instanceof Refused) return false
    throw error
  }
}
