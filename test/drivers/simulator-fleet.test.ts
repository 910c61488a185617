import { describe, expect, it } from 'vitest'
import type { DeviceFacts } from '../../src/domain/device.ts'
import { specAddress } from '../../src/domain/esim.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import type { SimulatorOptions } from '../../src/drivers/simulator/simulator.ts'
import { MONDAY, testClock } from '../clock.ts'
import { inventory } from '../conformance/driver-world.ts'

async function facts(options: Partial<SimulatorOptions> = {}): Promise<readonly DeviceFacts[]> {
  await using simulator = await openSimulator({ path: ':memory:', clock: testClock(), ...options })
  return (await inventory(simulator)).observations.map((observation) => observation.facts)
}

function names(fleet: readonly DeviceFacts[], which: (device: DeviceFacts) => boolean): readonly string[] {
  return fleet.filter(which).map(({ name }) => name ?? '?')
}

/** The server or URL of the eSIMs on a device; `foreign` for one that is not ours. */
function brought(device: DeviceFacts): readonly string[] {
  if (device.esims === 'unknown') return ['unknown']
  return device.esims.map(({ source }) => source?.identity ?? 'foreign')
}

describe('the fleet of 42', () => {
  it('is 28 laptops, 11 phones and 3 tablets, one of them enrolled twice', async () => {
    const fleet = await facts()
    expect(fleet).toHaveLength(43)
    expect(new Set(fleet.map(({ serialNumber }) => serialNumber)).size).toBe(42)
    const live = fleet.filter(({ registration }) => registration === 'active')
    expect(live).toHaveLength(42)
    expect(live.filter(({ platform }) => platform === 'windows')).toHaveLength(28)
    expect(live.filter(({ platform }) => platform === 'ios')).toHaveLength(11)
    expect(live.filter(({ platform }) => platform === 'ipados')).toHaveLength(3)
  })

  it('numbers names, serial numbers and records alike', async () => {
    const fleet = await facts()
    const find = (name: string): DeviceFacts | undefined => fleet.find((device) => device.name === name)
    expect(find('LAP-0023')).toMatchObject({ id: 'd-23', serialNumber: '5CG40023', user: 'a.petit' })
    expect(find('LAP-0003')).toMatchObject({ serialNumber: '5CG40003', user: 'j.doe' })
    expect(find('PHN-0011')).toMatchObject({ id: 'd-39', serialNumber: 'F2L40011', platform: 'ios' })
    expect(find('PAD-0003')).toMatchObject({ id: 'd-42', serialNumber: 'DMP40003', platform: 'ipados' })
  })

  it('holds each special case where the worked example expects it', async () => {
    const fleet = await facts()
    expect(names(fleet, (device) => brought(device).includes('windows:smdp.old.example'))).toEqual([
      'LAP-0003',
      'LAP-0023',
    ])
    expect(names(fleet, (device) => brought(device).includes('windows:smdp.acme.example'))).toEqual([
      'LAP-0005',
      'LAP-0006',
      'LAP-0019',
    ])
    expect(names(fleet, (device) => brought(device).includes('ios:https://smdp.acme.example/'))).toEqual([
      'PHN-0001',
      'PHN-0002',
      'PHN-0003',
    ])
    expect(names(fleet, (device) => brought(device).includes('foreign'))).toEqual(['LAP-0009'])
    expect(names(fleet, ({ otherConnectivity }) => otherConnectivity === 'no')).toEqual(['LAP-0023'])
    expect(names(fleet, ({ osVersion }) => osVersion === '10.0.19045')).toEqual(['LAP-0026'])
    expect(names(fleet, ({ edition }) => edition === 'Home')).toEqual(['LAP-0027'])
    expect(names(fleet, ({ euicc }) => euicc === 'none')).toEqual(['LAP-0028'])
    expect(fleet.filter(({ userEnrolled }) => userEnrolled)).toEqual([])
  })

  it('has on every provisioned device the configuration that its eSIM came with', async () => {
    for (const device of await facts()) {
      if (device.installed === 'unknown' || device.installed.length === 0) continue
      const [entry] = device.installed
      expect(entry?.managed).toBe(true)
      expect(brought(device)).toHaveLength(1)
      expect(brought(device)[0]).toContain(entry === undefined ? 'nothing' : specAddress(entry.spec))
    }
  })

  it('remembers LAP-0012 twice: wiped, and enrolled again later', async () => {
    const [old, live, ...more] = (await facts()).filter(({ name }) => name === 'LAP-0012')
    expect(more).toEqual([])
    expect(old).toMatchObject({ id: 'd-12', registration: 'wiped' })
    expect(live).toMatchObject({
      id: 'd-43',
      registration: 'active',
      serialNumber: old?.serialNumber,
      eid: old?.eid,
    })
    expect(live?.enrolledAt ?? 0).toBeGreaterThan(old?.enrolledAt ?? Infinity)
    expect(old?.lastSeenAt ?? Infinity).toBeLessThan(MONDAY)
  })

  it('has the groups that the worked example selects', async () => {
    const fleet = await facts()
    const members = (group: string): readonly string[] =>
      names(fleet, ({ groups }) => groups?.includes(group) === true)
    expect(new Set(members('SG-Laptops-Paris')).size).toBe(14)
    expect(members('SG-Laptops-Lyon')).toHaveLength(14)
    expect(members('SG-Laptops-Lyon')).toEqual(expect.arrayContaining(['LAP-0026', 'LAP-0027', 'LAP-0028']))
    expect(members('SG-Field')).toEqual(['LAP-0023', 'LAP-0024'])
    expect(members('SG-Phones')).toHaveLength(14)
    expect(new Set(fleet.map(({ labels }) => labels?.team))).toEqual(new Set(['office', 'sales', 'field']))
  })
})

describe('fleets of other sizes', () => {
  it.each([
    [0, 0],
    [11, 11],
    [12, 13],
    [41, 42],
    [43, 44],
    [1000, 1001],
  ])('%i devices are %i records, and every one of them is somebody else', async (devices, records) => {
    const fleet = await facts({ devices })
    expect(fleet.map(({ id }) => id)).toEqual(Array.from({ length: records }, (_, index) => `d-${index + 1}`))
    const live = fleet.filter(({ registration }) => registration === 'active')
    expect(live).toHaveLength(devices)
    for (const key of ['serialNumber', 'name', 'imei'] as const) {
      expect(new Set(live.map((device) => device[key])).size).toBe(devices)
    }
    const eids = live.flatMap(({ eid }) => (eid === undefined ? [] : [eid]))
    expect(new Set(eids).size).toBe(eids.length)
    const iccids = live.flatMap(({ esims }) => (esims === 'unknown' ? [] : esims.map(({ iccid }) => iccid)))
    expect(new Set(iccids).size).toBe(iccids.length)
  })

  it('begins with the memorable devices whatever its size and seed', async () => {
    const small = await facts({ devices: 42 })
    const large = await facts({ devices: 500, seed: 7 })
    expect(large.slice(0, 43)).toEqual(small)
  })

  it('draws the rest from its seed alone', async () => {
    const one = await facts({ devices: 500, seed: 1 })
    expect(await facts({ devices: 500, seed: 1 })).toEqual(one)
    expect(await facts({ devices: 500, seed: 2 })).not.toEqual(one)
  })

  it.each([-1, 1.5, NaN, 1e9])('refuses %d devices', async (devices) => {
    await expect(facts({ devices })).rejects.toMatchObject({ code: 'settings' })
  })
})
