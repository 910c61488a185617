import type { Executed } from './execute.ts'
import type { Parts } from './parts.ts'
import type { PassResult } from './reconcile.ts'
import { SECOND, type Instant } from '../domain/time.ts'

/** A turn that did less may have been the last one. */
const SMALL_TURN = 100

/** Follows what came of a pass after it planned: for whoever watches, and for the run's place in the history. */
export class Progress {
  readonly #parts: Parts
  #pass: PassResult | undefined
  #done: Executed = { issued: 0, proven: 0, failed: 0 }
  #startedAt: Instant | undefined
  #busy = false
  #toldAt: Instant = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** A pass has planned. `startedAt` absent: it only glanced at the store, and what is followed goes on. */
  async begin(pass: PassResult, startedAt: Instant | undefined): Promise<void> {
    if (startedAt === undefined) return
    await this.#note()
    this.#pass = pass
    this.#startedAt = startedAt
    this.#done = { issued: 0, proven: 0, failed: 0 }
    this.#busy = (await this.#left()) > 0
    if (!this.#busy) await this.#settled()
  }

  /** One turn of the executor has ended. */
  async advance(did: Executed): Promise<void> {
    if (did.issued + did.proven + did.failed === 0) return
    const { issued, proven, failed } = this.#done
    this.#done = { issued: issued + did.issued, proven: proven + did.proven, failed: failed + did.failed }
    if (!this.#busy) return
    // Counting costs what is left, so it is not done at every turn.
    const now = this.#parts.clock.now()
    const ended = did.issued + did.proven + did.failed < SMALL_TURN
    if (!ended && now - this.#toldAt < SECOND / 2) return
    this.#toldAt = now
    const left = await this.#left()
    this.#parts.screen.progress({ proven: this.#done.proven, total: this.#done.proven + left })
    if (left > 0) return
    this.#busy = false
    await this.#settled()
  }

  async #left(): Promise<number> {
    const { ready, underWay } = await this.#parts.store.unsettled()
    return ready + underWay
  }

  /** Nothing is ready and nothing under way. */
  async #settled(): Promise<void> {
    const { store, screen, clock, log } = this.#parts
    const now = clock.now()
    const { issued, proven, failed } = this.#done
    if (screen.showsFleet)
      screen.settled({
        counts: await store.counts(),
        idle: proven === 0,
        milliseconds: now - (this.#startedAt ?? now),
      })
    log.info('settled', `${proven} proven, ${failed} failed`, {
      ...(this.#pass === undefined ? {} : { run: this.#pass.run }),
      ...(this.#pass?.inForce === undefined ? {} : { revision: this.#pass.inForce.revision.id }),
      issued,
      proven,
      failed,
    })
    await this.#note()
  }

  /** Writes to the run what it did after it had planned. */
  async #note(): Promise<void> {
    const pass = this.#pass
    if (pass?.inForce === undefined || this.#done.issued + this.#done.proven + this.#done.failed === 0) return
    const { store, clock } = this.#parts
    await store.endRun(
      pass.run,
      { ...pass.counts, ...this.#done },
      pass.inForce.revision.id,
      clock.now(),
      pass.unread,
    )
  }
}
