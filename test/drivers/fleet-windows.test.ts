import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import {
  drive,
  fleet,
  order,
  provisioned,
  shown,
  SLOT,
  WINDOWS,
  type FleetWorld,
} from './fakes/fleet/world.ts'

const NOW_INSTALLED = { configuration: 'acme', spec: WINDOWS, managed: true, state: 'installed' }

/** As the executor does it: what is put off comes again under a new id. */
async function untilAccepted(world: FleetWorld, make: () => ReturnType<typeof order>, tries = 6) {
  const deferrals: string[] = []
  for (let tried = 0; tried < tries; tried += 1) {
    const command = make()
    const answer = await world.driver.submit(command)
    if (answer.kind !== 'deferred') return { command, answer, deferrals }
    deferrals.push(answer.reason)
    await world.live(1)
  }
  throw new Error(`put off ${tries} times: ${deferrals.join(' ')}`)
}

describe('an install on Windows', () => {
  it('goes to its device and to no other of the team', async () => {
    const world = await fleet()
    const [laptop, other] = [world.laptop(), world.laptop()]
    await world.driver.submit(order(laptop, 'install'))
    await world.live()
    expect(laptop.windows?.servers).toEqual(['smdp.acme.example'])
    expect(other.windows?.servers).toEqual([])
    expect((await shown(world, laptop)).installed).toMatchObject([NOW_INSTALLED])
    expect((await shown(world, other)).installed).toEqual([])
    expect(world.fake.profiles).toMatchObject([{ name: SLOT, labels: [{ name: SLOT }] }])
  })

  it('shares its profile with the next device', async () => {
    const world = await fleet()
    for (const laptop of [await provisioned(world), await provisioned(world)])
      expect(laptop.windows?.chipIccids).toHaveLength(1)
    expect(world.fake.profiles).toHaveLength(1)
  })

  it('goes out in the team of its device, by the old name of the parameter or by the new one', async () => {
    for (const apiNames of ['teams', 'fleets'] as const) {
      const world = await fleet({
        driver: { apiNames },
        fake: { teamKey: apiNames === 'teams' ? 'team' : 'fleet' },
      })
      const laptop = world.laptop()
      laptop.teamId = 3
      await world.driver.submit(order(laptop, 'install'))
      await world.live()
      expect(world.fake.profiles).toMatchObject([{ team: 3 }])
      expect(await shown(world, laptop)).toMatchObject({
        installed: [NOW_INSTALLED],
        labels: { team: 'Workstations' },
      })
    }
  })

  it('over what is there takes it off first, so that the device downloads again after an eSIM reset', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    const reset = order(laptop, 'reset')
    await world.driver.submit(reset)
    await world.live()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    expect(laptop.windows?.chipIccids).toEqual([])
    expect(laptop.windows?.servers).toEqual(['smdp.acme.example'])

    const { command, deferrals } = await untilAccepted(world, () => order(laptop, 'install'))
    expect(deferrals.length).toBeGreaterThan(0)
    await world.live()
    expect(await world.driver.outcome(command)).toMatchObject({ kind: 'done' })
    expect(laptop.windows?.chipIccids).toHaveLength(1)
    expect(laptop.log.map((line) => line.split(' ')[0])).toEqual(['install', 'exec', 'remove', 'install'])
  })

  it('over a server of the device that Fleet knows nothing of does not download, and Fleet calls it verified (418)', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await provisioned(world)
    const chip = laptop.windows?.chipIccids
    // Fleet forgets the profile, and the device keeps the server.
    laptop.profiles = []
    laptop.labels.delete(SLOT)
    const { command } = await untilAccepted(world, () => order(laptop, 'install'))
    await world.live()
    expect(laptop.log.at(-1)).toMatch(/^replace /)
    expect(await world.driver.outcome(command)).toMatchObject({ kind: 'done' })
    expect(laptop.windows?.chipIccids).toEqual(chip)
  })

  it('that Fleet calls verified is not proven by that: the device shows the eSIM, or nobody does', async () => {
    const [blind, reading] = [await fleet(), await fleet({ driver: { readsEuicc: true } })]
    const unseen = await provisioned(blind)
    expect((await shown(blind, unseen)).esims).toBe('unknown')
    const seen = await provisioned(reading)
    expect((await shown(reading, seen)).esims).toMatchObject([
      { source: { identity: 'windows:smdp.acme.example' }, enabled: true },
    ])
  })

  it('that the device refuses has failed, with what Fleet says of it', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    const install = order(laptop, 'install')
    await world.driver.submit(install)
    world.fake.reconcile()
    const [profile] = laptop.profiles
    if (profile === undefined) throw new Error('there is no profile')
    Object.assign(profile, { status: 'failed', detail: './Device/Vendor/MSFT/eUICCs: status 404\nno modem' })
    expect(await world.driver.outcome(install)).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining('status 404 no modem') as string,
      permanent: false,
    })
    expect((await shown(world, laptop)).installed).toMatchObject([{ state: 'failed' }])
  })

  it.each([
    ['Windows 10', 'Windows 10 Pro 22H2 10.0.19045.4598', 'os-too-old'],
    ['a Windows that does not say its build', 'Windows 11 Pro', 'os-unknown'],
  ])('is refused on %s', async (_, osVersion, code) => {
    const world = await fleet()
    const laptop = world.laptop()
    laptop.osVersion = osVersion
    expect(await world.driver.submit(order(laptop, 'install'))).toMatchObject({ kind: 'refused', code })
    expect(laptop.labels.size).toBe(1)
  })

  it('is refused by a Fleet that cannot take profiles off devices', async () => {
    const world = await fleet({ fake: { version: '4.83.2' } })
    const laptop = world.laptop()
    for (const kind of ['install', 'uninstall'] as const)
      expect(await world.driver.submit(order(laptop, kind))).toMatchObject({
        kind: 'refused',
        code: 'fleet-too-old',
      })
  })

  it('is refused by a Fleet without a licence, whatever the settings say: its profile would go to every device', async () => {
    const world = await fleet({ fake: { tier: 'free' } })
    const laptop = world.laptop()
    expect(await world.driver.submit(order(laptop, 'install'))).toMatchObject({ code: 'needs-premium' })
    expect(world.fake.profiles).toEqual([])
    expect(world.fake.labels.size).toBe(0)
  })

  it('never leaves a profile without its label in Fleet', async () => {
    const world = await fleet()
    world.fake.dials.forgetsLabels = true
    const laptop = world.laptop()
    expect(await world.driver.submit(order(laptop, 'install'))).toMatchObject({ code: 'profile-changed' })
    expect(world.fake.profiles).toEqual([])
  })

  it.each(['broken', 'unlabelled'] as const)(
    'never uses a profile that is %s, and never deletes it',
    async (how) => {
      const world = await fleet()
      await provisioned(world)
      const [profile] = world.fake.profiles
      if (profile === undefined) throw new Error('there is no profile')
      profile.labels = how === 'broken' ? [{ name: SLOT, broken: true }] : []
      const answer = await world.driver.submit(order(world.laptop(), 'install'))
      expect(answer).toMatchObject({ kind: 'refused', code: 'profile-changed' })
      expect(world.fake.profiles).toEqual([profile])
    },
  )

  it('is not there yet while it waits, and is on its way when Fleet sends it by itself', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    laptop.online = false
    await world.driver.submit(order(laptop, 'install'))
    world.fake.reconcile()
    expect((await shown(world, laptop)).installed).toEqual([])
    const other = await provisioned(world)
    for (const profile of other.profiles) profile.status = 'pending'
    expect((await shown(world, other)).installed).toMatchObject([{ state: 'pending' }])
  })

  it('whose label somebody takes away has failed', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    const install = order(laptop, 'install')
    await world.driver.submit(install)
    laptop.labels.delete(SLOT)
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'failed', code: 'label-removed' })
  })

  it('of which nobody knows whether it arrived is not put off as if nothing had', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    const install = order(laptop, 'install')
    const atLabels = (fault: 'cut-after' | 'throttled') => (request: string) =>
      /^POST .*\/hosts\/\d+\/labels$/.test(request) ? fault : undefined
    for (const fault of ['cut-after', 'throttled'] as const) {
      world.fake.dials.fault = atLabels(fault)
      const error: unknown = await drive(world.clock, world.driver.submit(install)).catch(
        (thrown: unknown) => thrown,
      )
      expect(error).toMatchObject({ code: 'driver-unreachable' })
    }
    world.fake.dials.fault = () => undefined
    await world.clock.advance(MINUTE)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(world.effects(install.id)).toBe(1)
  })

  it('of which half is done when Fleet wants to be left alone is not put off either, and not done twice', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = world.laptop()
    const install = order(laptop, 'install')
    // The label was made with the laptop in it, and the profile too: it is on its way.
    world.fake.dials.fault = (request) =>
      /^POST .*\/hosts\/\d+\/labels$/.test(request) ? 'throttled' : undefined
    await expect(world.driver.submit(install)).rejects.toMatchObject({ code: 'driver-unreachable' })
    expect([...laptop.labels]).toContain(SLOT)
    world.fake.dials.fault = () => undefined
    world.fake.round()
    await world.clock.advance(MINUTE)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    expect(laptop.log).toEqual([`install ${SLOT}`])
  })

  it('shows no label of its own as a group', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    expect(laptop.labels).toContain(SLOT)
    expect((await shown(world, laptop)).groups).toEqual(['All Hosts'])
  })
})

