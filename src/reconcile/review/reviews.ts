import { SimplaneError } from '../../domain/error.ts'
import type { Forge, PullRequest } from '../../domain/forge.ts'
import type { InForce } from '../../domain/revision-store.ts'
import { HOUR, type Duration, type Instant } from '../../domain/time.ts'
import type { Parts } from '../parts.ts'
import { openDriftIssue, type DriftIssue } from './drift-issue.ts'
import { isDue, newlyMerged, tellProgress } from './follow.ts'
import { openMemory, type Memory } from './memory.ts'
import { publish, publishFork, publishUnavailable, type PublishOptions } from './publish.ts'
import { review, type Reviewed, type ReviewParts } from './review.ts'

export type ReviewsParts = ReviewParts & Pick<Parts, 'log'> & { readonly forge: Forge }

export type ReviewsOptions = PublishOptions & {
  /** How often the forge is asked though nothing was heard. */
  readonly every: Duration
  /** Proposals from other repositories are planned too. */
  readonly forks: boolean
  /** The drift of the fleet is kept in an issue; absent: it is not. */
  readonly drift?: boolean
}

/** A fleet goes on while a proposal is open: so old a plan of it is made anew. */
const STALE: Duration = HOUR
/** Planning a large fleet takes its time: it is made anew with at most such a part of it. */
const SHARE = 1 / 30

type Told = {
  readonly head: string
  /** The revision in force that it was compared with. */
  readonly inForce: string | undefined
  /** Good until then, while neither of the two changes. */
  readonly until: Instant
}

/**
 * Keeps every open proposal's report up to date, and the reports of those that were merged. Runs beside the passes: it
 * reads the store and writes to the forge only. Trouble with the forge or the source is logged once, and tried again at
 * the next round.
 */
export class Reviews implements AsyncDisposable {
  readonly #parts: ReviewsParts
  readonly #options: ReviewsOptions
  readonly #stop = new AbortController()
  readonly #told = new Map<number, Told>()
  readonly #drift: DriftIssue | undefined
  #memory: Memory | undefined
  #nextAt: Instant = -Infinity
  #seen: string | undefined
  #round: Promise<void> | undefined
  #complained: string | undefined

  constructor(parts: ReviewsParts, options: ReviewsOptions) {
    this.#parts = parts
    this.#options = options
    this.#drift = options.drift === true ? openDriftIssue(parts, options) : undefined
  }

  /** Something was heard of the forge: the next turn looks. */
  hint(): void {
    this.#nextAt = -Infinity
  }

  /** Begins a round where one is due and none runs; never waits for it. */
  turn(inForce: InForce | undefined): void {
    if (this.#round !== undefined || this.#stop.signal.aborted) return
    const now = this.#parts.clock.now()
    const revision = inForce?.revision.id
    const rolls = this.#memory?.followed().some((each) => isDue(each, now)) === true
    if (now < this.#nextAt && revision === this.#seen && !rolls) return
    if (now >= this.#nextAt) this.#nextAt = now + this.#options.every
    this.#seen = revision
    this.#round = this.round(inForce).finally(() => {
      this.#round = undefined
    })
  }

  /** One round over all proposals. */
  async round(inForce: InForce | undefined): Promise<void> {
    const { forge, log } = this.#parts
    try {
      this.#memory ??= await openMemory(this.#parts.store)
      await this.#reportOpen(this.#memory, inForce)
      await this.#reportMerged(this.#memory, inForce)
      await this.#memory.keep()
      await this.#drift?.tell(inForce)
      if (this.#complained !== undefined) log.info('reports', `${forge.name} is told again`)
      this.#complained = undefined
    } catch (error) {
      this.#complain(error)
    }
  }

  async #reportOpen(memory: Memory, inForce: InForce | undefined): Promise<void> {
    const { forge, clock } = this.#parts
    const { branch } = this.#options
    const pulls = (await forge.openPullRequests()).filter(({ base }) => base.ref === branch)
    const open = new Set(pulls.map(({ number }) => number))
    for (const number of this.#told.keys()) if (!open.has(number)) this.#told.delete(number)
    for (const pull of pulls) {
      if (this.#stop.signal.aborted) return
      if (!this.#isToldOf(pull, inForce, clock.now())) await this.#report(memory, pull, inForce)
    }
  }

  #isToldOf({ number, head }: PullRequest, inForce: InForce | undefined, now: Instant): boolean {
    const told = this.#told.get(number)
    return told?.head === head.sha && told.inForce === inForce?.revision.id && now < told.until
  }

  async #report(memory: Memory, pull: PullRequest, inForce: InForce | undefined): Promise<void> {
    const { clock, log } = this.#parts
    const { number, head } = pull
    const begun = clock.now()
    const told = { head: head.sha, inForce: inForce?.revision.id, until: begun + STALE }
    if (pull.fork && !this.#options.forks) {
      await publishFork(this.#parts, pull, this.#options)
      this.#told.set(number, told)
      return
    }
    const reviewed = await this.#review(pull)
    // It has moved on meanwhile: the next round sees where to.
    if (reviewed === undefined) return
    const { kind } = await publish(this.#parts, pull, reviewed, this.#options)
    const devices = reviewed.kind === 'planned' ? reviewed.made.plan.devices : []
    const keys = devices.map(({ device }) => device)
    memory.planned({ pull: number, head: head.sha, devices: keys, at: begun })
    const took = clock.now() - begun
    this.#told.set(number, { ...told, until: clock.now() + Math.max(STALE, took / SHARE) })
    log.info('reviewed', `proposal ${number}: ${kind}, ${devices.length} devices`, { revision: head.sha })
  }

  /** One that cannot be read keeps no other waiting; it is tried again at the next round. */
  async #review(pull: PullRequest): Promise<Reviewed | undefined> {
    try {
      return await review(this.#parts, pull, this.#stop.signal)
    } catch (error) {
      if (!(error instanceof SimplaneError) || error.code !== 'source-unreachable') throw error
      if (this.#stop.signal.aborted) return undefined
      await publishUnavailable(this.#parts, pull, error.message, this.#options)
      return undefined
    }
  }

  async #reportMerged(memory: Memory, inForce: InForce | undefined): Promise<void> {
    const { clock } = this.#parts
    const { branch } = this.#options
    for (const merged of await newlyMerged(this.#parts, branch, memory.open(), memory.byPull()))
      memory.follow(merged)
    for (const followed of memory.followed()) {
      if (this.#stop.signal.aborted) return
      if (isDue(followed, clock.now()))
        memory.follow(await tellProgress(this.#parts, followed, inForce, this.#options))
    }
    memory.forget(clock.now())
  }

  /** Once for the same trouble. */
  #complain(error: unknown): void {
    const { log } = this.#parts
    const message = error instanceof Error ? error.message : String(error)
    if (message === this.#complained) return
    this.#complained = message
    if (error instanceof SimplaneError) log.warn(error.code, message)
    else log.error('unexpected', message, { stack: error instanceof Error ? (error.stack ?? '') : '' })
  }

  /** Waits for what is being said just now. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#round
  }
}
