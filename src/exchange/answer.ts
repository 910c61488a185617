import type { Instant } from '../domain/time.ts'

/** One request to an MDM, a forge or a chat: to the other side. */
export type Call = {
  /** What is asked, in a word; throttling, rate and circuit breaker are counted for each. Part of messages. */
  readonly endpoint: string
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the address, encoded already, query included. Never part of a message: it holds ids. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Sending it again can do no harm (it only reads, or its id makes the other side take it once): it may be tried again. */
  readonly repeatable: boolean
  /** Asked without credentials. */
  readonly open?: boolean
  /** Is this reply what the other side itself says, whatever its status? Default: every status but 5xx. */
  readonly isAnswer?: (reply: Reply) => boolean
}

/** A whole reply, no larger than allowed. */
export type Reply = {
  readonly status: number
  /** Names in lower case; a header that came several times is joined by commas. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came of a call: all of it expected, none of it thrown. */
export type Answer =
  | ({ readonly kind: 'answered' } & Reply)
  /** The other side took nothing and wants to be left alone until then. */
  | { readonly kind: 'throttled'; readonly retryAt: Instant }
  /** No answer. `untold`: certainly nothing arrived; else it may have been done. `why` holds no secret. */
  | { readonly kind: 'unreachable'; readonly why: string; readonly untold: boolean }
