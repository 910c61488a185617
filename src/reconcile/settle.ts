import pLimit from 'p-limit'
import type { Observation, Outcome } from '../domain/driver.ts'
import type { Proof } from '../domain/desired.ts'
import type { DeviceFacts, DeviceRecord } from '../domain/device.ts'
import type { ClaimedStep, Settlement } from '../domain/journal-store.ts'
import type { InForce } from '../domain/revision-store.ts'
import { isProven } from '../plan/proof.ts'
import { afterProof, alreadyDownloaded } from '../plan/settled.ts'
import {
  afterSubmission,
  commandOf,
  isOursAlone,
  logFields,
  reached,
  settledHere,
  settlementAt,
  submit,
} from './command.ts'
import { MERGE } from './observe.ts'
import type { Parts } from './parts.ts'
import { CONCURRENCY, nextPoll, SILENT_AFTER } from './timing.ts'

const BATCH = 1_000

/** What asking about one step brought. */
type Asked = {
  readonly step: ClaimedStep
  readonly outcome: Outcome | 'unreachable'
  /** The device as it is now; `undefined` inside: no such record. Absent: not looked at. */
  readonly seen?: { readonly observation: Observation | undefined }
}

/**
 * Asks about every step that is due and writes what became of it. The MDM's "done" is not proof: the device is looked
 * at, and only its state afterwards proves the step (S36).
 */
export async function settleUnderWay(
  parts: Parts,
  inForce: InForce,
): Promise<{ proven: number; failed: number }> {
  const { store, clock, log } = parts
  let proven = 0
  let failed = 0
  for (;;) {
    const due = await store.underWay(clock.now(), BATCH)
    if (due.length === 0) return { proven, failed }
    const limit = pLimit(CONCURRENCY)
    const asked = await Promise.all(due.map((step) => limit(() => ask(parts, step))))
    const records = await observed(parts, asked)
    const settlements: Settlement[] = []
    for (const each of asked) settlements.push(await settlementOf(parts, inForce, each, records))
    await store.settle(settlements)
    for (const [at, settlement] of settlements.entries()) {
      const step = due[at]
      if (settlement.state === 'proven') proven += 1
      if (
        settlement.state === 'failed' ||
        settlement.state === 'expired' ||
        settlement.state === 'unproven'
      ) {
        failed += 1
        if (step !== undefined)
          log.warn(
            settlement.state,
            `${step.step.kind} on ${step.device}: ${settlement.error?.message ?? 'no proof'}`,
            logFields(step),
          )
      }
      if (settlement.state === 'proven' && step !== undefined)
        log.debug('proven', `${step.step.kind} on ${step.device}`, logFields(step))
    }
    if (due.length < BATCH) return { proven, failed }
  }
}

async function ask({ drivers, clock, log }: Parts, step: ClaimedStep): Promise<Asked> {
  const driver = drivers.find((each) => each.name === step.stored.record.driver)
  const command = commandOf(step)
  if (driver === undefined || command === undefined) return { step, outcome: 'unreachable' }
  const outcome = await reached(() => driver.outcome(command), command, log)
  if (outcome === 'unreachable' || outcome.kind === 'unknown') return { step, outcome }
  const silent = clock.now() - (step.issuedAt ?? 0) > SILENT_AFTER
  if (outcome.kind !== 'done' && outcome.kind !== 'failed' && !silent) return { step, outcome }
  const observation = await reached(() => driver.look(lookAt(step)), command, log)
  return observation === 'unreachable' ? { step, outcome } : { step, outcome, seen: { observation } }
}

/** The effect of a delete-record shows on the record that goes. */
function lookAt({ step, stored }: ClaimedStep): string {
  const { id, driver } = stored.record
  return step.record === undefined ? id : step.record.slice(driver.length + 1)
}

/** Records what was looked at, and gives the records as they now are, by key. */
async function observed(
  { store }: Parts,
  asked: readonly Asked[],
): Promise<ReadonlyMap<string, DeviceRecord>> {
  const observations = asked.flatMap(({ seen }) => seen?.observation ?? [])
  for (const [driver, some] of Map.groupBy(observations, (each) => each.facts.driver))
    await store.observe(driver, some, MERGE)
  const stored = await store.get(observations.map((each) => each.facts.key))
  return new Map(stored.map((each) => [each.record.key, each.record]))
}

