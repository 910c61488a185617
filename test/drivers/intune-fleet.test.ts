import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { seeds } from './fakes/faults.ts'
import { openFleet, type Fleet } from './fakes/intune/fleet.ts'

const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  budgets: { reset: unlimited, uninstall: unlimited, retire: unlimited }
  stranding: { unknown: allow }
  unknownEsims: { redownload: allow, erase: allow, retirement: allow }
  retries: { attempts: 60, within: 24h }
`

function laptops(server: string): string {
  return `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: laptops }
spec:
  windows: { serverName: ${server} }
  distribution: { to: all }
`
}

const PHONES = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: phones }
spec:
  ios: { carrierUrl: https://smdp.acme.example }
  distribution: { to: all }
`

/** What really happened on each device, in order. */
function happened({ graph }: Fleet): string[] {
  return [...graph.tenant.devices.values()].map(
    ({ happened: each, os }) =>
      `${os}: ${each.map(({ what, where }) => `${what} ${where.replace(/^\d+$/, '')}`.trim()).join(', ')}`,
  )
}

/** Lives on until the devices are as they should be, three days at most; then some hours more, in which nothing may happen. */
async function comesTo(fleet: Fleet, expected: readonly string[]): Promise<void> {
  for (let hours = 0; hours < 72; hours += 1) {
    await fleet.pass(HOUR)
    if (isDeepStrictEqual(happened(fleet), expected)) break
  }
  await fleet.pass(4 * HOUR)
  expect(happened(fleet)).toEqual(expected)
}

describe('a fleet in Intune, where three of ten things go wrong', () => {
  it.each(seeds(20261125))(
    'is rolled out, changes carrier, is retired: each thing done once, nothing lost, every one proven (luck %i)',
    async (luck) => {
      const fleet = await openFleet()
      const { graph, store } = fleet
      const [first, second] = [
        fleet.enrol('Windows'),
        fleet.enrol('Windows'),
        fleet.enrol('iOS'),
        fleet.enrol('iOS'),
      ]
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', POLICY)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      await fleet.write('phones.yaml', PHONES)
      const laptop = 'Windows: install smdp.acme.example'
      const phone = 'iOS: install https://smdp.acme.example/'
      await comesTo(fleet, [laptop, laptop, phone, phone])
      expect((await store.counts()).byVerdict['in-sync']).toBe(4)

      await fleet.write('laptops.yaml', laptops('smdp.neo.example'))
      const moved = `${laptop}, reset, uninstall smdp.acme.example, install smdp.neo.example`
      await comesTo(fleet, [moved, moved, phone, phone])
      expect((await store.counts()).byVerdict['in-sync']).toBe(4)

      await fleet.write(
        'retirement.yaml',
        `apiVersion: simplane/v1
kind: Retirement
metadata: { name: lease-end }
spec: { devices: [${second?.serial}], finish: in-mdm }
`,
      )
      const retired = `${moved}, uninstall smdp.neo.example, reset, retire ${second?.id}`
      await comesTo(fleet, [moved, retired, phone, phone])

      await fleet.remove('laptops.yaml')
      await comesTo(fleet, [`${moved}, uninstall smdp.neo.example`, retired, phone, phone])
      expect(first?.servers.size).toBe(0)
      expect(fleet.suffered.size).toBe(8)
      expect(Math.min(...fleet.suffered.values())).toBeGreaterThan(5)
      // No twin of anything works against another.
      expect(graph.tenant.entra.size).toBe(4)
      expect([...graph.tenant.policies.values()].filter(({ groups }) => groups.length > 0)).toHaveLength(2)
      expect(graph.calls.filter((each) => /wipe|cleanWindowsDevice/i.test(each))).toEqual([])
    },
    60_000,
  )

  it.each(seeds(20261127))(
    'mends a laptop whose user removed its eSIM, and gives one that was wiped and enrolled again its own (luck %i)',
    async (luck) => {
      const fleet = await openFleet()
      const [drifted, wiped] = [fleet.enrol('Windows'), fleet.enrol('Windows')]
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', POLICY)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      const laptop = 'Windows: install smdp.acme.example'
      await comesTo(fleet, [laptop, laptop])

      // Told the same again, Windows would do nothing.
      drifted.profiles = []
      const mended = `${laptop}, uninstall smdp.acme.example, install smdp.acme.example`
      await comesTo(fleet, [mended, laptop])

      // Its old record, which breaks provisioning, goes; it gets its eSIM under the new one.
      const { tenant } = fleet.graph
      const again = tenant.reenrol(wiped)
      await fleet.pass(HOUR)
      await comesTo(fleet, [mended, laptop])
      expect([...tenant.devices.keys()]).toEqual([drifted.id, again.id])
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(2)
    },
    60_000,
  )

  it.each(seeds(20261126))(
    'without scripts is rolled out on the word of Intune, where the Policy takes that, and taken off again (luck %i)',
    async (luck) => {
      const fleet = await openFleet({ driver: { scripts: false } })
      fleet.enrol('Windows')
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', `${POLICY}  proof: { install: accepted }\n`)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      await comesTo(fleet, ['Windows: install smdp.acme.example'])
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(1)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example').replace('to: all', 'to: none'))
      await comesTo(fleet, ['Windows: install smdp.acme.example, uninstall smdp.acme.example'])
      expect(fleet.graph.tenant.scripts.size).toBe(0)
    },
  )
})
