import { expect, it } from 'vitest'
import type { Command } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { type Fault, faults, FAULTS, seeds } from './fakes/faults.ts'
import type { FakeHost } from './fakes/fleet/hosts.ts'
import { drive, fleet, order, type FleetWorld } from './fakes/fleet/world.ts'

type Make = (host: FakeHost) => Command

/** A step as the executor sees it through: told until it is taken, asked after until it is over, never given up. */
async function seeThrough(
  world: FleetWorld,
  hosts: readonly FakeHost[],
  make: Make,
): Promise<readonly string[]> {
  const open = new Map(hosts.map((host) => [host, { command: make(host), state: 'ready' }]))
  const used: string[] = []
  for (let round = 0; round < 60 && open.size > 0; round += 1) {
    for (const [host, step] of open) {
      if (step.state === 'ready') step.state = await tell(world, step.command)
      if (step.state === 'deferred') {
        used.push(step.command.id)
        open.set(host, { command: make(host), state: 'ready' })
      }
      const outcome = await reached(world, world.driver.outcome(step.command))
      if (step.state !== 'deferred' && outcome?.kind === 'unknown') step.state = 'ready'
      if (outcome?.kind === 'failed')
        throw new Error(`${step.command.kind}: ${outcome.code} ${outcome.message}`)
      if (outcome?.kind !== 'done') continue
      used.push(step.command.id)
      open.delete(host)
    }
    await live(world)
  }
  expect([...open.values()].map(({ command, state }) => `${command.kind} ${state}`)).toEqual([])
  return used
}

async function tell(world: FleetWorld, command: Command): Promise<string> {
  const answer = await reached(world, world.driver.submit(command))
  if (answer?.kind === 'refused') throw new Error(`${command.kind} refused: ${answer.code} ${answer.message}`)
  // Out of reach leaves it issued: what became of it is asked.
  return answer === undefined ? 'issued' : answer.kind
}

/** A minute: devices check in, and the driver looks. */
async function live(world: FleetWorld): Promise<void> {
  world.fake.round()
  await world.clock.advance(MINUTE)
  world.fake.round()
  await reached(world, world.driver.observe())
}

async function reached<T>(world: FleetWorld, work: Promise<T>): Promise<T | undefined> {
  try {
    return await drive(world.clock, work)
  } catch (error) {
    if (error instanceof SimplaneError && error.code === 'driver-unreachable') return undefined
    throw error
  }
}

it.each(seeds(20_261_125))(
  'with 30% of all requests going wrong nothing is done twice, and nothing is lost (luck %i)',
  async (luck) => {
    const world = await fleet({ driver: { readsEuicc: true, answerWithin: 20 * SECOND } })
    const { fake } = world
    const phones = [await world.phone(), await world.phone(), await world.phone()]
    const laptops = [world.laptop(), world.laptop(), world.laptop()]
    const all = [...phones, ...laptops]
    const suffered = new Map<Fault, number>()
    fake.dials.fault = faults(0.3, luck, suffered)

    const installs = await seeThrough(world, all, (host) => order(host, 'install'))
    expect(installs.reduce((sum, id) => sum + world.effects(id as Command['id']), 0)).toBe(all.length)
    // A phone is "done" once it asked its carrier: what comes of that shows when it is asked what it holds.
    for (let minutes = 0; minutes < 60 && phones.some((each) => each.apple?.plans.length === 0); minutes += 1)
      await live(world)
    for (const { apple } of phones) expect([...(apple?.downloads.values() ?? [])]).toEqual([1])
    for (const { windows } of laptops) expect(windows?.chipIccids).toHaveLength(1)

    await seeThrough(world, laptops, (host) => order(host, 'uninstall'))
    await seeThrough(world, laptops, (host) => order(host, 'reset'))
    for (const { log, windows } of laptops) {
      expect(log.map((line) => line.split(' ')[0])).toEqual(['install', 'remove', 'exec'])
      expect([windows?.servers, windows?.chipIccids]).toEqual([[], []])
    }

    await seeThrough(world, phones, (host) => order(host, 'retire'))
    expect(phones.map(({ enrollment }) => enrollment)).toEqual(['Off', 'Off', 'Off'])
    expect(suffered.size).toBe(FAULTS.length)
  },
)
