import type { Command, Outcome } from '../../domain/driver.ts'
import { carryOn, confirmed, noteSims, type Works } from './carry.ts'
import { valueOf } from './client.ts'
import { isDone } from './direct.ts'
import { isDeviceId, type IvantiDevice } from './device.ts'
import type { Sent } from './rows.ts'

/**
 * What became of a command: the device is looked at, and the command carried on where it waits for that. "done" is that
 * the device checked in long enough after the last change, never that an eSIM is there. Must not run twice at once for
 * one device.
 */
export async function outcome(works: Works, { id, device }: Command): Promise<Outcome> {
  const { notebook, client, driver } = works
  const known = notebook.command(id)
  if (known === undefined) {
    // Whether the MDM is there at all comes before what we know.
    if (isDeviceId(device.id)) valueOf(driver, await client.device(device.id))
    else valueOf(driver, await client.devices(0, 1))
    return { kind: 'unknown' }
  }
  const mayShowOld = known.kind === 'reset' && works.iccids === 'trust'
  if (known.state === 'failed' || (known.state === 'done' && !mayShowOld)) return told(known)
  if (known.kind === 'retire' || known.kind === 'delete-record') return await directOutcome(works, known)
  const found = valueOf(driver, await client.device(known.device))
  if (found !== undefined) noteSims(works, found)
  const seen = found === undefined ? undefined : await confirmed(works, found)
  const carried = await carryOn(works, known, seen)
  if (carried.kind === 'throttled') return { kind: 'pending' }
  const shows = mayShowOld && seen !== undefined && showsOld(works, carried.sent, seen)
  return shows ? { kind: 'pending' } : told(carried.sent)
}

/** An eSIM of ours that should be gone still shows: the record is stale, or nothing was erased. Neither is "done". */
function showsOld({ notebook }: Works, { device, sentAt }: Sent, { iccids }: IvantiDevice): boolean {
  return notebook
    .memory(device)
    .iccids.some((each) => each.origin !== undefined && each.seenAt <= sentAt && iccids.includes(each.iccid))
}

async function directOutcome(works: Works, sent: Sent): Promise<Outcome> {
  if (await isDone(works, sent)) {
    const endedAt = works.clock.now()
    works.notebook.change({ ...sent, state: 'done', endedAt })
    return { kind: 'done', at: endedAt }
  }
  return sent.writtenAt === undefined ? { kind: 'unknown' } : { kind: 'pending' }
}

function told({ state, endedAt, error, sentAt }: Sent): Outcome {
  const at = endedAt ?? sentAt
  switch (state) {
    case 'open':
    case 'withdrawing':
    case 'unclear':
      return { kind: 'pending' }
    case 'done':
      return { kind: 'done', at }
    case 'failed': {
      const { code, message, permanent, alreadyDownloaded } = error ?? UNNAMED
      const known = alreadyDownloaded === true ? { alreadyDownloaded } : {}
      return { kind: 'failed', code, message, permanent, at, ...known }
    }
  }
}

const UNNAMED: NonNullable<Sent['error']> = {
  code: 'failed',
  message: 'It failed, and why was not kept.',
  permanent: false,
}