async function settlementOf(
  parts: Parts,
  inForce: InForce,
  { step, outcome, seen }: Asked,
  records: ReadonlyMap<string, DeviceRecord>,
): Promise<Settlement> {
  const at = parts.clock.now()
  const base = settlementAt(step, at)
  const issuedAt = step.issuedAt ?? at
  const later: Settlement = {
    ...base,
    state: outcome === 'unreachable' || outcome.kind === 'unknown' ? 'issued' : 'accepted',
    pollAt: nextPoll(issuedAt, at),
  }
  if (isOursAlone(step)) return settledHere(step, at)
  if (isLost(step, issuedAt)) return { ...base, state: 'lost' }
  const facts = seen?.observation?.facts
  if (outcome === 'unreachable') return isOver(step, at) ? overdue(step, base, facts) : later
  if (outcome.kind === 'unknown') return await unheard(parts, step, at)

  const record = seen?.observation === undefined ? undefined : records.get(seen.observation.facts.key)
  if (seen !== undefined && isProven(step.step, { issuedAt, baseline: step.baseline ?? [] }, record)) {
    return { ...base, state: 'proven', proof: 'observed', ...remembered(step, record, issuedAt, at) }
  }
  switch (outcome.kind) {
    case 'failed': {
      const { code, message, permanent } = outcome
      const known = outcome.alreadyDownloaded === true && record !== undefined && !record.esimsComplete
      return {
        ...base,
        state: 'failed',
        error: { code, message, permanent },
        ...(known ? { record: alreadyDownloaded(record, step.step) } : {}),
      }
    }
    case 'done': {
      const proof = takenFor(outcome, inForce.desired.policy.proof[step.step.kind])
      if (proof !== undefined && facts !== undefined && !canShow(step, facts))
        return { ...base, state: 'proven', proof, ...remembered(step, record, issuedAt, at) }
      return isOver(step, at) ? overdue(step, base, facts, record) : later
    }
    case 'pending':
    case 'not-now':
      return isOver(step, at) ? overdue(step, base, facts, record) : later
  }
}

/** What the Policy takes for proof where nothing can be seen: the MDM's word, or a person's. */
function takenFor(
  { attested }: Outcome & { kind: 'done' },
  policy: Proof | undefined,
): 'accepted' | 'attested' | undefined {
  if (attested !== undefined && (policy === 'attested' || policy === 'accepted')) return 'attested'
  return policy === 'accepted' ? 'accepted' : undefined
}

/**
 * Can what the MDM shows of the device show the step's effect? Where it can, nobody's word is enough, whatever the Policy
 * says. What simplane itself concluded shows nothing.
 */
function canShow({ step }: ClaimedStep, facts: DeviceFacts): boolean {
  if (step.kind === 'uninstall' || step.kind === 'update') return facts.installed !== 'unknown'
  return (
    step.kind === 'retire' ||
    step.kind === 'delete-record' ||
    (facts.esims !== 'unknown' && facts.esimsComplete)
  )
}

function remembered(
  step: ClaimedStep,
  record: DeviceRecord | undefined,
  issuedAt: number,
  at: number,
): Partial<Settlement> {
  if (step.step.kind === 'delete-record' && step.step.record !== undefined)
    return { deleted: step.step.record }
  return record === undefined ? {} : { record: afterProof(record, step.step, issuedAt, at) }
}

/** The device began another life, or is leaving: what was sent to the former one will not be answered. */
function isLost({ step, stored }: ClaimedStep, issuedAt: number): boolean {
  if (step.kind === 'delete-record' || step.kind === 'retire') return false
  return (stored.record.enrolledAt ?? -Infinity) > issuedAt || stored.record.registration !== 'active'
}

function isOver(step: ClaimedStep, at: number): boolean {
  return step.deadline !== undefined && at > step.deadline
}

/**
 * No proof by the deadline. An install may be tried anew; an eSIM reset or a retirement is never sent again by itself.
 * An install that nothing could show may have downloaded: an eUICC that a reset left empty is not known to be so any more.
 */
function overdue(
  step: ClaimedStep,
  base: ReturnType<typeof settlementAt>,
  facts?: DeviceFacts,
  record: DeviceRecord = step.stored.record,
): Settlement {
  const { kind } = step.step
  const final = kind === 'reset' || kind === 'retire'
  const message = 'nothing showed its effect before the deadline'
  const blind = facts === undefined || !canShow(step, facts)
  const doubted = kind === 'install' && blind && record.esims !== 'unknown' && record.esimsComplete
  return {
    ...base,
    state: final ? 'unproven' : 'expired',
    error: { code: 'deadline', message, permanent: false },
    ...(doubted ? { record: { ...record, esimsComplete: false } } : {}),
  }
}

/**
 * The MDM never heard of a command the journal has as issued: a crash came between the two. The same id is sent, which
 * an idempotent MDM takes once; elsewhere an install is planned anew and an eSIM reset waits for a person.
 */
async function unheard({ drivers, log }: Parts, step: ClaimedStep, at: number): Promise<Settlement> {
  const base = settlementAt(step, at)
  const driver = drivers.find((each) => each.name === step.stored.record.driver)
  const command = commandOf(step)
  if (driver === undefined || command === undefined || !driver.capabilities.idempotent)
    return overdue(step, base)
  if (at > (step.sendBefore ?? Infinity)) return { ...base, state: 'issued', pollAt: at }
  return afterSubmission(step, await submit(driver, command, log), at)
}
