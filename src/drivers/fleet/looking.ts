import { isApple } from '../../domain/device.ts'
import { SimplaneError } from '../../domain/error.ts'
import { MINUTE, type Duration, type Instant } from '../../domain/time.ts'
import { askPlans, readPlans, type Plans } from './apple.ts'
import { readBridge } from './bridge.ts'
import { isUnderWay } from './facts.ts'
import { present, type Host } from './host.ts'
import { appleOutcome } from './outcome-apple.ts'
import type { Known, Origin, Reading, Sent } from './rows.ts'
import { APPEARS_WITHIN, ATTRIBUTED_WITHIN, LONGEST_PATIENCE, nextLook, PATIENCE } from './timing.ts'
import type { Work } from './work.ts'

/**
 * Looks at what the eUICC of a device holds, where that is due and can be: an iOS device is asked with a command, and
 * answers when it checks in; a Windows device is asked at once, by a live query. What does not get through is due again.
 */
export async function lookInto(work: Work, host: Host): Promise<void> {
  if (host.registration !== 'active') return
  try {
    if (isApple(host.platform)) await lookIntoApple(work, host)
    else if (host.platform === 'windows') await lookIntoWindows(work, host, false)
  } catch (error) {
    if (!(error instanceof SimplaneError) || error.code !== 'driver-unreachable') throw error
  }
}

/** Now, due or not; once a minute at most. */
export async function lookIntoWindows(work: Work, host: Host, now: boolean): Promise<void> {
  const { memory, client, clock, readsEuicc } = work
  if (!readsEuicc || !host.online) return
  const at = clock.now()
  const { reading, sent } = memory.known(host.id)
  const age = at - (reading?.at ?? -Infinity)
  if (now ? age < MINUTE : !isDue(host, reading, sent.at(-1), at, work.refreshEvery)) return
  const bridged = await readBridge(client, host.id, at)
  if (bridged === undefined) return
  const { facts, isAsking } = bridged
  const asksSince = isAsking ? (askedBefore(host, reading) ?? at) : undefined
  memory.learn(host.id, { at, kind: 'euicc', facts, ...present({ asksSince }) }, [])
}

/** Since when a server is being asked, by the look before this one. */
function askedBefore({ enrolledAt = -Infinity }: Host, reading: Reading | undefined): Instant | undefined {
  return reading?.kind === 'euicc' && reading.at >= enrolledAt ? reading.asksSince : undefined
}

async function lookIntoApple(work: Work, host: Host): Promise<void> {
  // A User Enrollment does not show its plans.
  if (host.personal) return
  await hear(work, host)
  const tries = dueQuestion(host, work.memory.known(host.id), work.clock.now(), work.refreshEvery)
  if (tries !== undefined) await ask(work, host, tries)
}

/** Asks the device which plans it holds. The question is written before it is sent. */
export async function ask(
  { memory, client, clock, newUuid }: Work,
  host: Host,
  tries: number,
): Promise<void> {
  const uuid = newUuid()
  memory.ask(host.id, { uuid, askedAt: clock.now(), tries })
  await client.run(host.uuid, askPlans(uuid))
}

/** Takes the answer to an open question, if there is one. */
export async function hear(work: Work, host: Host): Promise<void> {
  const { memory, client } = work
  const { question, sent } = memory.known(host.id)
  if (question === undefined) return
  const state = await client.results(question.uuid, host.uuid)
  if (state.kind !== 'answered' || state.result.status === 'NotNow') return
  // Which install ran decides where a new plan came from.
  const open = sent.findLast(({ kind, baseline }) => kind === 'install' && baseline !== undefined)
  if (open !== undefined) await appleOutcome(work, open)
  const at = question.askedAt
  const plans = state.result.status === 'Acknowledged' ? readPlans(state.result.report) : undefined
  if (plans === undefined) memory.learn(host.id, { at, kind: 'silent' }, [])
  else memory.learn(host.id, { at, kind: 'plans', plans }, originsOf(memory.known(host.id), plans, at))
}

/**
 * The install that brought what is listed and was not listed before it. RefreshCellularPlans names no ICCID and its
 * answer shows nothing, so that this is the only way to tell.
 */
function originsOf({ sent, origins }: Known, { iccids }: Plans, askedAt: Instant): readonly Origin[] {
  const source = sent.findLast(
    (each) => mayHaveBrought(each, askedAt) && !origins.some(({ step }) => step === each.step),
  )
  const { baseline, configuration, identity, step } = source ?? {}
  if (baseline === undefined || configuration === undefined || identity === undefined || step === undefined)
    return []
  const known = new Set([...baseline, ...origins.map(({ iccid }) => iccid)])
  return iccids
    .filter((iccid) => !known.has(iccid))
    .map((iccid) => ({ iccid, step, configuration, identity, at: askedAt }))
}

function mayHaveBrought(sent: Sent, askedAt: Instant): boolean {
  const { kind, baseline, state, outcome, sentAt, acknowledgedAt } = sent
  if (kind !== 'install' || baseline === undefined || state === 'over' || outcome?.kind === 'failed')
    return false
  if (askedAt < sentAt || askedAt - sentAt > ATTRIBUTED_WITHIN) return false
  // Nothing was heard of it, and a question that stood behind it in the queue was answered.
  return acknowledgedAt !== undefined || askedAt >= sentAt + APPEARS_WITHIN
}

/** Whether a device is to be asked: how many times it was asked in vain before; `undefined`: it is not due. */
function dueQuestion(
  host: Host,
  { question, reading, sent, origins }: Known,
  now: Instant,
  refreshEvery: Duration,
): number | undefined {
  if (question !== undefined) {
    const patience = Math.min(LONGEST_PATIENCE, PATIENCE * 2 ** Math.min(question.tries, 20))
    return now - question.askedAt >= patience ? question.tries + 1 : undefined
  }
  const install = sent.findLast(({ kind }) => kind === 'install')
  const settled = install?.outcome?.kind === 'failed' || origins.some(({ step }) => step === install?.step)
  return isDue(host, reading, settled ? undefined : install, now, refreshEvery) ? 0 : undefined
}

function isDue(
  { enrolledAt = -Infinity }: Host,
  reading: Reading | undefined,
  sent: Sent | undefined,
  now: Instant,
  refreshEvery: Duration,
): boolean {
  if (reading === undefined || reading.at < enrolledAt || now >= reading.at + refreshEvery) return true
  if (isUnderWay(reading)) return now >= reading.at + MINUTE
  if (sent === undefined || sent.state === 'over') return false
  return now >= nextLook(reading.at, sent.acknowledgedAt ?? sent.sentAt)
}
