import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { DAY, HOUR, SECOND, toRfc3339 } from '../../src/domain/time.ts'
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

it.each(seeds(20_261_125))(
  'phones in Jamf Pro are rolled out, change carrier and retire, with 30% of all requests going wrong (luck %i)',
  async (luck) => {
    const world = await jamf({ driver: { answerWithin: 20 * SECOND } })
    const { fake, driver, clock } = world
    const devices = Array.from({ length: 6 }, () => world.phone())
    const simplane = await openSimplane(clock, driver, { checkIn: () => fake.round() })
    const state = async (): Promise<string[]> => {
      const recorded = await simplane.store.scan(0, 1_000)
      return devices.map(({ id, apple }) => {
        const esims = recorded.find(({ record }) => record.id === String(id))?.record.esims ?? []
        const known =
          esims === 'unknown' ? [] : esims.map(({ source }) => source?.identity ?? 'foreign').sort()
        return `fetched ${fetched(apple)} | ${known.join(' ')}`
      })
    }
    fake.dials.fault = faults(0.3, luck)
    await simplane.write('policy.yaml', policy(''))
    await simplane.write('phones.yaml', phones(ACME))
    await comesTo(
      simplane,
      state,
      devices.map(() => `fetched 1+0 | ios:${ACME}`),
    )
    await simplane.write('phones.yaml', phones(NEO))
    await comesTo(
      simplane,
      state,
      devices.map(() => `fetched 1+1 | ios:${ACME} ios:${NEO}`),
    )
    // One leaves. No MDM can take an eSIM off an iPhone: nothing is sent, and it is released to a person.
    const [leaving] = devices
    const retirement = `apiVersion: simplane/v1
kind: Retirement
metadata: { name: lease-end }
spec: { devices: [${leaving?.apple.serial}], finish: by-hand, enrolledBefore: ${toRfc3339(clock.now() + DAY)} }
`
    await simplane.write('retirement.yaml', retirement)
    await comesTo(
      simplane,
      state,
      devices.map(() => `fetched 1+1 | ios:${ACME} ios:${NEO}`),
    )
    const left = (await simplane.store.scan(0, 1_000)).find(({ record }) => record.id === String(leaving?.id))
    expect(left?.record.released).toBeDefined()
    const sent = [...fake.commands.values()].filter(({ type }) => type === 'REFRESH_CELLULAR_PLANS')
    expect(sent).toHaveLength(12)
    expect((await simplane.store.counts()).byVerdict['in-sync']).toBe(6)
  },
)

it.each(seeds(20_261_126))(
  'phones in SimpleMDM are rolled out and change carrier, where the Policy takes acceptance for proof (luck %i)',
  async (luck) => {
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
    await simplane.write('phones.yaml', phones(NEO))
    await comesTo(simplane, state, [...devices.map(() => '1+1'), '6 in sync'])
  },
)
