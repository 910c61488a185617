import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { type Clock, DAY, HOUR, SECOND, toRfc3339 } from '../../src/domain/time.ts'
import type { AppleDevice } from './fakes/apple-device.ts'
import { faults, seeds } from './fakes/faults.ts'
import { jamf } from './fakes/jamf/world.ts'
import { simpleMdm } from './fakes/simplemdm/world.ts'
import { openSimplane, type Simplane } from './fakes/simplane.ts'

const ACME = 'https://smdp.acme.example/'
const NEO = 'https://smdp.neo.example/'

function policy(proof: string): string {
  return `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { retries: { attempts: 60, within: 24h }${proof} }
`
}

function phones(url: string): string {
  return `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: phones }
spec:
  ios: { carrierUrl: ${url} }
  distribution: { to: all }
`
}

function retirement({ serial }: AppleDevice, clock: Clock): string {
  return `apiVersion: simplane/v1
kind: Retirement
metadata: { name: lease-end }
spec: { devices: [${serial}], finish: by-hand, enrolledBefore: ${toRfc3339(clock.now() + DAY)} }
`
}

/** Lives on until it is so, two days at most; then some hours more, in which nothing may happen. */
async function comesTo(
  simplane: Simplane,
  state: () => Promise<unknown>,
  expected: readonly unknown[],
): Promise<void> {
  for (let hours = 0; hours < 48; hours += 1) {
    await simplane.pass(HOUR)
    if (isDeepStrictEqual(await state(), expected)) break
  }
  await simplane.pass(2 * HOUR)
  expect(await state()).toEqual(expected)
}

function fetched({ downloads }: AppleDevice): string {
  return [ACME, NEO].map((url) => downloads.get(url) ?? 0).join('+')
}

/** It is wiped, and its plans go with it or stay: who wipes it decides. */
function wipe(apple: AppleDevice, plans: 'gone' | 'kept'): void {
  Object.assign(apple, { arriving: [], ...(plans === 'gone' ? { plans: [] } : {}) })
}

async function recordOf({ store }: Simplane, id: number): Promise<DeviceRecord | undefined> {
  const devices = await store.scan(0, 1_000)
  return devices.find(({ record }) => record.id === String(id))?.record
}

/** Lives on until it is released to a person. */
async function comesToLeave(simplane: Simplane, id: number): Promise<void> {
  const released = async (): Promise<boolean[]> => [(await recordOf(simplane, id))?.released !== undefined]
  await comesTo(simplane, released, [true])
}

/** Six phones in Jamf Pro, rolled out by a simplane, with 30% of all requests going wrong. */
async function inJamf(luck: number) {
  const world = await jamf({ driver: { answerWithin: 20 * SECOND } })
  const { fake, driver, clock } = world
  const devices = Array.from({ length: 6 }, () => world.phone())
  const simplane = await openSimplane(clock, driver, { checkIn: () => fake.round() })
  const state = async (): Promise<string[]> => {
    const recorded = await Promise.all(devices.map(({ id }) => recordOf(simplane, id)))
    return devices.map(({ apple }, at) => {
      const esims = recorded[at]?.esims ?? []
      const sources = esims === 'unknown' ? [] : esims.map(({ source }) => source?.identity ?? 'foreign')
      return `fetched ${fetched(apple)} | ${esims === 'unknown' ? esims : sources.sort().join(' ')}`
    })
  }
  const sent = (): number =>
    [...fake.commands.values()].filter(({ type }) => type === 'REFRESH_CELLULAR_PLANS').length
  fake.dials.fault = faults(0.3, luck)
  await simplane.write('policy.yaml', policy(''))
  await simplane.write('phones.yaml', phones(ACME))
  const rolledOut = `fetched 1+0 | ios:${ACME}`
  await comesTo(
    simplane,
    state,
    devices.map(() => rolledOut),
  )
  return { fake, clock, devices, simplane, state, sent, rolledOut }
}

it.each(seeds(20_261_125))(
  'phones in Jamf Pro are rolled out, change carrier and retire, with 30% of all requests going wrong (luck %i)',
  async (luck) => {
    const { clock, devices, simplane, state, sent } = await inJamf(luck)
    const changed = devices.map(() => `fetched 1+1 | ios:${ACME} ios:${NEO}`)
    await simplane.write('phones.yaml', phones(NEO))
    await comesTo(simplane, state, changed)
    // One leaves. No MDM can take an eSIM off an iPhone: nothing is sent, and it is released to a person.
    const [leaving] = devices
    if (leaving === undefined) throw new Error('nobody is there')
    await simplane.write('retirement.yaml', retirement(leaving.apple, clock))
    await comesToLeave(simplane, leaving.id)
    expect(await state()).toEqual(changed)
    expect(sent()).toBe(12)
    expect((await simplane.store.counts()).byVerdict['in-sync']).toBe(6)
  },
)

