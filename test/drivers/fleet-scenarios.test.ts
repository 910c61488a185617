import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { DAY, HOUR, toRfc3339 } from '../../src/domain/time.ts'
import { seeds } from './fakes/faults.ts'
import { openFleetSimplane, type FleetSimplane } from './fakes/fleet/simplane.ts'

const ACME = 'smdp.acme.example'
const NEO = 'smdp.neo.example'
const POLICY = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec:
  retries: { attempts: 60, within: 24h }
  stranding: { unknown: allow }
  unknownEsims: { redownload: allow, erase: allow, retirement: allow }
  budgets: { reset: { perDay: 100, share: 100% }, uninstall: { perDay: 100, share: 100% }, retire: { perDay: 100, share: 100% } }
`

function configurations(server: string): string {
  return `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: phones }
spec:
  ios: { carrierUrl: https://${server}/ }
  distribution: { to: all }
---
apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: laptops }
spec:
  windows: { serverName: ${server} }
  distribution: { to: all }
`
}

/** What really is on each device, what was really done to it, and what is recorded of it. */
async function state({ fake, store }: FleetSimplane): Promise<readonly string[]> {
  const recorded = await store.scan(0, 1_000)
  return [...fake.hosts.values()].map((host) => {
    const record = recorded.find((each) => each.record.id === String(host.id))?.record
    const esims = record === undefined || record.esims === 'unknown' ? [] : record.esims
    const known = esims.map(({ source }) => source?.identity ?? 'foreign').join(' ')
    if (host.apple !== undefined) {
      const fetched = [ACME, NEO].map((server) => host.apple?.downloads.get(`https://${server}/`) ?? 0)
      return `${host.enrollment}, fetched ${fetched.join('+')} | ${known}`
    }
    const done = host.log.map((line) => line.split(' ')[0]).join(' ')
    return `${done}, on ${host.windows?.servers.join('+')}, holds ${host.windows?.chipIccids.length} | ${known}`
  })
}

/** Lives on until every device is as it should be, two days at most; then some hours more, in which nothing may happen. */
async function comesTo(
  world: FleetSimplane,
  phone: string,
  laptop: string,
  apart: ReadonlyMap<number, string> = new Map(),
): Promise<void> {
  const expected = [...world.fake.hosts.values()].map(
    ({ id, apple }) => apart.get(id) ?? (apple === undefined ? laptop : phone),
  )
  for (let hours = 0; hours < 48; hours += 1) {
    await world.pass(HOUR)
    if (isDeepStrictEqual(await state(world), expected)) break
  }
  await world.pass(2 * HOUR)
  expect(await state(world)).toEqual(expected)
}

it.each(seeds(20_261_125))(
  'a fleet of phones and laptops is rolled out, changes carrier, drifts and retires, with 30% of all requests going wrong (luck %i)',
  async (luck) => {
    const world = await openFleetSimplane()
    const { fake } = world
    for (let at = 0; at < 3; at += 1) {
      fake.addApple()
      fake.addWindows()
    }
    world.spoil(0.3, luck)
    await world.write('policy.yaml', POLICY)
    await world.write('configurations.yaml', configurations(ACME))
    const onAcme = `install, on ${ACME}, holds 1 | windows:${ACME}`
    await comesTo(world, `On (manual), fetched 1+0 | ios:https://${ACME}/`, onAcme)

    await world.write('configurations.yaml', configurations(NEO))
    await comesTo(
      world,
      `On (manual), fetched 1+1 | ios:https://${ACME}/ ios:https://${NEO}/`,
      `install exec remove install, on ${NEO}, holds 1 | windows:${NEO}`,
    )
    expect((await world.store.counts()).byVerdict['in-sync']).toBe(6)

    // The user of one laptop removes its eSIM: that is drift. Told the same again, Windows would do nothing.
    const [drifted] = [...fake.hosts.values()].filter(({ windows }) => windows !== undefined)
    drifted?.windows?.removeEsims()
    const mended = 'install exec remove install remove install'
    await comesTo(
      world,
      `On (manual), fetched 1+1 | ios:https://${ACME}/ ios:https://${NEO}/`,
      `install exec remove install, on ${NEO}, holds 1 | windows:${NEO}`,
      new Map([[drifted?.id ?? 0, `${mended}, on ${NEO}, holds 1 | windows:${NEO}`]]),
    )

    const serials = [...fake.hosts.values()].map(({ serial }) => serial)
    await world.write(
      'retirement.yaml',
      `apiVersion: simplane/v1
kind: Retirement
metadata: { name: lease-end }
spec: { devices: [${serials.join(', ')}], finish: by-hand, enrolledBefore: ${toRfc3339(world.clock.now() + DAY)} }
`,
    )
    await comesTo(
      world,
      `On (manual), fetched 1+1 | ios:https://${ACME}/ ios:https://${NEO}/`,
      'install exec remove install remove exec, on , holds 0 | ',
      new Map([[drifted?.id ?? 0, `${mended} remove exec, on , holds 0 | `]]),
    )
    const wiped = fake.requests.filter((each) => /wipe|lock|hosts\/delete|DELETE \S+\/hosts\/\d+$/.test(each))
    expect(wiped).toEqual([])
  },
)

it.each(seeds(20_261_129))(
  'what is erased and enrols again gets its eSIM once again, with 30% of all requests going wrong (luck %i)',
  async (luck) => {
    const world = await openFleetSimplane()
    const { fake } = world
    const [erased, phone] = [fake.addApple(), fake.addApple()]
    const [wiped, deleted, laptop] = [fake.addWindows(), fake.addWindows(), fake.addWindows()]
    world.spoil(0.3, luck)
    await world.write('policy.yaml', POLICY)
    await world.write('configurations.yaml', configurations(ACME))
    const onPhone = `On (manual), fetched 1+0 | ios:https://${ACME}/`
    const onLaptop = `install, on ${ACME}, holds 1 | windows:${ACME}`
    await comesTo(world, onPhone, onLaptop)

    fake.wipe(wiped)
    fake.wipe(deleted)
    fake.erase(erased)
    await world.pass(2 * HOUR)
    fake.reenrol(wiped)
    fake.reenrol(erased)
    // It is another host of Fleet's, and in none of our labels.
    const anew = fake.enrolAnew(deleted)
    await comesTo(
      world,
      onPhone,
      onLaptop,
      new Map([
        [erased.id, `On (manual), fetched 2+0 | ios:https://${ACME}/`],
        [wiped.id, `install install, on ${ACME}, holds 1 | windows:${ACME}`],
        [anew.id, onLaptop],
      ]),
    )
    expect([...fake.hosts.keys()]).toEqual([erased.id, phone.id, wiped.id, laptop.id, anew.id])
    expect((await world.store.counts()).byVerdict['in-sync']).toBe(5)
    expect(fake.requests.filter((each) => /wipe|DELETE \S+\/hosts\/\d+$/.test(each))).toEqual([])
  },
)
