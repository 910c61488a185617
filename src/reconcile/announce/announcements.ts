import type { Outbox } from '../../domain/notice.ts'
import type { InForce } from '../../domain/revision-store.ts'
import { MINUTE, type Duration, type Instant } from '../../domain/time.ts'
import { happenings, NOTHING_TOLD, type ToldOf } from '../../report/happenings.ts'
import type { Parts } from '../parts.ts'
import { standingOf } from './standing.ts'

type AnnouncementParts = Pick<Parts, 'store' | 'clock' | 'log' | 'drivers'> & { readonly outbox: Outbox }

/** How often it is looked whether there is news. */
const EVERY: Duration = MINUTE
/** A large fleet takes longer to look at: it is done with at most such a part of the time. */
const SHARE = 1 / 30
const NAME = 'announcements'

/**
 * Tells people what happens to the fleet: compares how it stands with what was told before, and hands the difference to
 * the outbox. Runs beside the passes, and reads the store only. What was told is remembered over restarts.
 */
export class Announcements implements AsyncDisposable {
  readonly #parts: AnnouncementParts
  #nextAt: Instant = -Infinity
  #round: Promise<void> | undefined
  #closed = false
  #complained: string | undefined

  constructor(parts: AnnouncementParts) {
    this.#parts = parts
  }

  /** Begins a round where one is due and none runs; never waits for it. */
  turn(inForce: InForce | undefined): void {
    const { clock } = this.#parts
    if (this.#closed || this.#round !== undefined || clock.now() < this.#nextAt) return
    const begun = clock.now()
    this.#round = this.round(inForce).finally(() => {
      this.#nextAt = clock.now() + Math.max(EVERY, (clock.now() - begun) / SHARE)
      this.#round = undefined
    })
  }

  /** Looks once, and hands on what is due. */
  async round(inForce: InForce | undefined): Promise<void> {
    const { store, outbox, clock, log } = this.#parts
    try {
      const before = await store.remembered(NAME)
      const { notices, told } = happenings(await standingOf(this.#parts, inForce), toldOf(before))
      // Before it is remembered: what is put twice has the same id, and is taken once.
      await outbox.put(notices)
      const after = JSON.stringify(told)
      if (after !== before) await store.remember(NAME, after)
      await outbox.deliverDue(clock.now())
      this.#complained = undefined
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      if (message !== this.#complained) log.warn('announcements', `Nobody could be told: ${message}`)
      this.#complained = message
    }
  }

  /** Waits for what is being told just now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true
    await this.#round
  }
}

function toldOf(text: string | undefined): ToldOf {
  return text === undefined ? NOTHING_TOLD : (JSON.parse(text) as ToldOf)
}
