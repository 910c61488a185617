import pLimit from 'p-limit'
import type { Driver } from '../domain/driver.ts'
import type { ClaimedStep, Settlement } from '../domain/journal-store.ts'
import type { InForce } from '../domain/revision-store.ts'
import {
  afterSubmission,
  commandOf,
  isOursAlone,
  logFields,
  settledHere,
  settlementAt,
  submit,
} from './command.ts'
import type { Parts } from './parts.ts'
import { settleUnderWay } from './settle.ts'
import { CLAIM, CONCURRENCY, deadlineOf } from './timing.ts'

export type Executed = { readonly issued: number; readonly proven: number; readonly failed: number }

/**
 * One turn of the executor: asks about every step under way that is due, then issues what is ready. Journal before
 * effect: a step is written as issued, with the id of its command, before its driver is told; after a crash the same
 * id is asked about, so that nothing is done twice for one intent.
 */
export async function executeOnce(parts: Parts, inForce: InForce, run: number): Promise<Executed> {
  const settled = await settleUnderWay(parts, inForce)
  const issued = await issueReady(parts, run)
  return {
    issued: issued.count,
    proven: settled.proven + issued.proven,
    failed: settled.failed + issued.failed,
  }
}

async function issueReady(
  parts: Parts,
  run: number,
): Promise<{ count: number; proven: number; failed: number }> {
  const { store, clock, log } = parts
  const drivers = new Map(parts.drivers.map((driver) => [driver.name, driver]))
  const now = clock.now()
  const claimed = await store.claim(CLAIM, [...drivers.keys()], run, now, deadlineOf('install', now))
  if (claimed.length === 0) return { count: 0, proven: 0, failed: 0 }
  const limit = pLimit(CONCURRENCY)
  const settlements = await Promise.all(
    claimed.map((step) => limit(() => issue(parts, step, drivers.get(step.stored.record.driver)))),
  )
  await store.settle(settlements)
  for (const step of claimed) {
    log.debug('issued', `${step.step.kind} on ${step.device}: ${step.step.because}`, logFields(step))
  }
  return {
    count: claimed.length,
    proven: settlements.filter((each) => each.state === 'proven').length,
    failed: settlements.filter((each) => each.state === 'failed').length,
  }
}

async function issue(parts: Parts, step: ClaimedStep, driver: Driver | undefined): Promise<Settlement> {
  const { clock } = parts
  const at = clock.now()
  const notSent: Settlement = { ...settlementAt(step, at), state: 'ready', pollAt: at }
  // Another process may ask about it soon and think that it was never sent.
  if (at > (step.sendBefore ?? Infinity)) return notSent
  if (isOursAlone(step)) return settledHere(step, at)
  const command = commandOf(step)
  if (driver === undefined || command === undefined) return notSent
  return afterSubmission(step, await submit(driver, command, parts.log), at)
}
