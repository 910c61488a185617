import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { openNotices } from '../../src/notices.ts'
import { Announcements } from '../../src/reconcile/announce/announcements.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { parseSettings } from '../../src/settings.ts'
import { KEY, openReceiver } from '../notify/fakes/receiver.ts'
import { serve } from './service.ts'
import { LAPTOPS, openWorld, PARIS, type World } from './world.ts'

type Told = World & {
  /** One more minute, and a look at the fleet. */
  look(): Promise<void>
  /** What has arrived since the last call: `kind subject: title`. */
  heard(): string[]
}

/** A world whose people are told over a signed webhook. */
async function openTold(): Promise<Told> {
  const world = await openWorld({ devices: 42 })
  const receiver = await openReceiver(() => world.clock.now())
  const { settings } = parseSettings(
    `apiVersion: simplane/v1
kind: Settings
notify: [{ name: ops, kind: webhook, url: "${receiver.url.href}", secret: { file: key } }]
`,
    'simplane.yaml',
    {},
  )
  if (settings === undefined) throw new Error('the settings are wrong')
  let read = 0
  const look = async (): Promise<void> => {
    await world.clock.advance(MINUTE)
    const { store, clock } = world
    // Anew each time, as after a restart: what was told is remembered in the store alone.
    await using outbox = await openNotices(settings, { store, clock, log: NO_LOG, reveal: () => KEY })
    await using announcements = new Announcements({ ...world.parts, outbox })
    await announcements.round(await store.inForce())
  }
  return Object.assign(Object.create(world) as World, {
    look,
    heard() {
      const fresh = receiver.taken.slice(read)
      read = receiver.taken.length
      return fresh.map(({ event }) => `${event.type.split('.')[2]} ${event.subject}: ${event.data.title}`)
    },
  })
}

describe('people are told', () => {
  it('of a commit that is not valid, once, and what stays in force', async () => {
    const world = await openTold()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
    await world.settle()
    await world.look()
    world.heard()
    await world.write({ 'acme.yaml': 'a: [' })
    await world.pass()
    await world.look()
    await world.look()
    expect(world.heard()).toEqual([
      expect.stringMatching(/^revision-refused fleet: working tree \w+ is not valid: \d errors?$/),
    ])
  })

  it('of drift when it begins and when it is gone, of what waits for them, and of what has come to the devices', async () => {
    const world = await openTold()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
    const service = serve(world)
    await service.untilSettled()
    await service.stop()
    await world.look()
    expect(world.heard()).toContainEqual(
      expect.stringMatching(/^rollout-done fleet: working tree \w+ is on the devices: \d+ steps proven/),
    )
    await world.look()
    expect(world.heard()).toEqual([])

    await world.write({ 'acme.yaml': `${LAPTOPS}  mode: propose\n` })
    await world.pass()
    for (const id of ['d-1', 'd-2']) world.simulator.userDeletesEsim(id)
    await world.clock.advance(HOUR)
    await world.pass()
    await world.look()
    const drifted = world.heard()
    expect(drifted).toContainEqual(
      expect.stringMatching(
        /^drift-found configuration\/acme-laptops: \d devices? contradicts? what git says of acme-laptops$/,
      ),
    )
    expect(drifted).toContainEqual(
      expect.stringMatching(
        /^plan-held configuration\/acme-laptops: \d devices? of acme-laptops waits? for a person before "/,
      ),
    )
    await world.look()
    expect(world.heard()).toEqual([])

    await world.write({ 'acme.yaml': LAPTOPS })
    await world.settle()
    await world.live(HOUR)
    await world.look()
    expect(world.heard()).toContainEqual(
      'drift-gone configuration/acme-laptops: No device contradicts what git says of acme-laptops any more',
    )
  })

  it('of an MDM that is away for ten minutes, not of one that stumbles, and when it is back', async () => {
    const world = await openTold()
    await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
    await world.settle()
    await world.look()
    world.heard()
    world.simulator.setDials({ unreachable: true })
    await world.pass().catch(() => undefined)
    await world.look()
    expect(world.heard().filter((each) => each.startsWith('driver'))).toEqual([])
    world.simulator.setDials({ unreachable: false })
    await world.pass()
    await world.look()
    expect(world.heard().filter((each) => each.startsWith('driver'))).toEqual([])
    world.simulator.setDials({ unreachable: true })
    await world.pass().catch(() => undefined)
    await world.look()
    await world.clock.advance(10 * MINUTE)
    await world.pass().catch(() => undefined)
    await world.look()
    await world.look()
    expect(world.heard().filter((each) => each.startsWith('driver'))).toEqual([
      'driver-down driver/simulator: The MDM of driver simulator gives no whole inventory',
    ])
    world.simulator.setDials({ unreachable: false })
    await world.pass()
    await world.look()
    expect(world.heard().filter((each) => each.startsWith('driver'))).toEqual([
      'driver-back driver/simulator: The MDM of driver simulator gives whole inventories again',
    ])
  })

  it('of devices of a retirement that may leave', async () => {
    const world = await openTold()
    await world.write({
      'retire.yaml': `apiVersion: simplane/v1\nkind: Retirement\nmetadata: { name: q4 }\nspec: { devices: ["id:simulator/d-1", "id:simulator/d-2"] }\n`,
      'policy.yaml': `apiVersion: simplane/v1\nkind: Policy\nmetadata: { name: default }\nspec: { budgets: { reset: unlimited } }\n`,
    })
    await world.settle()
    await world.live(2 * HOUR)
    await world.look()
    const told = world.heard().filter((each) => each.startsWith('retirement-released'))
    expect(told).toEqual([
      expect.stringMatching(/^retirement-released retirement\/q4: (All 2|1 of 2) devices of q4/),
    ])
    await world.look()
    expect(world.heard()).toEqual([])
  })
})
