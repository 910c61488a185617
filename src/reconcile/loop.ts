import { schedule, type ScheduledTask } from 'node-cron'
import { SimplaneError } from '../domain/error.ts'
import type { InForce } from '../domain/revision-store.ts'
import { MINUTE, SECOND, type Duration } from '../domain/time.ts'
import type { Parts } from './parts.ts'
import { reconcile, work } from './reconcile.ts'

export type LoopOptions = {
  /** Cron of the periodic pass, which also reads the inventories. */
  readonly schedule: string
  /** Watch the source for changes. */
  readonly watch: boolean
  /** End once everything that can be done is done: nothing ready and nothing under way. */
  readonly untilSettled?: boolean
  readonly signal: AbortSignal
}

/** How often the loop looks whether another process wrote to the store. */
const GLANCE: Duration = SECOND
const BACK_OFF: readonly Duration[] = [SECOND, 5 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE]

/**
 * The running service: one pass at a time. What wakes it while a pass runs is folded into the next one. Between passes
 * the executor goes on with what is under way. Ends when the signal aborts, at a place where stopping is safe.
 */
export async function runLoop(parts: Parts, options: LoopOptions): Promise<void> {
  const { store, clock, log } = parts
  const { signal } = options
  const triggers = new Triggers()
  triggers.add('start')
  const task: ScheduledTask = schedule(options.schedule, () => triggers.add('schedule'), { noOverlap: true })
  signal.addEventListener('abort', () => triggers.wake(), { once: true })
  const progress = new Progress(parts)
  let failures = 0
  let unread = 0
  let retryAt = Infinity
  let current: { run: number; inForce: InForce } | undefined
  let seen = -1
  let watcher: AsyncDisposable | undefined
  const unanswered = new Set<number>()
  try {
    if (options.watch) watcher = await watchSource(parts, triggers)
    while (!signal.aborted) {
      try {
        const version = await store.dataVersion()
        const requests =
          version === seen ? [] : (await store.requests()).filter(({ id }) => !unanswered.has(id))
        for (const { id } of requests) unanswered.add(id)
        if (requests.length > 0) triggers.add('request')
        else if (version !== seen && seen >= 0) triggers.add('glance')
        // Not read again after the pass: what others write meanwhile must be noticed too.
        seen = version
        if (clock.now() >= retryAt) triggers.add('retry')
        const taken = triggers.take()
        if (taken.length > 0) {
          const trigger = taken[0] ?? 'schedule'
          const full = taken.some((each) => each !== 'glance')
          const observe = taken.some((each) => each !== 'glance' && each !== 'change')
          const startedAt = clock.now()
          const pass = await reconcile(parts, { trigger, read: full, observe, signal })
          current = pass.inForce === undefined ? undefined : { run: pass.run, inForce: pass.inForce }
          unread = pass.unread ? unread + 1 : 0
          retryAt = pass.unread ? clock.now() + backOff(unread) : Infinity
          if (unanswered.size > 0) await store.answer(Math.max(...unanswered))
          unanswered.clear()
          if (options.watch && pass.inForce !== undefined) watcher ??= await watchSource(parts, triggers)
          await progress.begin(full ? startedAt : undefined)
        }
        const did = current === undefined ? undefined : await work(parts, current, signal)
        await progress.advance(did)
        failures = 0
        const idle = did === undefined || did.issued + did.proven + did.failed === 0
        if (!idle || triggers.waiting) continue
        if (
          options.untilSettled === true &&
          (await store.counts()).open.underWay === 0 &&
          current !== undefined
        ) {
          const { ready } = (await store.counts()).open
          if (ready === 0) return
        }
        if (options.untilSettled === true && current === undefined) return
        await rest(parts, triggers, signal)
      } catch (error) {
        failures += 1
        await afterFailure(parts, triggers, error, failures, signal)
      }
    }
  } finally {
    await task.stop()
    await watcher?.[Symbol.asyncDispose]()
    log.info('stopped', 'stopped; what is under way is taken up again at the next start')
  }
}

