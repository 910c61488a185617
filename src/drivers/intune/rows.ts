import type { CommandId, SentKind } from '../../domain/driver.ts'
import type { EsimSpec, SpecIdentity, WindowsSpec } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'

/** One entry of `deviceActionResults`: the newest of each kind. */
export type ActionResult = {
  /** In lower case. */
  readonly name: string
  readonly state: string
  readonly startedAt?: Instant
  readonly updatedAt?: Instant
  readonly carrierUrl?: string
}

/** One managedDevice, as far as it matters. Absent: Graph did not say. */
export type Managed = {
  readonly id: string
  readonly name?: string
  readonly user?: string
  readonly os: string
  readonly osVersion?: string
  readonly edition?: string
  readonly model?: string
  readonly serialNumber?: string
  readonly imei?: string
  /** Filled only when one device is asked for. */
  readonly iccid?: string
  readonly eid?: string
  /** `azureADDeviceId`: the deviceId of the Entra device, which is not its object id. */
  readonly entraId?: string
  readonly ownership?: 'company' | 'personal'
  readonly userEnrolled?: boolean
  readonly enrolledAt?: Instant
  readonly lastSyncAt?: Instant
  readonly managementState: string
  /** Absent: not told, which lists may do. */
  readonly actions?: readonly ActionResult[]
  readonly category?: string
}

/** A device as it is remembered. */
export type DeviceRow = {
  readonly seq: number
  readonly managed: Managed
  /** When it was last asked for alone. */
  readonly detailAt?: Instant
  /** Retired by us, and gone from Intune since. */
  readonly retiredAt?: Instant
  /** Names and ids of the Entra groups it is in; absent: none are read. */
  readonly groups?: readonly string[]
}

/** An OMA-URI configuration and the group that it is assigned to; neither ever changes. */
export type Target = {
  /** Its name in Intune and in Entra. */
  readonly name: string
  readonly spec: WindowsSpec
  /** The settings hold IsDiscoveryServer, which older builds do not know. */
  readonly withDiscovery: boolean
  readonly policy?: string
  readonly group?: string
}

/**
 * What is known of a device in a target's group. `joining`: told, not confirmed. `leaving`: taken out, and the device
 * may have it still.
 */
export type MembershipState = 'joining' | 'applied' | 'error' | 'conflict' | 'leaving'

export type Membership = {
  readonly device: string
  readonly target: string
  readonly configuration: string
  readonly state: MembershipState
  /** When Graph was told, on its own clock. */
  readonly since: Instant
  /** The device has, or had, the configuration for certain. */
  readonly confirmed: boolean
  readonly confirmedAt?: Instant
}

/** How far a command is. */
export type Phase =
  /** Graph has nothing of it but the script package that was made for it; it is told again. */
  | 'put-off'
  /** Whether Graph has it is not known. */
  | 'sending'
  /** Graph has it. */
  | 'sent'
  /** Former configurations have to leave the device. */
  | 'leaving'
  /** The new one has to be assigned. */
  | 'joining'
  /** The device has to take it. */
  | 'applying'
  /** The device has to show what it holds. */
  | 'showing'

export type CommandError = {
  readonly code: string
  readonly message: string
  readonly permanent: boolean
  readonly alreadyDownloaded?: boolean
}

/** A command, written before anything is sent. */
export type CommandRow = {
  readonly step: CommandId
  readonly kind: SentKind
  readonly device: string
  readonly configuration?: string
  readonly spec?: EsimSpec
  /** The target to join. */
  readonly target?: string
  /** The record to delete. */
  readonly record?: string
  /** The script package of an eSIM reset. */
  readonly script?: string
  readonly eid?: string
  /** What was so before it was sent, to recognise its effect by. */
  readonly before?: string
  readonly at: Instant
  /** When the phase began, on the clock of Graph where that says it. */
  readonly phaseAt: Instant
  readonly phase: Phase
  readonly end?:
    | { readonly kind: 'done'; readonly at: Instant }
    | ({ readonly kind: 'failed'; readonly at: Instant } & CommandError)
    | { readonly kind: 'refused'; readonly code: string; readonly message: string; readonly at: Instant }
}

/** What the inventory script said last, and when it was asked for. */
export type ReadingRow = {
  readonly device: string
  readonly at?: Instant
  readonly output?: string
  /** The question that is not answered yet, or was last. */
  readonly askedAt?: Instant
  /** Questions without an answer just before. */
  readonly tries: number
}

/** The install that brought an eSIM to an iPhone or iPad. */
export type Origin = {
  readonly iccid: string
  readonly configuration: string
  readonly identity: SpecIdentity
}
