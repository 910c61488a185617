import type { Outcome } from '../../domain/driver.ts'
import { HOUR, SECOND } from '../../domain/time.ts'
import type { Duration, Instant } from '../../domain/time.ts'
import { isApple } from '../../domain/device.ts'
import { recordId } from './device.ts'
import type { SimulatedDevice } from './device.ts'
import { execute } from './device-rules.ts'
import type { Failure, Order } from './device-rules.ts'
import { parseKey } from './keys.ts'
import { undeletable } from './mdm-rules.ts'
import { roll } from './random.ts'
import type { CommandRow, DeviceRow } from './tables.ts'
import { isOnline, write } from './world.ts'
import type { World } from './world.ts'

/** How long a busy device is left alone before the MDM offers the command again: twice as long each time, to a limit. */
const FIRST_PAUSE: Duration = 30 * SECOND
const LONGEST_PAUSE: Duration = HOUR

/** Lets everything happen that was due by `now`. Its own transaction, and none when nothing was due. */
export function catchUp(world: World, now: Instant): void {
  if (world.tables.anyDue(now)) write(world, () => deliverDue(world, now))
}

/** Lets everything happen that was due by `now`, in the order in which it was due. Within a transaction. */
export function deliverDue(world: World, now: Instant): void {
  // One at a time: what a busy device postpones must find its place among what is due after it.
  for (let row = world.tables.nextDue(now); row !== undefined; row = world.tables.nextDue(now)) {
    deliver(world, row, row.due ?? now)
  }
}

/** When a command that the MDM takes at `now` reaches its device; never before one taken earlier. */
export function dueAt(world: World, command: string, device: number, now: Instant): Instant {
  const { min, max } = world.dials.latency
  const due = now + Math.round(min + (max - min) * roll(world.seed, 'latency', command))
  return Math.max(due, world.tables.lastDue(device) ?? due)
}

function deliver(world: World, row: CommandRow, at: Instant): void {
  const { kind } = row.command
  if (kind === 'delete-record') return deleteRecord(world, row, at)
  const target = world.tables.device(row.device)
  if (target === undefined) {
    return settle(
      world,
      row,
      failed('not-found', `The MDM has no device ${recordId(row.device)} any more.`),
      at,
    )
  }
  if (!isOnline(world, target)) return park(world, row)
  if (roll(world.seed, 'not-now', row.command.id, row.tries) < world.dials.notNow)
    return postpone(world, row, at)
  return run(world, row, target, kind, at)
}

function postpone(world: World, row: CommandRow, at: Instant): void {
  append(world, row, { at, result: 'not-now' })
  const pause = Math.min(FIRST_PAUSE * 2 ** row.tries, LONGEST_PAUSE)
  world.tables.updateCommand({ ...row, state: 'not-now', tries: row.tries + 1, due: at + pause })
}

function run(world: World, row: CommandRow, target: DeviceRow, kind: Order['kind'], at: Instant): void {
  const { command } = row
  if (roll(world.seed, 'error', command.id) < world.dials.errorRate) {
    return settle(world, row, passingFailure(target.device, kind === 'install'), at)
  }
  const { configuration, spec } = command
  const execution = execute(
    target.device,
    {
      kind,
      ...(configuration === undefined ? {} : { configuration }),
      ...(spec === undefined ? {} : { spec }),
    },
    at,
  )
  if (execution.kind === 'failed') return settle(world, row, execution, at)
  const { device } = execution
  const left = device.registration !== 'active'
  world.tables.updateDevice({ ...target, device, ...(left ? { seenAt: at } : {}) })
  settle(world, row, { kind: 'done' }, at)
}

function deleteRecord(world: World, row: CommandRow, at: Instant): void {
  const id = parseKey(world.name, row.command.record)
  const record = id === undefined ? undefined : world.tables.device(id)
  const problem = undeletable(row.command.record, record?.device)
  if (problem !== undefined) return settle(world, row, failed(problem.code, problem.message), at)
  if (record !== undefined) {
    world.tables.deleteDevice(record.id)
    world.tables.addToCount(-1)
  }
  settle(world, row, { kind: 'done' }, at)
}

function settle(
  world: World,
  row: CommandRow,
  result: { readonly kind: 'done' } | Failure,
  at: Instant,
): void {
  const { id } = row.command
  const { seed, dials } = world
  const lost = roll(seed, 'lost', id) < dials.lostAnswers
  const again = roll(seed, 'again', id) < dials.duplicatedAnswers
  const outcome: Outcome = { ...result, at }
  append(world, row, { at, result: result.kind, ...(result.kind === 'failed' ? { code: result.code } : {}) })
  if (again) append(world, row, { at, result: 'duplicate' })
  const { due: _due, ...rest } = row
  world.tables.updateCommand({
    ...rest,
    state: 'settled',
    outcome,
    hidden: lost ? hiddenFor(dials.answersLostFor) : 0,
    again,
  })
}

function hiddenFor(questions: number): number {
  return questions === Infinity ? -1 : Math.ceil(questions)
}

function park(world: World, row: CommandRow): void {
  const { due: _due, ...rest } = row
  world.tables.updateCommand(rest)
}

function append(
  world: World,
  row: CommandRow,
  entry: {
    readonly at: Instant
    readonly result: 'done' | 'failed' | 'not-now' | 'duplicate'
    readonly code?: string
  },
): void {
  const { id: command, kind, configuration } = row.command
  world.log.append(row.device, {
    ...entry,
    command,
    kind,
    ...(configuration === undefined ? {} : { configuration }),
  })
}

function passingFailure(device: SimulatedDevice, download: boolean): Failure {
  if (isApple(device.platform)) {
    return {
      kind: 'failed',
      code: '36003',
      message: 'The cellular stack was busy; retrying later may help.',
      permanent: false,
    }
  }
  if (download) {
    return {
      kind: 'failed',
      code: 'discovery-state-4',
      message: 'DiscoveryState 4: the download server did not answer.',
      permanent: false,
    }
  }
  return {
    kind: 'failed',
    code: 'busy',
    message: 'Another operation of the eUICC was under way.',
    permanent: false,
  }
}

function failed(code: string, message: string): Failure {
  return { kind: 'failed', code, message, permanent: true }
}
