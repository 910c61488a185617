import { canReset } from '../../domain/device.ts'
import type { Submission } from '../../domain/driver.ts'
import { HOUR, MINUTE } from '../../domain/time.ts'
import { resetOutcome } from '../../syncml/effect-outcome.ts'
import { knownOf, type Context } from './context.ts'
import { activeOf, ask } from './euicc-shown.ts'
import { factsOf, readEuiccsOf } from './facts.ts'
import { done, failed, leftOf, note, notTold, type Progress } from './progress.ts'
import { askInventory, dropScript, ensureScript, isAskDue, runScript, runsOf } from './remediation.ts'
import type { CommandRow, Managed } from './rows.ts'
import { readReset } from './script-output.ts'
import { isOrder, resetScript } from './scripts.ts'
import { OPEN_RESETS, RESET_WITHIN } from './timing.ts'
import { LEAVE_ALONE, refused, type Refused } from './trouble.ts'

type Deferred = Extract<Submission, { kind: 'deferred' }>

/**
 * Which eUICC an eSIM reset erases, or why it does not begin. The device must have said which eUICC is active; the script
 * names it, and checks again on the device.
 */
export async function prepareReset(
  context: Context,
  managed: Managed,
  row: CommandRow,
  expected: string | undefined,
): Promise<CommandRow | Refused | Deferred> {
  const { memory, clock } = context
  const known = memory.read((rows) => knownOf(rows, managed.id))
  if (known === undefined || !canReset(factsOf(context.driver, known)))
    return refused('unsupported', 'Only active Windows 11 devices have an eSIM reset.')
  const now = clock.now()
  if (readEuiccsOf(known) === undefined) {
    const isDue = isAskDue(managed, known.reading, now, context.readEvery)
    const told = isDue ? await askInventory(context, managed.id) : undefined
    if (told?.kind === 'throttled') return { kind: 'deferred', reason: LEAVE_ALONE, retryAt: told.retryAt }
    return {
      kind: 'deferred',
      reason: 'The device is asked which eUICC it has first.',
      retryAt: now + 5 * MINUTE,
    }
  }
  const eid = activeOf(known)?.eid
  if (eid === undefined || !isOrder(row.step, eid))
    return refused('eid-unknown', 'The device does not say by which EID its active eUICC is known.')
  if (expected !== undefined && /^\d{32}$/.test(expected) && expected !== eid)
    return refused('euicc-changed', 'The device has another eUICC than the one that was looked at.')
  // One that is too late to begin makes room, though nobody may ever ask what became of it.
  const since = now - RESET_WITHIN - HOUR
  if (memory.read((rows) => rows.countOpen('reset', since)) >= OPEN_RESETS)
    return { kind: 'deferred', reason: 'Many eSIM resets are under way.', retryAt: now + 5 * MINUTE }
  return { ...row, eid }
}

/**
 * An eSIM reset (erases every eSIM, not the laptop): a script package for this order alone, run once on this device. It
 * marks the order on the device before it resets, so that running it again, after an answer that was lost, does nothing.
 */
export async function advanceReset(
  context: Context,
  row: CommandRow,
  managed: Managed | undefined,
  send: boolean,
): Promise<Progress> {
  const left = leftOf(managed)
  if (left !== undefined || managed === undefined)
    return failed(context, row, left ?? { code: 'left', message: 'The device is gone.', permanent: false })
  if (row.phase === 'showing') return await awaitShown(context, row, managed)
  if (row.phase === 'sending') return send ? await begin(context, row) : { row }
  return await answered(context, row, managed)
}

async function begin(context: Context, row: CommandRow): Promise<Progress> {
  const { step, eid = '' } = row
  const sending = note(context, row, { phaseAt: context.clock.now() })
  const script = await ensureScript(
    context,
    `${context.prefix} eSIM reset ${step}`,
    resetScript(step, eid, row.at + RESET_WITHIN),
  )
  if (typeof script !== 'string') return notTold(context, sending, script)
  const named = note(context, sending, { script })
  const told = await runScript(context, row.device, script)
  if (told.kind !== 'ok') return notTold(context, named, told)
  return { row: note(context, named, { phase: 'sent', phaseAt: told.at }) }
}

async function answered(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const runs = (await runsOf(context, row.device)).filter(({ script }) => script === row.script)
  const answers = runs.flatMap(({ output, afterwards }) =>
    [afterwards, output].flatMap((each) => (each === undefined ? [] : [readReset(each, row.step)])),
  )
  const refusal = answers.find((each) => each?.refused !== undefined)
  const answer = answers.find((each) => each?.returned !== undefined)
  const isMarked = answers.some((each) => each?.marked === true)
  const isLate = context.clock.now() > row.at + RESET_WITHIN + HOUR
  const isOpen = answer?.returned === undefined && refusal === undefined
  // One that began and never said how it ended is not over: only the eUICC can tell.
  if (isOpen && (isMarked || !isLate)) return { row }
  if (row.script !== undefined) await dropScript(context, row.script)
  if (answer?.returned === 0)
    return await ask(context, note(context, row, { phase: 'showing', phaseAt: context.clock.now() }), managed)
  if (answer?.returned === undefined)
    return failed(context, row, refusal?.refused === 'no-such-euicc' ? EUICC_CHANGED : TOO_LATE)
  const code = `0x${answer.returned.toString(16).toUpperCase().padStart(8, '0')}`
  const message = `The eSIM reset (erases every eSIM, not the laptop) failed on the device with ${code}.`
  return failed(context, row, { code, message, permanent: false })
}

async function awaitShown(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const known = context.memory.read((rows) => knownOf(rows, managed.id))
  const at = known?.reading.at ?? -Infinity
  const euicc = known === undefined ? undefined : activeOf(known)
  if (euicc === undefined || at <= row.phaseAt) return await ask(context, row, managed)
  const outcome = resetOutcome(euicc, at)
  if (outcome.kind === 'done') return done(context, row, at)
  if (outcome.kind === 'failed') return failed(context, row, outcome)
  return await ask(context, note(context, row, { phaseAt: at }), managed)
}

const EUICC_CHANGED = {
  code: 'euicc-changed',
  message: 'The eUICC that was to be erased is not the active one of the device any more.',
  permanent: true,
}
const TOO_LATE = {
  code: 'too-late',
  message: 'The device did not run the eSIM reset (erases every eSIM, not the laptop) within three days.',
  permanent: false,
}
