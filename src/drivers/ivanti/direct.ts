import type { Command, Submission } from '../../domain/driver.ts'
import type { Works } from './carry.ts'
import { unreachable, valueOf, type Told } from './client.ts'
import type { IvantiDevice } from './device.ts'
import { add, note, refused } from './entry.ts'
import type { Sent } from './rows.ts'

/** Why nothing is done now. */
export const LEFT_ALONE = 'Neurons for MDM wants to be left alone.'

/** Retiring and deleting: one call, judged by what is so afterwards. */
export async function direct(works: Works, sent: Sent, first: boolean): Promise<Submission> {
  const { client, notebook, driver, clock } = works
  const target = sent.record ?? sent.device
  if (!first && (await isDone(works, sent))) return { kind: 'accepted' }
  const told: Told = sent.kind === 'retire' ? await client.retire(target) : await client.deleteRecord(target)
  switch (told.kind) {
    case 'taken':
      notebook.change({ ...sent, writtenAt: clock.now() })
      return { kind: 'accepted' }
    case 'unheard':
      throw unreachable(driver, told.why)
    case 'throttled':
      if (!first) throw unreachable(driver, 'it wants to be left alone')
      notebook.drop(sent.seq)
      return { kind: 'deferred', reason: LEFT_ALONE, retryAt: told.retryAt }
    case 'refused': {
      // An earlier try that was not heard of may be why it will not do it again.
      if (await isDone(works, sent)) return { kind: 'accepted' }
      const error = {
        code: `${sent.kind}-refused`,
        message: `Neurons for MDM: ${told.message}.`,
        permanent: true,
      }
      notebook.change({ ...sent, state: 'failed', endedAt: clock.now(), error })
      return { kind: 'refused', code: error.code, message: error.message }
    }
  }
}

/** Is the record gone, or the device leaving? */
export async function isDone({ client, driver }: Works, sent: Sent): Promise<boolean> {
  const device = valueOf(driver, await client.device(sent.record ?? sent.device))
  if (sent.kind === 'delete-record') return device === undefined
  return device?.registration === 'retired' || device?.registration === 'retire-pending'
}

/** Allowed in these states only (admin guide, deleting devices; S26). */
const DELETABLE: readonly string[] = ['retired', 'retire-pending', 'wiped', 'wipe-pending']

/** Another record of this device, and an older one that is over: looked at now, whatever was planned (S14, S26). */
export async function deletion(works: Works, command: Command, live: IvantiDevice): Promise<Submission> {
  const { client, driver } = works
  const id = command.record?.slice(driver.length + 1) ?? ''
  const read = await client.device(id)
  if (read.kind === 'throttled') return { kind: 'deferred', reason: LEFT_ALONE, retryAt: read.retryAt }
  const stale = read.value
  if (stale === undefined) return note(works, command, refused('not-found', 'The MDM has no such record.'))
  if (!DELETABLE.includes(stale.registration))
    return note(works, command, refused('not-stale', `The record is ${stale.registration}: it is in use.`))
  if ((stale.enrolledAt ?? Infinity) >= (live.enrolledAt ?? -Infinity))
    return note(
      works,
      command,
      refused('not-older', 'The record is not known to be older than the live one.'),
    )
  return await direct(works, add(works, command, [], id), true)
}
