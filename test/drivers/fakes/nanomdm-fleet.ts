import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { ALONE } from '../../../src/domain/leadership.ts'
import type { Store } from '../../../src/domain/store.ts'
import { DAY, MINUTE, SECOND, type Duration } from '../../../src/domain/time.ts'
import { NO_LOG } from '../../../src/log/winston.ts'
import { NO_SCREEN, type Parts } from '../../../src/reconcile/parts.ts'
import { reconcile, work } from '../../../src/reconcile/reconcile.ts'
import { openWorkingTree } from '../../../src/source/working-tree.ts'
import { openStore } from '../../../src/store/sqlite/open.ts'
import { dice, type Fault } from './faults.ts'
import type { Webhook } from './nanomdm.ts'
import { drive, nanoMdm, type NanoMdmWorld } from './nanomdm-world.ts'

/** A whole simplane whose fleet is behind a NanoMDM. */
export type Fleet = NanoMdmWorld & {
  readonly store: Store
  write(file: string, text: string): Promise<void>
  /** So much time: devices poll every two minutes, a pass is made every ten, steps are seen to when they are due. */
  pass(duration: Duration): Promise<void>
  /** From now on a share of everything goes wrong, in every way the fake knows. */
  spoil(share: number, seed: number): void
}

const FAULTS: readonly Fault[] = [
  'refused-before',
  'refused-after',
  'cut-after',
  'throttled',
  'throttled-silently',
  'malformed',
  'half',
  'slow',
]

/** Opens a fleet of this many phones that hold nothing. */
export async function openFleet(devices: number): Promise<Fleet> {
  const world = await nanoMdm({ devices, driver: { answerWithin: 30 * SECOND } })
  const folder = await mkdtemp(join(tmpdir(), 'simplane-fleet-'))
  const tree = join(folder, 'desired-state')
  await mkdir(tree)
  const source = openWorkingTree({ path: tree })
  const store = await openStore(join(folder, 'simplane.db'))
  onTestFinished(async () => {
    await source[Symbol.asyncDispose]()
    await store[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })
  const { clock, fake, driver } = world
  const common = {
    store,
    source,
    clock,
    log: NO_LOG,
    screen: NO_SCREEN,
    ignore: [],
    ceiling: 'enforce' as const,
  }
  const parts: Parts = { ...common, drivers: [driver], program: 'test', leadership: ALONE, history: 90 * DAY }
  const { signal } = new AbortController()
  let chance: (() => number) | undefined
  let spoiled = 0

  /** Devices poll, and NanoMDM tells: some of it never, some twice, some much later, in any order. */
  async function talk(): Promise<void> {
    for (const device of fake.devices.values()) {
      if (chance !== undefined && chance() < spoiled) spoilDevice(device, chance)
      fake.poll(device)
    }
    if (chance !== undefined) scatter(fake.webhooks, chance, spoiled)
    await world.deliver()
  }

  return Object.assign(world, {
    store,
    write: (file: string, text: string) => writeFile(join(tree, file), text),
    spoil(share: number, seed: number) {
      const roll = dice(seed)
      chance = roll
      spoiled = share
      fake.dials.fault = () => (roll() < share ? FAULTS[Math.floor(roll() * FAULTS.length)] : undefined)
    },
    async pass(duration: Duration) {
      const until = clock.now() + duration
      let nextPass = clock.now()
      while (clock.now() < until) {
        await talk()
        if (clock.now() >= nextPass) {
          await drive(
            clock,
            reconcile(parts, { trigger: 'test', read: true, observe: true, signal }),
            3 * SECOND,
          )
          nextPass = clock.now() + 10 * MINUTE
        }
        const inForce = await store.inForce()
        if (inForce !== undefined) await drive(clock, work(parts, { run: 1, inForce }, signal), 3 * SECOND)
        const due = (await store.nextDue(clock.now())) ?? Infinity
        await clock.advance(Math.max(MINUTE / 4, Math.min(due, clock.now() + 2 * MINUTE) - clock.now()))
      }
    },
  })
}

function spoilDevice(
  device: { busy: number; failNext: number | undefined; stutters: boolean },
  chance: () => number,
): void {
  const kind = chance()
  if (kind < 0.4) device.busy = 1
  else if (kind < 0.7) device.failNext = chance() < 0.5 ? 36001 : 36003
  else device.stutters = !device.stutters
}

/** Not lost is only who enrols: a device whose two messages about that are both lost is not noticed, by anybody. */
function scatter(webhooks: Webhook[], chance: () => number, share: number): void {
  const told = webhooks.splice(0).flatMap((webhook) => {
    if (chance() >= share) return [webhook]
    return chance() < 0.5 && webhook.topic === 'mdm.Connect' ? [] : [webhook, webhook]
  })
  for (const webhook of told) webhooks.splice(Math.floor(chance() * (webhooks.length + 1)), 0, webhook)
}
