import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { attributesAt, type Enrolled } from './fakes/ivanti/enrolled.ts'
import { seeds } from './fakes/faults.ts'
import { openFleet, type Fleet } from './fakes/ivanti/fleet.ts'
import { ESIM, happened } from './fakes/ivanti/world.ts'

/** Nothing that Neurons for MDM shows proves that an eUICC is empty: its word is taken for eSIM resets, which go ahead. */
const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  proof: { reset: accepted }
  stranding: { unknown: allow }
  unknownEsims: { redownload: allow, erase: allow, retirement: allow }
  budgets: { reset: unlimited, retire: unlimited, uninstall: unlimited }
  retries: { attempts: 60, within: 24h }
`

function laptops(server: string, redownload = ''): string {
  return `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: laptops }
spec:
  windows: { serverName: ${server} }
  distribution: { to: all }
${redownload}`
}

function retirement(serials: readonly string[]): string {
  return `apiVersion: simplane/v1
kind: Retirement
metadata: { name: lease-end }
spec: { devices: [${serials.join(', ')}], finish: in-mdm }
`
}

/** What is known of a laptop besides. */
async function findingsOf({ store }: Fleet, { id }: Enrolled): Promise<readonly string[] | undefined> {
  const devices = await store.scan(0, 1_000)
  const found = devices.find(({ record }) => record.id === String(id))
  return found?.status.findings.map(({ code }) => code)
}

/** What truly happened with each laptop, in one line. */
function told({ fake, clock }: Fleet): string[] {
  return [...fake.devices.values()].map((device) => {
    const {
      simplaneEsim: esim = '-',
      simplaneReset: reset = '-',
      ...others
    } = attributesAt(device, clock.now())
    const counts = `downloaded ${happened(device, 'downloaded')}, blocked ${happened(device, 'refreshed')}, erased ${happened(device, 'erased')}`
    const from = device.chip.esims.map((each) => each.from).join('+')
    return `${counts} | ${from} | ${esim} ${reset} | ${device.registrationState} | ${JSON.stringify(others)}`
  })
}

/** Lives on until every laptop is as it should be, four days at most; then some hours more, in which nothing may happen. */
async function comesTo(fleet: Fleet, expected: readonly string[]): Promise<void> {
  for (let hours = 0; hours < 96; hours += 1) {
    await fleet.pass(HOUR)
    if (isDeepStrictEqual(told(fleet), expected)) break
  }
  await fleet.pass(4 * HOUR)
  expect(told(fleet)).toEqual(expected)
}

describe('a fleet in Neurons for MDM, where three of ten things go wrong', () => {
  it.each(seeds(20261125))(
    'is rolled out, downloads again, changes carrier and retires: each thing once, nothing lost, nobody erased (luck %i)',
    async (luck) => {
      const fleet = await openFleet({ devices: 5, driver: { iccids: 'trust' } })
      const devices = [...fleet.fake.devices.values()]
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', POLICY)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      const site = '{"site":"paris"}'
      await comesTo(
        fleet,
        devices.map(
          () => `downloaded 1, blocked 0, erased 0 | smdp.acme.example | acme - | ACTIVE | ${site}`,
        ),
      )

      const on = new Date(fleet.clock.now()).toISOString()
      const again = `  redownload: [{ on: ${on}, to: all }]\n`
      await fleet.write('laptops.yaml', laptops('smdp.acme.example', again))
      await comesTo(
        fleet,
        devices.map(
          () => `downloaded 2, blocked 0, erased 1 | smdp.acme.example | acme none | ACTIVE | ${site}`,
        ),
      )

      await fleet.write('laptops.yaml', laptops('smdp.neo.example', again))
      await comesTo(
        fleet,
        devices.map(
          () => `downloaded 3, blocked 0, erased 2 | smdp.neo.example | neo none | ACTIVE | ${site}`,
        ),
      )

      const leaving = devices.slice(0, 2)
      await fleet.write('retirement.yaml', retirement(leaving.map(({ serial }) => serial)))
      await comesTo(
        fleet,
        devices.map((device) =>
          leaving.includes(device)
            ? `downloaded 3, blocked 0, erased 3 |  | none none | RETIRED | ${site}`
            : `downloaded 3, blocked 0, erased 2 | smdp.neo.example | neo none | ACTIVE | ${site}`,
        ),
      )
      expect(fleet.fake.wipes()).toBe(0)
    },
  )

  it.each(seeds(20261126))(
    'gives a wiped laptop its eSIM again under its new record, without the stale twin, and none to one that kept it (luck %i)',
    async (luck) => {
      const fleet = await openFleet({ devices: 4, driver: { iccids: 'trust' } })
      const [emptied, keeping, ...others] = [...fleet.fake.devices.values()]
      if (emptied === undefined || keeping === undefined) throw new Error('nobody is there')
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', POLICY)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      const site = '{"site":"paris"}'
      const rolledOut = `downloaded 1, blocked 0, erased 0 | smdp.acme.example | acme - | ACTIVE | ${site}`
      await comesTo(
        fleet,
        [emptied, keeping, ...others].map(() => rolledOut),
      )

      const [again, kept] = [fleet.reenrol(emptied, 'gone'), fleet.reenrol(keeping, 'kept')]
      // Whose the eSIM is that came along cannot be known: an install is tried once, which Windows takes for nothing new.
      const came = 'downloaded 1, blocked 0, erased 0 | smdp.acme.example | acme - | ACTIVE | {}'
      const stayed = 'downloaded 0, blocked 1, erased 0 | smdp.acme.example | acme - | ACTIVE | {}'
      const expected = [...others.map(() => rolledOut), came, stayed]
      await comesTo(fleet, expected)
      expect([...fleet.fake.devices.keys()]).toEqual([...others, again, kept].map(({ id }) => id))

      // No proof of it comes, and that is no reason to erase anything, nor to say it again.
      await fleet.pass(5 * DAY)
      expect(told(fleet)).toEqual(expected)
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(4)
    },
  )

  it.each(seeds(20261127))(
    'is told nothing because an eSIM does not show, but what another made of an attribute is mended where the eSIM is gone (luck %i)',
    async (luck) => {
      const fleet = await openFleet({ devices: 5, driver: { iccids: 'trust' } })
      const { fake } = fleet
      const [removed, holding, lost, unheard, quiet] = [...fake.devices.values()]
      if (removed === undefined || holding === undefined || lost === undefined || unheard === undefined)
        throw new Error('nobody is there')
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', POLICY)
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      const site = '{"site":"paris"}'
      const rolledOut = `downloaded 1, blocked 0, erased 0 | smdp.acme.example | acme - | ACTIVE | ${site}`
      await comesTo(
        fleet,
        [removed, holding, lost, unheard, quiet].map(() => rolledOut),
      )

      // The list of Neurons for MDM is never complete: what it does not show may be there. Nothing is told.
      for (const device of [removed, lost, unheard]) device.chip.esims = []
      await fleet.pass(12 * HOUR)
      const bare = rolledOut.replace('smdp.acme.example', '')
      expect(told(fleet)).toEqual([bare, rolledOut, bare, bare, rolledOut])
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(5)

      // Another tool takes the configuration off, and of two the device hears that.
      for (const device of [holding, lost]) fake.setAttributes(device, { [ESIM]: 'none', costCentre: '0012' })
      await fleet.clock.advance(5 * MINUTE)
      fake.checkInAll()
      fake.setAttributes(unheard, { [ESIM]: 'none' })
      const changed = '{"site":"paris","costCentre":"0012"}'
      const mended = 'downloaded 2, blocked 0, erased 0 | smdp.acme.example | acme - | ACTIVE'
      await comesTo(fleet, [
        bare,
        // Its eSIM works: that is the goal, and the configuration only its means.
        `downloaded 1, blocked 0, erased 0 | smdp.acme.example | none - | ACTIVE | ${changed}`,
        `${mended} | ${changed}`,
        `${mended} | ${site}`,
        rolledOut,
      ])
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(5)
      expect(await findingsOf(fleet, holding)).toEqual(['esim-adopted'])
    },
  )

  it.each(seeds(20261128))(
    'is pointed at its configuration again when another tool points it elsewhere, where no eSIM is seen (luck %i)',
    async (luck) => {
      const fleet = await openFleet({ devices: 3 })
      const { fake } = fleet
      const [without, elsewhere, quiet] = [...fake.devices.values()]
      if (without === undefined || elsewhere === undefined) throw new Error('nobody is there')
      fleet.spoil(0.3, luck)
      await fleet.write(
        'policy.yaml',
        POLICY.replace('reset: accepted', 'reset: accepted, install: accepted'),
      )
      await fleet.write('laptops.yaml', laptops('smdp.acme.example'))
      const site = '{"site":"paris"}'
      const rolledOut = `downloaded 1, blocked 0, erased 0 | smdp.acme.example | acme - | ACTIVE | ${site}`
      await comesTo(
        fleet,
        [without, elsewhere, quiet].map(() => rolledOut),
      )

      fake.setAttributes(without, { [ESIM]: 'none' })
      fake.setAttributes(elsewhere, { [ESIM]: 'neo' })
      await fleet.clock.advance(5 * MINUTE)
      fake.checkInAll()
      // What the other tool had it download stays: it is not ours to erase.
      await comesTo(fleet, [
        `downloaded 1, blocked 1, erased 0 | smdp.acme.example | acme - | ACTIVE | ${site}`,
        `downloaded 2, blocked 1, erased 0 | smdp.acme.example+smdp.neo.example | acme - | ACTIVE | ${site}`,
        rolledOut,
      ])
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(3)
    },
  )
})
