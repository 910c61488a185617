import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { attributesAt } from './fakes/ivanti/enrolled.ts'
import { seeds } from './fakes/faults.ts'
import { openFleet, type Fleet } from './fakes/ivanti/fleet.ts'
import { happened } from './fakes/ivanti/world.ts'

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
})
