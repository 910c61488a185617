import type { CommandId, SentKind } from '../../domain/driver.ts'
import type { EsimSpec, SpecIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import type { Attributes } from './device.ts'

/** A command that was taken, and how far it is. */
export type Sent = {
  readonly seq: number
  readonly id: CommandId
  readonly device: string
  readonly kind: SentKind
  readonly configuration?: string
  readonly spec?: EsimSpec
  /** Id of the record that goes; with delete-record. */
  readonly record?: string
  readonly sentAt: Instant
  /** What is written to the device's attributes, one after the other; each must be heard by the device before the next. */
  readonly writes: readonly Attributes[]
  /** Which of them is under way. */
  readonly position: number
  /** When that one was in the MDM, or the MDM took the one call that this command is; absent: it may not be there. */
  readonly writtenAt?: Instant
  /**
   * `withdrawing`: an eSIM reset that no device came for is being taken back. `unclear`: whether it ran will not be known
   * any more; nothing of it is left in the MDM.
   */
  readonly state: 'open' | 'withdrawing' | 'unclear' | 'done' | 'failed'
  /** When it was done or failed. */
  readonly endedAt?: Instant
  readonly error?: Failure
}

export type Failure = {
  readonly code: string
  readonly message: string
  readonly permanent: boolean
  readonly alreadyDownloaded?: boolean
}

/** Our last change of what a device is pointed at. */
export type Assigned = {
  readonly value: string
  readonly configuration?: string
  /** What the device had at that moment; in effect until it hears of the change. */
  readonly before: string
  readonly beforeConfiguration?: string
  readonly changedAt: Instant
}

/** A SIM that a device showed. */
export type SeenIccid = {
  readonly iccid: string
  /** The check-in that first showed it. */
  readonly seenAt: Instant
  /** The install of ours that it came with. */
  readonly origin?: { readonly configuration: string; readonly identity: SpecIdentity }
}

/** What is remembered of one device. */
export type Memory = {
  readonly assigned?: Assigned
  /** Oldest first. */
  readonly sent: readonly Sent[]
  readonly iccids: readonly SeenIccid[]
}
