import type { Submission } from '../../domain/driver.ts'
import type { Queued } from './client.ts'
import type { Uuid } from './device.ts'
import { isUnreachable, unreachable } from './judged.ts'
import type { Sent } from './rows.ts'
import { SHOWN_WITHIN } from './timing.ts'
import { refused, type Work } from './work.ts'

/** Gives Jamf Pro a command that is written already, for the first time. */
export async function deliver(work: Work, sent: Sent, carrierUrl: string): Promise<Submission> {
  const { client, memory, driver } = work
  let queued: Queued
  try {
    queued = await client.refresh(sent.managementId, carrierUrl)
  } catch (error) {
    const found = isUnreachable(error) ? await find(work, sent) : undefined
    if (found === undefined) throw error
    return told(work, sent, found)
  }
  switch (queued.kind) {
    case 'done': {
      const found = queued.uuid ?? (await find(work, sent))
      if (found === undefined) throw unreachable(driver, 'it took a command and does not show it yet')
      return told(work, sent, found)
    }
    case 'throttled':
      memory.drop(sent.step)
      return { kind: 'deferred', reason: 'Jamf Pro wants to be left alone.', retryAt: queued.retryAt }
    case 'refused': {
      const { status, message } = queued
      const code = status === 404 ? 'not-found' : 'refused'
      const at = work.clock.now()
      memory.ended(sent.step, { kind: 'failed', code, message, permanent: true, at }, 'over')
      return refused(code, message)
    }
  }
}

/** Goes on with a command of which it is not known whether Jamf Pro has it; sent again only when it surely has not. */
export async function resume(work: Work, sent: Sent, carrierUrl: string): Promise<Submission> {
  const found = await find(work, sent)
  if (found !== undefined) return told(work, sent, found)
  const now = work.clock.now()
  if (now - sent.sentAt < SHOWN_WITHIN)
    throw unreachable(work.driver, 'whether it took a command will show in a moment')
  work.memory.again(sent.step, now)
  return await deliver(work, { ...sent, sentAt: now }, carrierUrl)
}

/**
 * The command that the device has since, and had not before. Jamf Pro names commands itself, so that one whose answer got
 * lost is known by nothing else.
 */
export async function find({ client, memory }: Work, sent: Sent): Promise<Uuid | undefined> {
  const listed = await client.refreshes(sent.managementId)
  const fresh = listed.filter((uuid) => !sent.others.includes(uuid) && !memory.isOurs(uuid))
  return fresh.at(-1)
}

function told({ memory }: Work, { step }: Sent, uuid: Uuid): Submission {
  memory.told(step, uuid)
  return { kind: 'accepted', receipt: uuid }
}
