import { schedule, type ScheduledTask } from 'node-cron'
import { SimplaneError } from '../domain/error.ts'
import type { InForce } from '../domain/revision-store.ts'
import { MINUTE, SECOND, type Duration } from '../domain/time.ts'
import { executeOnce, type Executed } from './execute.ts'
import { firstHousekeeping, keepHouse, type HouseTimes } from './housekeeping.ts'
import type { Parts } from './parts.ts'
import { Progress } from './progress.ts'
import { reconcile, work } from './reconcile.ts'
import { lookAtSignalled, type Signals } from './signals.ts'
import { Triggers } from './triggers.ts'

/** Work beside the passes: told at each turn what is in force; it may begin something, and never waits for it. */
export type Beside = { turn(inForce: InForce | undefined): void }

export type LoopOptions = {
  /** Cron of the periodic pass, which also reads the inventories. */
  readonly schedule: string
  /** Watch the source for changes. */
  readonly watch: boolean
  /** End once everything that can be done is done: nothing ready and nothing under way. */
  readonly untilSettled?: boolean
  /** Devices that MDMs push word of: each is looked at when its turn comes. */
  readonly signals?: Signals
  /** What the leader does beside its passes. */
  readonly beside?: readonly Beside[]
  /** What others wake it by; absent: nobody does. */
  readonly triggers?: Triggers
  readonly signal: AbortSignal
}

/** How often the loop looks whether another process wrote to the store. */
const GLANCE: Duration = SECOND
/** What asks for planning alone: neither the source nor an inventory has news. */
const PLANS_ONLY: ReadonlySet<string> = new Set(['glance', 'webhook'])
/** What asks for the source alone: no inventory has news. */
const READS_ONLY: ReadonlySet<string> = new Set(['change', 'push'])
const BACK_OFF: readonly Duration[] = [SECOND, 5 * SECOND, 30 * SECOND, MINUTE, 5 * MINUTE]

/**
 * The running service: one pass at a time. What wakes it while a pass runs is folded into the next one. Between passes
 * the executor goes on with what is under way. Ends when the signal aborts, at a place where stopping is safe. Throws
 * `source-unreachable` when the source cannot be watched and there never was a good revision.
 */
export async function runLoop(parts: Parts, options: LoopOptions): Promise<void> {
  const { signal } = options
  await using loop = new Loop(parts, options)
  await loop.watch()
  for (let settled = false; !settled && !signal.aborted;) settled = await loop.turn()
}

type Current = { readonly run: number; readonly inForce: InForce }

class Loop implements AsyncDisposable {
  readonly #parts: Parts
  readonly #options: LoopOptions
  readonly #triggers: Triggers
  readonly #progress: Progress
  readonly #cron: ScheduledTask
  #watcher: AsyncDisposable | undefined
  /** The last pass: what its steps are issued for. */
  #current: Current | undefined
  /** The term in which this process leads; absent: another one does. */
  #term: number | undefined
  #askAgainAt = -Infinity
  #house: HouseTimes
  /** The store's version when others' writes were last looked for. */
  #seen: number | undefined
  /** Requests of other processes that the next pass answers. */
  readonly #unanswered = new Set<number>()
  #failures = 0
  /** Reads of the source that failed in a row, and when the next is due. */
  #unread = 0
  #readAgainAt = Infinity

