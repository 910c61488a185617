import type { Command, Outcome, Submission } from '../../domain/driver.ts'
import { SECOND } from '../../domain/time.ts'
import { parseRecordId } from './device.ts'
import { catchUp, deliverDue, dueAt } from './delivery.ts'
import { parseKey } from './keys.ts'
import { refusal } from './mdm-rules.ts'
import { roll } from './random.ts'
import { guard, unreachable, write } from './world.ts'
import type { World } from './world.ts'

/** How long an MDM that answers "not now" wants to be left alone. */
const DEFERRED_FOR = 30 * SECOND
/** The second answer to a command that was delivered twice comes this much later. */
const SECOND_ANSWER = 2 * SECOND

/** Tells the MDM. An id it has seen changes nothing and is answered as it was the first time. */
export function submit(world: World, command: Command): Submission {
  const call = world.calls++
  const { dials, seed, name } = world
  if (dials.unreachable) throw unreachable(name, 'it cannot be reached')
  const chance = roll(seed, 'throws', command.id, call)
  if (chance < dials.submitThrows / 2)
    throw unreachable(name, 'the connection broke before the command was sent')
  const submission = write(world, () => take(world, command, call))
  if (chance < dials.submitThrows) throw unreachable(name, 'the connection broke before the answer arrived')
  return submission
}

/** What became of a command. Asking is what makes a late answer arrive. */
export function outcome(world: World, id: string): Outcome {
  const now = world.clock.now()
  if (world.dials.unreachable) throw unreachable(world.name, 'it cannot be reached')
  catchUp(world, now)
  const row = guard(world, () => world.tables.command(id))
  if (row === undefined) return { kind: 'unknown' }
  if (row.state !== 'settled' || row.outcome === undefined)
    return { kind: row.state === 'not-now' ? 'not-now' : 'pending' }
  if (row.hidden !== 0) {
    if (row.hidden > 0) write(world, () => world.tables.updateCommand({ ...row, hidden: row.hidden - 1 }))
    return { kind: 'pending' }
  }
  if (!row.again || row.outcome.kind !== 'done' || row.outcome.at + SECOND_ANSWER > now) return row.outcome
  return { ...row.outcome, at: row.outcome.at + SECOND_ANSWER }
}

function take(world: World, command: Command, call: number): Submission {
  const { tables, dials, seed } = world
  const now = world.clock.now()
  deliverDue(world, now)
  const known = tables.command(command.id)
  if (known !== undefined) {
    tables.toldAgain(command.id)
    return known.submission
  }
  if (roll(seed, 'deferred', command.id, call) < dials.deferred) {
    return { kind: 'deferred', reason: 'The MDM is busy.', retryAt: now + DEFERRED_FOR }
  }
  const id = parseRecordId(command.device.id)
  const device = id === undefined ? undefined : tables.device(id)?.device
  const record = parseKey(world.name, command.record)
  const refused = refusal(command, device, record === undefined ? undefined : tables.device(record)?.device)
  if (refused !== undefined) {
    const { code, message } = refused
    tables.insertCommand({
      device: id ?? 0,
      command,
      submission: refused,
      state: 'settled',
      outcome: { kind: 'failed', code, message, permanent: true, at: now },
    })
    return refused
  }
  const accepted: Submission = { kind: 'accepted', receipt: `sim-${command.id}` }
  const target = id ?? 0
  tables.insertCommand({
    device: target,
    command,
    submission: accepted,
    due: dueAt(world, command.id, target, now),
    state: 'pending',
  })
  return accepted
}
