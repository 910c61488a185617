import type { Instant } from './time.ts'

/** What a team may be told of. Each is a type of a CloudEvent, with `dev.simplane.` in front and `.v1` behind. */
export const NOTICE_KINDS = [
  'drift-found',
  'drift-gone',
  'plan-held',
  'run-failed',
  'revision-refused',
  'rollout-halted',
  'rollout-done',
  'retirement-released',
  'driver-down',
  'driver-back',
] as const
export type NoticeKind = (typeof NOTICE_KINDS)[number]

export type NoticeSeverity = 'error' | 'warning' | 'info'

/** Something that happened which a person may want to know at once. */
export type Notice = {
  /** The same for the same happening: it is taken once, and whoever gets it twice can tell. */
  readonly id: string
  /** `test`: what `simplane notify test` sends, whatever a channel asks for. */
  readonly kind: NoticeKind | 'test'
  readonly severity: NoticeSeverity
  readonly at: Instant
  /** What it is about: `fleet`, `configuration/acme-laptops`, `retirement/2026-q4`, `driver/intune`. */
  readonly subject: string
  /** One line of plain text. */
  readonly title: string
  /** Further lines of plain text: what, why, what to do. */
  readonly lines: readonly string[]
  /** For machines: flat. */
  readonly data: Readonly<Record<string, string | number | boolean>>
  /**
   * Identities of devices it is about, or a sample: keys, names, serial numbers. They stand here alone, never in title,
   * lines or data, for most channels are shown no more than their last four characters.
   */
  readonly devices?: readonly string[]
  /** Where to look. */
  readonly url?: string
}

/** What became of handing a notice on. */
export type Delivery =
  | { readonly kind: 'delivered' }
  /** Not now: it is tried again, at the earliest then. */
  | { readonly kind: 'later'; readonly why: string; readonly retryAt?: Instant }
  /** It will never be taken like this. */
  | { readonly kind: 'refused'; readonly why: string }

/** One way to tell people: a webhook, a chat. Nothing is thrown for what the other side does; `settings` for a secret. */
export interface Channel extends AsyncDisposable {
  readonly name: string
  deliver(notice: Notice): Promise<Delivery>
}

/** Takes notices, and sees to it that they reach whoever asked for them. */
export interface Notices {
  /** They are kept when this returns; one whose id was taken before is not taken twice. */
  put(notices: readonly Notice[]): Promise<void>
}

/** Notices on their way out. */
export interface Outbox extends Notices, AsyncDisposable {
  /**
   * Hands on what is due, on every channel at once, and gives the moment at which the next is; `undefined`: nothing
   * waits. It may be called again before it is done: a channel at work is left alone. As slow as the slowest channel,
   * so that what must go on does not wait for it.
   */
  deliverDue(now: Instant): Promise<Instant | undefined>
}
