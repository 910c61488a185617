import { describe, expect, it } from 'vitest'
import { besides, heard, serve } from './service.ts'
import { effects, LAPTOPS, openWorld, UNLIMITED, type World } from './world.ts'

const ACME = LAPTOPS.replace('groups: [paris]', 'devices: [5CG40001, 5CG40002, 5CG40003, 5CG40004]')
const PHONES = ACME.replace('acme-laptops', 'phones')
  .replace('windows: { serverName: smdp.acme.example }', 'ios: { carrierUrl: https://smdp.acme.example }')
  .replace(/to: custom.*\]/, 'to: all')
const RETIRE = `apiVersion: simplane/v1
kind: Retirement
metadata: { name: q4 }
spec: { devices: [5CG40001] }
`
/** Where something passes from the journal to the MDM or back; a fault right before each is one right after the last. */
const EDGES = new Set(['apply', 'endListing', 'savePlans', 'allot', 'claim', 'submit', 'settle'])

/** Six devices in sync, then a revision that needs every kind of step; counts the edges passed, and fails at one of them. */
async function story(failAt: number): Promise<{ readonly told: readonly string[]; readonly edges: number }> {
  const world = await openWorld({ devices: 5 })
  const phone = { platform: 'ios', osVersion: '18.1.1', name: 'PHN-0001', serialNumber: 'F2L40001' } as const
  world.simulator.addDevice(phone)
  await world.write({ 'acme.yaml': ACME, 'phones.yaml': PHONES, 'policy.yaml': UNLIMITED })
  await world.settle()
  world.simulator.wipeAndReenrol('d-2')
  await world.write({
    'acme.yaml': ACME.replace('acme.example', 'neo.example').replace(', 5CG40004', ''),
    'phones.yaml': undefined,
    'retire.yaml': RETIRE,
  })
  let edges = 0
  const pass = (call: string): void => {
    if (!EDGES.has(call)) return
    edges += 1
    if (edges === failAt) throw new Error('the power fails')
  }
  const service = serve(world, (parts) => ({
    ...parts,
    store: heard(parts.store, pass),
    drivers: parts.drivers.map((driver) => heard(driver, pass)),
  }))
  const other = await besides(world)
  await service.until(async () => (await other.latest())?.seq === 2 && (await other.workSize()) === 0)
  await service.untilSettled()
  await service.stop()
  // One look more at everything: what was looked at last differs with the moment of the fault.
  await world.settle()
  return { told: await tell(world), edges }
}

/** Per device: what took effect on it and what failed, and what is recorded of it. */
async function tell({ simulator, store }: World): Promise<string[]> {
  const devices = await store.scan(0, 100)
  return devices.map(({ record: { id, installed, esims, released }, status }) => {
    const names = installed === 'unknown' ? [installed] : installed.map((entry) => entry.configuration)
    const from = esims === 'unknown' ? [esims] : esims.map((esim) => esim.source?.identity ?? 'foreign')
    return [
      id,
      ...effects(simulator, id),
      '|',
      ...names,
      ...from,
      released?.retirement ?? '',
      status.verdict ?? '',
    ].join(' ')
  })
}

describe('a fault between any two calls', () => {
  it('loses nothing and does nothing twice', async () => {
    const calm = await story(0)
    const all = calm.told.join('\n')
    for (const part of [
      'delete-record done',
      'uninstall acme-laptops done reset done | q4',
      'neo.example  in-sync',
    ]) {
      expect(all).toContain(part)
    }
    expect(calm.edges).toBeGreaterThan(30)
    for (let at = 1; at <= calm.edges; at += 1) {
      const title = `a fault before edge ${at}`
      const { told } = await story(at).catch((cause: unknown) => Promise.reject(new Error(title, { cause })))
      expect(told, title).toEqual(calm.told)
    }
  })
})
