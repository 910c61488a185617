/** What woke the loop, folded together: a trigger that comes while a pass runs is one reason for the next pass. */
export class Triggers {
  readonly #waiting = new Set<string>()
  #wake: () => void = () => undefined

  get waiting(): boolean {
    return this.#waiting.size > 0
  }

  add(trigger: string): void {
    this.#waiting.add(trigger)
    this.#wake()
  }

  /** Wakes whoever sleeps, without a reason for a pass. */
  wake(): void {
    this.#wake()
  }

  /** All that came since the last time, the first first. */
  take(): string[] {
    const all = [...this.#waiting]
    this.#waiting.clear()
    return all
  }

  /** A signal that aborts at the next trigger; only the newest is woken. */
  nextWake(): AbortSignal {
    const waker = new AbortController()
    this.#wake = () => waker.abort()
    return waker.signal
  }
}
