import type { CommandId, Outcome } from '../../domain/driver.ts'
import type { SpecIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import type { DeviceId, Uuid } from './device.ts'

/** An install that Jamf Pro was told of, or is about to be. */
export type Sent = {
  readonly step: CommandId
  readonly device: DeviceId
  readonly managementId: Uuid
  /** The id that Jamf Pro gave it. Absent: not known, or never taken. */
  readonly uuid?: Uuid
  readonly configuration: string
  readonly identity: SpecIdentity
  /** Of the newest try. */
  readonly sentAt: Instant
  /** `sending`: whether Jamf Pro has it is not known. `told`: it has. `over`: it is not even told, `outcome` says why. */
  readonly state: 'sending' | 'told' | 'over'
  /** The commands of the same kind that the device had before. */
  readonly others: readonly Uuid[]
  /** The plans that it held before. Absent: it does not show them. */
  readonly baseline?: readonly string[]
  /** When the device answered, by Jamf Pro's clock. */
  readonly acknowledgedAt?: Instant
  /** Once it is final. */
  readonly outcome?: Outcome
}

/** An open question to a device: what do you hold? `inventoryAt`: how old the answer was that it had given before. */
export type Question = { readonly inventoryAt: Instant; readonly askedAt: Instant; readonly tries: number }

/** The install that an eSIM came from. */
export type Origin = {
  readonly iccid: string
  readonly step: CommandId
  readonly configuration: string
  readonly identity: SpecIdentity
  readonly at: Instant
}

/** What is remembered of one device. */
export type Known = {
  /** Oldest first. */
  readonly sent: readonly Sent[]
  readonly question?: Question
  readonly origins: readonly Origin[]
}
