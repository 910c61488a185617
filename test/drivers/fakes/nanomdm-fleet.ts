import { SECOND } from '../../../src/domain/time.ts'
import { dice, faults } from './faults.ts'
import { openSimplane, type Simplane } from './simplane.ts'
import type { Webhook } from './nanomdm.ts'
import { nanoMdm, type NanoMdmWorld } from './nanomdm-world.ts'

/** A whole simplane whose fleet is behind a NanoMDM. */
export type Fleet = Simplane &
  NanoMdmWorld & {
    /** From now on a share of everything goes wrong, in every way the fake knows. */
    spoil(share: number, seed: number): void
  }

/** Opens a fleet of this many phones that hold nothing. */
export async function openFleet(devices: number): Promise<Fleet> {
  const world = await nanoMdm({ devices, driver: { answerWithin: 30 * SECOND } })
  const { clock, fake, driver } = world
  const simplane = await openSimplane(clock, driver, { checkIn: talk })
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

  return Object.assign(world, simplane, {
    spoil(share: number, seed: number) {
      chance = dice(seed)
      spoiled = share
      fake.dials.fault = faults(share, seed + 1)
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
