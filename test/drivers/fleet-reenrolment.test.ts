import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE, SECOND } from '../../src/domain/time.ts'
import type { FakeHost } from './fakes/fleet/hosts.ts'
import { fleet, order, provisioned, shown, SLOT, type FleetWorld } from './fakes/fleet/world.ts'

const OURS = { source: { identity: 'windows:smdp.acme.example' } }

/** A laptop that had its eSIM, was wiped, and has just enrolled again: the same host, in the same label. */
async function wipedAndBack(world: FleetWorld): Promise<FakeHost> {
  const laptop = await provisioned(world)
  await shown(world, laptop)
  world.fake.wipe(laptop)
  await world.clock.advance(HOUR)
  expect(await shown(world, laptop)).toMatchObject({ registration: 'wiped' })
  world.fake.reenrol(laptop)
  laptop.log.splice(0)
  await world.clock.advance(SECOND)
  return laptop
}

/** Fleet's round, and the laptop checks in. */
function deliver({ fake }: FleetWorld, laptop: FakeHost): void {
  fake.reconcile()
  fake.checkIn(laptop)
}

describe('a laptop that was wiped and enrols again', () => {
  it('gets its profile from Fleet by itself, and is not settled before its eSIM is there', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await wipedAndBack(world)
    deliver(world, laptop)
    // The server is there, verified, and the chip is empty: it is not an eSIM that is gone.
    expect(await shown(world, laptop)).toMatchObject({ installed: [{ state: 'pending' }], esims: [] })
    await world.clock.advance(2 * MINUTE)
    world.fake.checkIn(laptop)
    expect(await shown(world, laptop)).toMatchObject({ installed: [{ state: 'installed' }], esims: [OURS] })
    expect(laptop.log).toEqual([`install ${SLOT}`])
  })

  it('is settled without an eSIM when its server is asked for a quarter of an hour and gives none', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await wipedAndBack(world)
    deliver(world, laptop)
    for (let minute = 0; minute < 15; minute += 1) {
      expect(await shown(world, laptop)).toMatchObject({ installed: [{ state: 'pending' }] })
      await world.clock.advance(MINUTE)
    }
    expect(await shown(world, laptop)).toMatchObject({ installed: [{ state: 'installed' }], esims: [] })
  })

  it('is told nothing that takes off again what Fleet is bringing', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await wipedAndBack(world)
    expect(await shown(world, laptop)).toMatchObject({ installed: [], esims: [], esimsComplete: true })
    const install = order(laptop, 'install')
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    expect([...laptop.labels]).toContain(SLOT)
    await world.live()
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'done' })
    expect(laptop.log).toEqual([`install ${SLOT}`])
  })

  it('is left alone while it is getting its eSIM, and told of what it has then', async () => {
    const world = await fleet({ driver: { readsEuicc: true } })
    const laptop = await wipedAndBack(world)
    deliver(world, laptop)
    const install = order(laptop, 'install')
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'deferred' })
    await world.clock.advance(2 * MINUTE)
    deliver(world, laptop)
    expect(await world.driver.submit(install)).toMatchObject({ kind: 'accepted' })
    expect(await world.driver.outcome(install)).toMatchObject({ kind: 'failed', alreadyDownloaded: true })
    expect(laptop.log).toEqual([`install ${SLOT}`])
  })
})