it.each(seeds(20_261_127))(
  'phones in Jamf Pro that were wiped get their plan again, and those that stop showing one are told nothing (luck %i)',
  async (luck) => {
    const { fake, devices, simplane, state, sent, rolledOut } = await inJamf(luck)
    const [erased, keeping, hidden, ...others] = devices
    if (erased === undefined || keeping === undefined || hidden === undefined)
      throw new Error('nobody is there')
    expect(sent()).toBe(6)
    wipe(erased.apple, 'gone')
    wipe(keeping.apple, 'kept')
    for (const device of [erased, keeping]) fake.reenrol(device)
    const again = `fetched 2+0 | ios:${ACME}`
    await comesTo(simplane, state, [again, rolledOut, rolledOut, ...others.map(() => rolledOut)])
    expect((await simplane.store.counts()).byVerdict['in-sync']).toBe(6)
    // The one that kept its plan may be told once more, before it is known that it did: a carrier gives nothing twice.
    expect([7, 8]).toContain(sent())

    // Whether a plan that is switched off is listed is not documented: one that does not show may be there.
    hidden.apple.plans = []
    fake.takeInventory(hidden)
    const told = sent()
    await comesTo(simplane, state, [again, rolledOut, 'fetched 1+0 | ', ...others.map(() => rolledOut)])
    await simplane.pass(DAY)
    expect(await state()).toEqual([again, rolledOut, 'fetched 1+0 | ', ...others.map(() => rolledOut)])
    expect(sent()).toBe(told)
    expect((await simplane.store.counts()).byVerdict['in-sync']).toBe(6)
  },
)

/** Six phones in SimpleMDM, rolled out by a simplane whose Policy takes acceptance for proof. */
async function inSimpleMdm(luck: number) {
  const { fake, driver, clock } = await simpleMdm({ answerWithin: 20 * SECOND })
  const devices = Array.from({ length: 6 }, () => fake.addDevice())
  const simplane = await openSimplane(clock, driver, { checkIn: () => fake.round() })
  const state = async (): Promise<string[]> => {
    const { byVerdict } = await simplane.store.counts()
    return [...devices.map(({ apple }) => fetched(apple)), `${byVerdict['in-sync']} in sync`]
  }
  fake.dials.fault = faults(0.3, luck)
  await simplane.write('policy.yaml', policy(', proof: { install: accepted }'))
  await simplane.write('phones.yaml', phones(ACME))
  await comesTo(simplane, state, [...devices.map(() => '1+0'), '6 in sync'])
  return { fake, clock, devices, simplane, state }
}

it.each(seeds(20_261_126))(
  'phones in SimpleMDM are rolled out and change carrier, where the Policy takes acceptance for proof (luck %i)',
  async (luck) => {
    const { devices, simplane, state } = await inSimpleMdm(luck)
    await simplane.write('phones.yaml', phones(NEO))
    await comesTo(simplane, state, [...devices.map(() => '1+1'), '6 in sync'])
  },
)

it.each(seeds(20_261_128))(
  'phones in SimpleMDM that were wiped are told again, and one that retires is told nothing any more (luck %i)',
  async (luck) => {
    const { fake, clock, devices, simplane, state } = await inSimpleMdm(luck)
    const [erased, keeping, leaving, ...others] = devices
    if (erased === undefined || keeping === undefined || leaving === undefined)
      throw new Error('nobody is there')
    wipe(erased.apple, 'gone')
    wipe(keeping.apple, 'kept')
    const told = keeping.apple.effects.size
    for (const device of [erased, keeping]) fake.reenrol(device)
    // What a phone holds is never shown: both are told, and its carrier gives nothing twice to the one that kept its plan.
    await comesTo(simplane, state, ['2+0', '1+0', '1+0', ...others.map(() => '1+0'), '6 in sync'])
    expect(keeping.apple.effects.size).toBeGreaterThan(told)

    await simplane.write('retirement.yaml', retirement(leaving.apple, clock))
    await comesToLeave(simplane, leaving.id)
    const before = leaving.apple.effects.size
    await simplane.write('phones.yaml', phones(NEO))
    await comesTo(simplane, state, ['2+1', '1+1', '1+0', ...others.map(() => '1+1'), '6 in sync'])
    expect(leaving.apple.effects.size).toBe(before)
  },
)