/** Watches the source; one out of reach now is watched once it is back, when there is a revision to go by until then. */
async function watchSource(
  { source, store, screen }: Parts,
  triggers: Triggers,
): Promise<AsyncDisposable | undefined> {
  try {
    return await source.watch((paths) => {
      screen.changed(paths)
      triggers.add('change')
    })
  } catch (error) {
    if (
      error instanceof SimplaneError &&
      error.code === 'source-unreachable' &&
      (await store.inForce()) !== undefined
    )
      return undefined
    throw error
  }
}

/** Sleeps until something is due, somebody triggers, or it is time for a glance at the store. */
async function rest({ store, clock }: Parts, triggers: Triggers, signal: AbortSignal): Promise<void> {
  const now = clock.now()
  const due = await store.nextDue(now)
  // What is due already and yet was not done just now cannot be done: it must not keep the loop busy.
  const pause = due === undefined || due <= now ? GLANCE : Math.min(GLANCE, Math.max(20, due - now))
  const waker = new AbortController()
  const wake = (): void => waker.abort()
  triggers.onWake = wake
  if (!triggers.waiting && !signal.aborted) await clock.sleep(pause, waker.signal)
}

/** A pass that failed is tried again, later each time; a broken source or MDM must not stop the service. */
async function afterFailure(
  parts: Parts,
  triggers: Triggers,
  error: unknown,
  failures: number,
  signal: AbortSignal,
): Promise<void> {
  const { log, screen, clock } = parts
  const message = error instanceof Error ? error.message : String(error)
  const pause = backOff(failures)
  const expected = error instanceof SimplaneError
  log.error(expected ? error.code : 'unexpected', message, {
    retryInSeconds: pause / SECOND,
    ...(expected ? {} : { stack: stackOf(error) }),
  })
  screen.trouble(message)
  const waker = new AbortController()
  triggers.onWake = () => waker.abort()
  if (!signal.aborted) await clock.sleep(pause, waker.signal)
  triggers.add('retry')
}

function backOff(failures: number): Duration {
  return BACK_OFF[Math.min(failures, BACK_OFF.length) - 1] ?? MINUTE
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : ''
}

/** What woke the loop, folded together. */
class Triggers {
  readonly #waiting = new Set<string>()
  onWake: () => void = () => undefined

  get waiting(): boolean {
    return this.#waiting.size > 0
  }

  add(trigger: string): void {
    this.#waiting.add(trigger)
    this.onWake()
  }

  wake(): void {
    this.onWake()
  }

  take(): string[] {
    const all = [...this.#waiting]
    this.#waiting.clear()
    return all
  }
}

/** Counts what the passes since the last quiet moment have proven, for whoever watches. */
class Progress {
  readonly #parts: Parts
  #proven = 0
  #startedAt: number | undefined
  #busy = false

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async begin(startedAt: number | undefined): Promise<void> {
    if (startedAt === undefined) return
    this.#startedAt = startedAt
    this.#proven = 0
    const { open } = await this.#parts.store.counts()
    this.#busy = open.ready + open.underWay > 0
    if (!this.#busy) await this.#settled()
  }

  async advance(did: { issued: number; proven: number; failed: number } | undefined): Promise<void> {
    if (did === undefined || !this.#busy || did.issued + did.proven + did.failed === 0) return
    this.#proven += did.proven
    const { open } = await this.#parts.store.counts()
    const left = open.ready + open.underWay
    this.#parts.screen.progress({ proven: this.#proven, total: this.#proven + left })
    if (left > 0) return
    this.#busy = false
    await this.#settled()
  }

  async #settled(): Promise<void> {
    const { store, screen, clock } = this.#parts
    const now = clock.now()
    screen.settled({
      counts: await store.counts(),
      idle: this.#proven === 0,
      milliseconds: now - (this.#startedAt ?? now),
    })
  }
}
