import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { DAY, HOUR, toRfc3339 } from '../../src/domain/time.ts'
import { seeds } from './fakes/faults.ts'
import { openFleet, type Fleet } from './fakes/nanomdm-fleet.ts'

const ACME = 'https://smdp.acme.example/'
const NEO = 'https://smdp.neo.example/'
const THIRD = 'https://smdp.third.example/'
const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { retries: { attempts: 60, within: 24h } }
`

function phones(url: string): string {
  return `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: phones }
spec:
  ios: { carrierUrl: ${url} }
  distribution: { to: all }
`
}

function retirement(serials: readonly string[], before: number): string {
  return `apiVersion: simplane/v1
kind: Retirement
metadata: { name: lease-end }
spec: { devices: [${serials.join(', ')}], finish: by-hand, enrolledBefore: ${toRfc3339(before)} }
`
}

/** How often each phone fetched a plan from each carrier, how often it was told to, and what is recorded of it. */
async function told({ fake, store }: Fleet): Promise<string[]> {
  const recorded = await store.scan(0, 1_000)
  return [...fake.devices.values()].map((device) => {
    const record = recorded.find((each) => each.record.id === device.udid)?.record
    const esims = record === undefined || record.esims === 'unknown' ? [] : record.esims
    const sources = esims.map(({ source }) => source?.identity ?? 'foreign').sort()
    const runs = [...device.effects.values()]
    const fetched = [ACME, NEO].map((url) => device.downloads.get(url) ?? 0)
    return `fetched ${fetched.join('+')}, told ${runs.length}, at most ${Math.max(...runs)} times each | ${sources.join(' ')}`
  })
}

/** Lives on until every phone is as it should be, two days at most; then some hours more, in which nothing may happen. */
async function comesTo(fleet: Fleet, expected: readonly string[]): Promise<void> {
  for (let hours = 0; hours < 48; hours += 1) {
    await fleet.pass(HOUR)
    if (isDeepStrictEqual(await told(fleet), expected)) break
  }
  await fleet.pass(2 * HOUR)
  expect(await told(fleet)).toEqual(expected)
}

describe('a fleet behind NanoMDM, where three of ten things go wrong', () => {
  it.each(seeds(20261125))(
    'is rolled out, changes carrier, enrols again, hides a plan, retires: each plan fetched once, nothing lost, every one proven (luck %i)',
    async (luck) => {
      const fleet = await openFleet(8)
      const devices = [...fleet.fake.devices.values()]
      fleet.spoil(0.3, luck)
      await fleet.write('policy.yaml', POLICY)
      await fleet.write('phones.yaml', phones(ACME))
      const rolledOut = `fetched 1+0, told 1, at most 1 times each | ios:${ACME}`
      await comesTo(
        fleet,
        devices.map(() => rolledOut),
      )

      await fleet.write('phones.yaml', phones(NEO))
      const changed = `fetched 1+1, told 2, at most 1 times each | ios:${ACME} ios:${NEO}`
      await comesTo(
        fleet,
        devices.map(() => changed),
      )

      // Three are erased and enrol again: they fetch their plan again, the others do not.
      const erased = devices.slice(0, 3)
      for (const device of erased) fleet.fake.erase(device)
      const again = `fetched 1+2, told 3, at most 1 times each | ios:${NEO}`
      await comesTo(
        fleet,
        devices.map((device) => (erased.includes(device) ? again : changed)),
      )
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(8)

      // One stops showing its plan. iPhones show not all they hold, so that is no proof that it is gone: nothing is told.
      const hidden = devices[7]
      if (hidden !== undefined) hidden.plans = hidden.plans.filter(({ url }) => url !== NEO)
      const less = `fetched 1+1, told 2, at most 1 times each | ios:${ACME}`
      const others = new Map(erased.map((device) => [device, again]))
      if (hidden !== undefined) others.set(hidden, less)
      const settled = devices.map((device) => others.get(device) ?? changed)
      await comesTo(fleet, settled)
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(8)

      // Two leave, and get no new carrier any more. No MDM can take an eSIM off an iPhone: nothing is told, and they are
      // released to a person.
      const leaving = [devices[0], devices[4]].flatMap((device) => device?.serial ?? [])
      await fleet.write('retirement.yaml', retirement(leaving, fleet.clock.now() + DAY))
      await comesTo(fleet, settled)
      const records = (await fleet.store.scan(0, 1_000)).map(({ record }) => record)
      const released = records.filter((record) => record.released !== undefined)
      expect(new Set(released.map(({ serialNumber }) => serialNumber))).toEqual(new Set(leaving))
      expect((await fleet.store.counts()).byVerdict['in-sync']).toBe(8)

      await fleet.write('phones.yaml', phones(THIRD))
      const moved = (line: string): string =>
        line.replace(/told (\d)/, (_, times) => `told ${Number(times) + 1}`).concat(` ios:${THIRD}`)
      await comesTo(
        fleet,
        settled.map((line, at) => (leaving.includes(devices[at]?.serial ?? '') ? line : moved(line))),
      )
    },
  )
})
