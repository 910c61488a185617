import type { DeviceFacts } from '../../domain/device.ts'
import type { Command, Driver, Observation, Outcome, SentKind, Submission } from '../../domain/driver.ts'
import { DAY, HOUR, type Clock, type Duration } from '../../domain/time.ts'
import type { Desk } from './desk.ts'
import { PLAIN_GUIDE, type Guide } from './guide.ts'
import { joined, whyNotByHand } from './hand-over.ts'
import { taskText, type Closing, type Task, type TaskDevice, type TaskFailure } from './task.ts'

export type RunbookOptions = {
  /** The steps that a person does, whether or not the MDM could. */
  readonly manual: readonly SentKind[]
  readonly desk: Desk
  readonly clock: Clock
  /** Where in the console; default in general words. */
  readonly guide?: Guide
  /** How long a person has, before the wish is looked at anew; default 3 days. */
  readonly within?: Duration
}

/** How long the executor waits for a stale record to go: a task must be over by then. */
const DELETION_WITHIN: Duration = 20 * HOUR

/** "done" of a task: who says so, when, and on what grounds. */
export type Attested = Extract<Outcome, { kind: 'done' }> & { readonly attested: Closing }

/**
 * The driver, with some steps handed to a person: those become tasks, everything else goes to the MDM as before. A task
 * that is done is an attestation, and no more than that. The desk stays the caller's to close.
 */
export function withRunbook(driver: Driver, options: RunbookOptions): Driver {
  const { manual, desk, clock, guide = PLAIN_GUIDE, within = 3 * DAY } = options
  const webhook = driver.webhook?.bind(driver)

  /** What is not wanted any more of a device that leaves, or began another life, is taken from the list. */
  function tidied(observation: Observation, open: ReadonlyMap<string, readonly Task[]>): Observation {
    for (const task of open.get(observation.facts.id) ?? []) {
      const over = whyOver(task, observation.facts)
      if (over !== undefined) desk.drop(task.id, over)
    }
    return observation
  }

  async function look(id: string): Promise<Observation | undefined> {
    const observation = await driver.look(id)
    return observation === undefined ? undefined : tidied(observation, desk.openByDevice(driver.name))
  }

  async function handOver(command: Command): Promise<Submission> {
    const known = desk.ofCommand(command.id)
    if (known !== undefined) return answerOf(known)
    const seen = await driver.look(command.device.id)
    const stale = await staleOf(driver, command)
    const failure = whyNotByHand(command, seen?.facts, stale)
    const askedAt = clock.now()
    const limit = command.kind === 'delete-record' ? Math.min(within, DELETION_WITHIN) : within
    const draft = {
      command: command.id,
      driver: driver.name,
      kind: command.kind,
      device: deviceOf(command, seen?.facts),
      askedAt,
      by: askedAt + limit,
      ...taskText(command, guide),
    }
    const task = desk.add(
      failure === undefined ? { ...draft, state: 'open' } : { ...draft, state: 'refused', failure },
    )
    return answerOf(task)
  }

  async function handedOver(command: Command): Promise<Outcome> {
    // Whether the MDM is there at all comes before what we know; a device that left ends its tasks.
    const seen = await driver.look(command.device.id)
    const task = desk.ofCommand(command.id)
    if (task === undefined) return { kind: 'unknown' }
    if (task.state !== 'open') return outcomeOf(task)
    const over = whyOver(task, seen?.facts) ?? tooLate(task, clock.now())
    if (over === undefined) return { kind: 'pending' }
    desk.drop(task.id, over)
    return outcomeOf(desk.ofCommand(command.id) ?? task)
  }

  return {
    name: driver.name,
    capabilities: joined(driver.capabilities, manual),
    async observe(cursor) {
      const page = await driver.observe(cursor)
      const open = desk.openByDevice(driver.name)
      return { ...page, observations: page.observations.map((each) => tidied(each, open)) }
    },
    look,
    submit: (command) => (manual.includes(command.kind) ? handOver(command) : driver.submit(command)),
    outcome: (command) => (manual.includes(command.kind) ? handedOver(command) : driver.outcome(command)),
    ...(webhook === undefined ? {} : { webhook }),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  }
}

/** The record that a delete-record names, as it is now. */
async function staleOf(driver: Driver, { kind, record }: Command): Promise<DeviceFacts | undefined> {
  const prefix = `${driver.name}/`
  if (kind !== 'delete-record' || record?.startsWith(prefix) !== true) return undefined
  return (await driver.look(record.slice(prefix.length)))?.facts
}

function whyOver(task: Task, facts: DeviceFacts | undefined): TaskFailure | undefined {
  if (facts === undefined) return ended('gone', 'The MDM has no such device any more.')
  if ((facts.enrolledAt ?? -Infinity) > task.askedAt)
    return ended('re-enrolled', 'The device enrolled again.')
  if (facts.registration === 'active') return undefined
  return ended('not-active', `The device is not active any more (${facts.registration}).`)
}

function tooLate(task: Task, now: number): TaskFailure | undefined {
  return now > task.by ? ended('not-done', 'Nobody did it in time.') : undefined
}

function ended(code: string, message: string): TaskFailure {
  return { code, message, permanent: false }
}

function answerOf({ id, state, failure }: Task): Submission {
  if (state !== 'refused' || failure === undefined || failure.alreadyDownloaded === true)
    return { kind: 'accepted', receipt: id }
  return { kind: 'refused', code: failure.code, message: failure.message }
}

function outcomeOf({ state, closed, failure, askedAt }: Task): Outcome {
  const at = closed?.at ?? askedAt
  if (state === 'done' && closed !== undefined) {
    const attested: Attested = { kind: 'done', at, attested: closed }
    return attested
  }
  return failure === undefined ? { kind: 'pending' } : { kind: 'failed', ...failure, at }
}

function deviceOf({ device }: Command, facts: DeviceFacts | undefined): TaskDevice {
  const { id, platform } = device
  const { name, user, serialNumber = device.serialNumber, eid = device.eid } = facts ?? {}
  return {
    id,
    platform,
    ...(name === undefined ? {} : { name }),
    ...(user === undefined ? {} : { user }),
    ...(serialNumber === undefined ? {} : { serialNumber }),
    ...(eid === undefined ? {} : { eid }),
  }
}
