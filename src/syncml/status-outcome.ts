import type { Outcome } from '../domain/driver.ts'
import type { Instant } from '../domain/time.ts'
import { shortAddress } from './address.ts'
import type { Atomic, CmdId, ItemCommand, SyncmlCommand } from './command.ts'
import type { DeviceStatus } from './message-parts.ts'
import type { DeviceMessage } from './message.ts'
import { statusRow } from './status-codes.ts'

const ROLLED_BACK = 216

/**
 * What the messages of a session say became of a command. `done` is never more than accepted (S36). No status yet:
 * `pending`, or failed when the session itself was refused. `at`: when the messages came.
 */
export function commandOutcome(
  command: SyncmlCommand,
  messages: readonly DeviceMessage[],
  at: Instant,
): Outcome {
  if (command.kind === 'atomic') return atomicOutcome(command, messages, at)
  const codes = codesOf(command.id, messages)
  return codes.length === 0
    ? unanswered(messages, at)
    : worst(codes.map((code) => itemOutcome(command, code, at)))
}

/**
 * What became of several commands that are one step, such as Delete and Atomic of an install: the worst of theirs,
 * and done only when all are.
 */
export function commandsOutcome(
  commands: readonly SyncmlCommand[],
  messages: readonly DeviceMessage[],
  at: Instant,
): Outcome {
  return worst(commands.map((command) => commandOutcome(command, messages, at)))
}

/** What one status says of one command; an empty status decides nothing. */
export function itemOutcome(command: ItemCommand, code: number | undefined, at: Instant): Outcome {
  if (code === undefined) return { kind: 'pending' }
  // It was to go and is not there.
  if (command.kind === 'delete' && code === 404) return { kind: 'done', at }
  return outcomeOf(code, `${capital(command.kind)} of ${shortAddress(command.uri)}`, at)
}

/** An Atomic is judged by the worst of its parts that is more than rolled back with it; else by its own status. */
function atomicOutcome(atomic: Atomic, messages: readonly DeviceMessage[], at: Instant): Outcome {
  const own = codesOf(atomic.id, messages).map((code) => codeOutcome(code, 'Atomic', at))
  const parts = atomic.parts.flatMap((part) =>
    codesOf(part.id, messages)
      .filter((code) => code !== ROLLED_BACK)
      .map((code) => itemOutcome(part, code, at)),
  )
  const causes = parts.filter(({ kind }) => kind === 'failed')
  // 516 leaves the device in an unknown state, whatever the cause.
  const unknown = own.find((each) => each.kind === 'failed' && each.code === 'syncml-516')
  if (unknown !== undefined) return unknown
  if (causes.length > 0) return worst(causes)
  return own.length === 0 ? unanswered(messages, at) : worst(own)
}

function codeOutcome(code: number | undefined, what: string, at: Instant): Outcome {
  return code === undefined ? { kind: 'pending' } : outcomeOf(code, what, at)
}

function outcomeOf(code: number, what: string, at: Instant): Outcome {
  const { verdict, meaning, treatment } = statusRow(code)
  switch (verdict) {
    case 'done':
      return { kind: 'done', at }
    case 'pending':
      return { kind: 'pending' }
    case 'failed':
    case 'failed-for-good': {
      const message = `The device answered ${code} (${meaning}) to the ${what}. ${capital(treatment)}.`
      return { kind: 'failed', code: `syncml-${code}`, message, permanent: verdict === 'failed-for-good', at }
    }
  }
}

function codesOf(id: CmdId, messages: readonly DeviceMessage[]): readonly (number | undefined)[] {
  return messages.flatMap(({ statuses }) =>
    statuses.filter((status) => status.cmdRef === id).map(({ code }) => code),
  )
}

/** No status of the command: not carried out yet, unless the device refused our header and so the whole message. */
function unanswered(messages: readonly DeviceMessage[], at: Instant): Outcome {
  const header = messages.flatMap(({ statuses }) => statuses).findLast(isOfHeader)
  if (header?.code === undefined || statusRow(header.code).verdict === 'done') return { kind: 'pending' }
  return outcomeOf(header.code, 'session', at)
}

function isOfHeader({ cmdRef, cmd }: DeviceStatus): boolean {
  return cmdRef === '0' || cmd === 'SyncHdr'
}

/** From best to worst; a failure that ends all tries is told before one that does not. */
function rank(outcome: Outcome): number {
  if (outcome.kind === 'done') return 0
  if (outcome.kind !== 'failed') return 1
  return outcome.permanent ? 3 : 2
}

function worst(outcomes: readonly Outcome[]): Outcome {
  const [first = { kind: 'pending' } as const, ...rest] = outcomes
  return rest.reduce<Outcome>((found, each) => (rank(each) > rank(found) ? each : found), first)
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1)
}
