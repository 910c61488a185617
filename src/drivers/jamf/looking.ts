import { isApple } from '../../domain/device.ts'
import type { Instant } from '../../domain/time.ts'
import type { Device } from './device.ts'
import { currentPlans } from './facts.ts'
import { isUnreachable } from './judged.ts'
import type { Known, Origin, Sent } from './rows.ts'
import { APPEARS_WITHIN, ATTRIBUTED_WITHIN, LONGEST_PATIENCE, nextLook, PATIENCE } from './timing.ts'
import type { Work } from './work.ts'

/**
 * Makes of a device's inventory what can be made of it: which install brought which eSIM; and asks the device to say
 * anew what it holds where that is due. What does not get through is due again.
 */
export async function lookInto(work: Work, device: Device): Promise<void> {
  if (device.managed !== true || device.userEnrolled || !isApple(device.platform)) return
  try {
    await attribute(work, device)
    const tries = dueQuestion(work.memory.known(device.id), device, work.clock.now())
    if (tries !== undefined) await ask(work, device, tries)
  } catch (error) {
    if (!isUnreachable(error)) throw error
  }
}

/** Asks the device what it holds; written before it is sent. `false`: nobody is to be asked, or Jamf Pro refuses to. */
export async function ask(work: Work, device: Device, tries: number): Promise<boolean> {
  if (!work.asksInventory) return false
  const inventoryAt = device.inventoryAt ?? 0
  work.memory.ask(device.id, { inventoryAt, askedAt: work.clock.now(), tries })
  return await work.client.askInventory(device.id)
}

/**
 * Attributes what the device shows and did not show before the install that is open. RefreshCellularPlans names no ICCID
 * and its answer shows nothing, so that this is the only way to tell.
 */
export async function attribute({ memory, client }: Work, device: Device): Promise<void> {
  const known = memory.known(device.id)
  const { inventoryAt = 0 } = device
  if (known.question !== undefined && inventoryAt !== known.question.inventoryAt) memory.answered(device.id)
  let open = openInstall(known)
  if (open === undefined) return
  if (open.acknowledgedAt === undefined && open.uuid !== undefined) {
    const listed = await client.command(open.uuid)
    if (listed?.state === 'acknowledged') {
      const acknowledgedAt = listed.completedAt ?? open.sentAt
      memory.acknowledged(open.step, acknowledgedAt)
      open = { ...open, acknowledgedAt }
    }
  }
  if (mayHaveBrought(open, inventoryAt)) memory.learn(device.id, originsOf(open, known, device))
}

/** The newest install that may still bring something. */
function openInstall({ sent, origins }: Known): Sent | undefined {
  const newest = sent.at(-1)
  if (newest === undefined || newest.state === 'over' || newest.outcome?.kind === 'failed') return undefined
  return origins.some(({ step }) => step === newest.step) ? undefined : newest
}

function mayHaveBrought({ sentAt, acknowledgedAt }: Sent, inventoryAt: Instant): boolean {
  if (inventoryAt - sentAt > ATTRIBUTED_WITHIN) return false
  // Without an acknowledgement, which may be lost: when it would have been there.
  return inventoryAt >= (acknowledgedAt ?? sentAt + APPEARS_WITHIN)
}

function originsOf(
  { step, configuration, identity, baseline }: Sent,
  { origins }: Known,
  device: Device,
): readonly Origin[] {
  const plans = currentPlans(device)
  if (baseline === undefined || plans === undefined) return []
  const before = new Set([...baseline, ...origins.map(({ iccid }) => iccid)])
  const at = device.inventoryAt ?? 0
  return plans
    .filter((iccid) => !before.has(iccid))
    .map((iccid) => ({ iccid, step, configuration, identity, at }))
}

/** Whether a device is to be asked: how many times it was asked in vain before; `undefined`: it is not due. */
function dueQuestion(known: Known, { inventoryAt = 0 }: Device, now: Instant): number | undefined {
  const { question } = known
  if (question !== undefined) {
    const patience = Math.min(LONGEST_PATIENCE, PATIENCE * 2 ** Math.min(question.tries, 20))
    return now - question.askedAt >= patience ? question.tries + 1 : undefined
  }
  // Without an install on its way, the inventory that every device sends by itself once a day is enough.
  const open = openInstall(known) ?? unshown(known, inventoryAt)
  if (open === undefined || open.state !== 'told') return undefined
  return now >= nextLook(inventoryAt, open.acknowledgedAt ?? open.sentAt) ? 0 : undefined
}

/** An install whose plan is there, by an inventory that seems older than it: Jamf Pro's clock is behind ours. */
function unshown({ sent }: Known, inventoryAt: Instant): Sent | undefined {
  const newest = sent.at(-1)
  return newest !== undefined && newest.outcome === undefined && inventoryAt <= newest.sentAt
    ? newest
    : undefined
}
