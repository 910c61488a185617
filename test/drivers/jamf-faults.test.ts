import { expect, it } from 'vitest'
import type { Command } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { type Fault, faults, FAULTS, seeds } from './fakes/faults.ts'
import type { FakeDevice } from './fakes/jamf/devices.ts'
import { drive, jamf, order, shown, type JamfWorld } from './fakes/jamf/world.ts'

/** Installs as the executor sees them through: told until taken, asked after until over, never given up. */
async function seeThrough(world: JamfWorld, devices: readonly FakeDevice[]): Promise<readonly Command[]> {
  const open = new Map(devices.map((device) => [device, { command: order(device), state: 'ready' }]))
  const done: Command[] = []
  for (let round = 0; round < 120 && open.size > 0; round += 1) {
    for (const [device, step] of open) {
      if (step.state === 'ready') step.state = await tell(world, step.command)
      if (step.state === 'deferred') {
        open.set(device, { command: order(device), state: 'ready' })
        continue
      }
      const outcome = await reached(world, world.driver.outcome(step.command))
      if (outcome?.kind === 'unknown') step.state = 'ready'
      if (outcome?.kind === 'failed') throw new Error(`${outcome.code} ${outcome.message}`)
      if (outcome?.kind !== 'done') continue
      done.push(step.command)
      open.delete(device)
    }
    // Sometimes the driver dies, and nothing that it knew may be lost.
    if (round % 7 === 3) await world.restart()
    world.fake.round()
    await world.clock.advance(MINUTE)
    world.fake.round()
    await reached(world, world.driver.observe())
  }
  expect([...open.values()].map(({ command, state }) => `${command.id} ${state}`)).toEqual([])
  return done
}

async function tell(world: JamfWorld, command: Command): Promise<string> {
  const answer = await reached(world, world.driver.submit(command))
  if (answer?.kind === 'refused') throw new Error(`refused: ${answer.code} ${answer.message}`)
  // Out of reach leaves it issued: what became of it is asked.
  return answer === undefined ? 'issued' : answer.kind
}

async function reached<T>(world: JamfWorld, work: Promise<T>): Promise<T | undefined> {
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
    const world = await jamf({ driver: { answerWithin: 20 * SECOND } })
    const { fake } = world
    fake.dials.behind = 30 * SECOND
    const phones = Array.from({ length: 12 }, () => world.phone())
    const suffered = new Map<Fault, number>()
    fake.dials.fault = faults(0.3, luck, suffered)
    const installs = await seeThrough(world, phones)
    expect(installs.map(({ id }) => world.effects(id))).toEqual(phones.map(() => 1))
    fake.dials.fault = () => undefined
    await world.clock.advance(2 * MINUTE)
    await world.live(12)
    for (const phone of phones) {
      expect([...phone.apple.downloads.values()]).toEqual([1])
      const sent = [...fake.commands.values()].filter(
        ({ device, type }) => device === phone && type === 'REFRESH_CELLULAR_PLANS',
      )
      expect(sent).toHaveLength(1)
      expect((await shown(world, phone)).esims).toMatchObject([{ source: { configuration: 'acme' } }])
    }
    expect(suffered.size).toBe(FAULTS.length)
  },
)