  constructor(parts: Parts, options: LoopOptions) {
    this.#parts = parts
    this.#options = options
    this.#triggers = options.triggers ?? new Triggers()
    this.#progress = new Progress(parts)
    this.#house = firstHousekeeping(parts.clock.now())
    const wake = (): void => this.#triggers.add('schedule')
    // It would print its warnings by itself.
    this.#cron = schedule(options.schedule, wake, { noOverlap: true, suppressMissedWarning: true })
    // Missed while a long pass kept the process busy: the next one makes up for it.
    this.#cron.on('execution:missed', wake)
    options.signal.addEventListener('abort', () => this.#triggers.wake(), { once: true })
    this.#triggers.add('start')
  }

  /** Watches the source, where it is not watched yet. Throws `source-unreachable` while there is nothing else to go by. */
  async watch(): Promise<void> {
    if (this.#options.watch) this.#watcher ??= await watchSource(this.#parts, this.#triggers)
  }

  /** One turn: a pass where something asks for it, then the executor, then rest. true: all is settled, and that was wanted. */
  async turn(): Promise<boolean> {
    const { signal, untilSettled, signals } = this.#options
    try {
      // Seen first: what an MDM pushed is planned in this very turn.
      if (signals?.waiting === true && (await lookAtSignalled(this.#parts, signals)) > 0)
        this.#triggers.add('webhook')
      if (await this.#leads()) {
        await this.#listen()
        if (this.#triggers.waiting) await this.#pass()
        for (const each of this.#options.beside ?? []) each.turn(this.#current?.inForce)
      } else await this.#follow()
      const did = this.#current === undefined ? undefined : await this.#work(this.#current)
      if (did !== undefined) await this.#progress.advance(did)
      this.#failures = 0
      const idle = did === undefined || did.issued + did.proven + did.failed === 0
      if (!idle || this.#triggers.waiting || signals?.waiting === true) return false
      const leads = this.#term !== undefined
      // What another process leads is not settled because this one has nothing to do.
      if (untilSettled === true && leads && (did === undefined || (await isSettled(this.#parts)))) return true
      if (leads && this.#current !== undefined)
        this.#house = await keepHouse(this.#parts, this.#current.inForce, this.#house, signal)
      await rest(this.#parts, this.#triggers, this.#options)
    } catch (error) {
      // Planned in vain: what the new leader plans is what counts.
      if (error instanceof SimplaneError && error.code === 'not-leading') this.#askAgainAt = -Infinity
      this.#failures += 1
      await afterFailure(this.#parts, this.#triggers, error, this.#failures, signal)
    }
    return false
  }

  /** Does this process lead? Asked as often as the lead has to be renewed; whoever comes to lead begins with a pass. */
  async #leads(): Promise<boolean> {
    const { leadership, clock, log } = this.#parts
    const now = clock.now()
    if (now < this.#askAgainAt) return this.#term !== undefined
    const term = await leadership.lead()
    this.#askAgainAt = now + (leadership.renewEvery ?? Infinity)
    if (term !== this.#term && leadership.renewEvery !== undefined) {
      log.info('leading', term === undefined ? 'another process leads' : `leads, term ${term}`)
      if (term !== undefined) this.#triggers.add('lead')
    }
    this.#term = term
    return term !== undefined
  }

  /** Another process plans: this one executes what that one has put in force. */
  async #follow(): Promise<void> {
    const { store, clock } = this.#parts
    // A push that reached this process and not the one that reads.
    if (this.#triggers.take().includes('push')) await store.request('push', clock.now())
    const inForce = await store.inForce()
    const [last] = await store.runs(1)
    this.#current = inForce === undefined ? undefined : { run: last?.id ?? 0, inForce }
  }

  #work(current: Current): Promise<Executed> {
    const { signal } = this.#options
    if (this.#term !== undefined) return work(this.#parts, current, signal)
    return executeOnce(this.#parts, current.inForce, current.run)
  }

  /** Hears what the source and other processes have to say. */
  async #listen(): Promise<void> {
    const { store, clock } = this.#parts
    if (this.#current !== undefined) await this.watch()
    // Taken before the pass and not after it: what others write meanwhile must be noticed too.
    const version = await store.dataVersion()
    const asked = version === this.#seen ? [] : await store.requests()
    const fresh = asked.filter(({ id }) => !this.#unanswered.has(id))
    for (const { id, trigger } of fresh) {
      this.#unanswered.add(id)
      this.#triggers.add(trigger)
    }
    const wrote = this.#seen !== undefined && version !== this.#seen
    if (wrote && fresh.length === 0) this.#triggers.add('glance')
    this.#seen = version
    if (clock.now() >= this.#readAgainAt) this.#triggers.add('retry')
  }

  async #pass(): Promise<void> {
    const { store, clock } = this.#parts
    const taken = this.#triggers.take()
    const full = taken.some((trigger) => !PLANS_ONLY.has(trigger))
    const observe = taken.some((trigger) => !PLANS_ONLY.has(trigger) && !READS_ONLY.has(trigger))
    const startedAt = clock.now()
    const { signal } = this.#options
    const pass = await reconcile(this.#parts, {
      trigger: taken[0] ?? 'schedule',
      read: full,
      observe,
      signal,
    })
    this.#current = pass.inForce === undefined ? undefined : { run: pass.run, inForce: pass.inForce }
    this.#unread = pass.unread === undefined ? 0 : this.#unread + 1
    this.#readAgainAt = pass.unread === undefined ? Infinity : clock.now() + backOff(this.#unread)
    if (this.#unanswered.size > 0) await store.answer(Math.max(...this.#unanswered))
    this.#unanswered.clear()
    await this.#progress.begin(pass, full ? startedAt : undefined)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cron.stop()
    await this.#watcher?.[Symbol.asyncDispose]()
    this.#parts.log.info('stopped', 'stopped; what is under way is taken up again at the next start')
  }
}

/** Nothing is ready and nothing under way. */
async function isSettled({ store }: Parts): Promise<boolean> {
  const { ready, underWay } = await store.unsettled()
  return ready + underWay === 0
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
async function rest(
  { store, clock }: Parts,
  triggers: Triggers,
  { signals, signal }: LoopOptions,
): Promise<void> {
  const now = clock.now()
  const due = await store.nextDue(now)
  // What is due already and yet was not done just now cannot be done: it must not keep the loop busy.
  const pause = due === undefined || due <= now ? GLANCE : Math.min(GLANCE, Math.max(20, due - now))
  const wake = triggers.nextWake()
  // Only here: after a failure nobody is to be kept from waiting by what an MDM pushes.
  using _hearing = signals?.onWaiting(() => triggers.wake())
  const hasNews = triggers.waiting || signals?.waiting === true
  if (!hasNews && !signal.aborted) await clock.sleep(pause, wake)
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
  const wake = triggers.nextWake()
  if (!signal.aborted) await clock.sleep(pause, wake)
  triggers.add('retry')
}

function backOff(failures: number): Duration {
  return BACK_OFF[Math.min(failures, BACK_OFF.length) - 1] ?? MINUTE
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? '') : ''
}