describe('an uninstall on Windows', () => {
  it('takes the server off this device and no other, and its eSIM stays', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const [laptop, other] = [await provisioned(world), await provisioned(world)]
    const uninstall = order(laptop, 'uninstall')
    await world.driver.submit(uninstall)
    await world.live()
    expect(await world.driver.outcome(uninstall)).toMatchObject({ kind: 'done' })
    expect(laptop.windows?.servers).toEqual([])
    expect(laptop.windows?.chipIccids).toHaveLength(1)
    expect((await shown(world, laptop)).installed).toEqual([])
    expect(other.windows?.servers).toEqual(['smdp.acme.example'])
  })

  it('finds what an earlier name of the configuration put there', async () => {
    const world = await fleet()
    const laptop = world.laptop()
    await world.driver.submit(order(laptop, 'install', { configuration: 'acme-2025' }))
    await world.live()
    const uninstall = order(laptop, 'uninstall')
    await world.driver.submit(uninstall)
    await world.live()
    expect(await world.driver.outcome(uninstall)).toMatchObject({ kind: 'done' })
    expect(laptop.windows?.servers).toEqual([])
  })

  it('is removing until the device has been there, and failed where Fleet says so', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    laptop.online = false
    const uninstall = order(laptop, 'uninstall')
    await world.driver.submit(uninstall)
    world.fake.reconcile()
    expect(await world.driver.outcome(uninstall)).toEqual({ kind: 'pending' })
    expect((await shown(world, laptop)).installed).toMatchObject([{ state: 'removing' }])
    for (const profile of laptop.profiles) Object.assign(profile, { status: 'failed', detail: 'status 400' })
    expect(await world.driver.outcome(uninstall)).toMatchObject({ kind: 'failed', message: 'status 400' })
    expect((await shown(world, laptop)).installed).toMatchObject([{ state: 'installed' }])
  })

  it('that Fleet does not carry out, because the label of the profile is gone, fails in the end', async () => {
    const world = await fleet()
    const laptop = await provisioned(world)
    for (const profile of world.fake.profiles) profile.labels = [{ name: SLOT, broken: true }]
    laptop.labels.delete(SLOT)
    const uninstall = order(laptop, 'uninstall')
    await world.driver.submit(uninstall)
    await world.live()
    expect(await world.driver.outcome(uninstall)).toEqual({ kind: 'pending' })
    await world.clock.advance(HOUR)
    await world.live()
    expect(await world.driver.outcome(uninstall)).toMatchObject({ kind: 'failed', code: 'still-there' })
  })
})
