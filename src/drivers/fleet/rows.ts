import type { CommandId, Outcome, SentKind } from '../../domain/driver.ts'
import type { SpecIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import type { EuiccFacts } from '../../syncml/observed.ts'
import type { Plans } from './apple.ts'
import type { HostId } from './host.ts'

/** A step that Fleet was told of, or is about to be. */
export type Sent = {
  readonly step: CommandId
  readonly kind: SentKind
  readonly host: HostId
  /** The id that Fleet knows it by; absent: it is a label, a deletion or an unenrolment. */
  readonly uuid?: string
  /** The label and profile of an install on Windows. */
  readonly slot?: string
  readonly configuration?: string
  readonly identity?: SpecIdentity
  readonly sentAt: Instant
  /** `sending`: whether Fleet has it is not known. `over`: it is not even told, `outcome` says why. */
  readonly state: 'sending' | 'told' | 'over'
  /** An install on iOS: what the device held before. */
  readonly baseline?: readonly string[]
  readonly acknowledgedAt?: Instant
  /** Once it is final. */
  readonly outcome?: Outcome
}

/** An open question to an iOS device. */
export type Question = { readonly uuid: string; readonly askedAt: Instant; readonly tries: number }

/**
 * The newest look at an eUICC. `at` is on our own clock, and not after the device looked: the moment it was asked.
 * `silent`: the device answered, and not what it holds. `asksSince`: since then every look found a server being asked.
 */
export type Reading = { readonly at: Instant } & (
  | { readonly kind: 'plans'; readonly plans: Plans }
  | { readonly kind: 'silent' }
  | { readonly kind: 'euicc'; readonly facts: EuiccFacts; readonly asksSince?: Instant }
)

/** The install that an eSIM of an iOS device came from. */
export type Origin = {
  readonly iccid: string
  readonly step: CommandId
  readonly configuration: string
  readonly identity: SpecIdentity
  readonly at: Instant
}

/** What is remembered of one host. */
export type Known = {
  /** Oldest first. */
  readonly sent: readonly Sent[]
  readonly question?: Question
  readonly reading?: Reading
  readonly origins: readonly Origin[]
}
