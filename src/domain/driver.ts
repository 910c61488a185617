import type { DeviceFacts, RecordKey } from './device.ts'
import type { EsimSpec } from './esim.ts'
import type { StepKind } from './plan.ts'
import type { Instant } from './time.ts'

/** The steps that are sent to an MDM; `forget` and `release` are ours alone. */
export type SentKind = Exclude<StepKind, 'forget' | 'release'>

/** What the MDM can do on one platform, as data: what it cannot is a finding in the plan, before anything runs. */
export type PlatformCapabilities = {
  readonly steps: readonly SentKind[]
  /** Its eSIM lists hold eSIMs of every origin. */
  readonly seesEveryEsim: boolean
}

export type Capabilities = {
  readonly windows: PlatformCapabilities
  readonly ios: PlatformCapabilities
  /** The MDM refuses or ignores a command id it has seen: sending again after a crash is harmless. */
  readonly idempotent: boolean
}

/** Our id for one command, chosen before it is sent: `epoch.dev.n.attempt`. */
export type CommandId = string & { readonly brand: 'CommandId' }

/** One step on its way to one device. */
export type Command = {
  readonly id: CommandId
  readonly kind: SentKind
  readonly device: Pick<DeviceFacts, 'key' | 'id' | 'platform' | 'serialNumber' | 'eid'>
  /** install, update, uninstall. */
  readonly configuration?: string
  readonly spec?: EsimSpec
  /** delete-record. */
  readonly record?: RecordKey
}

/** The MDM's answer to being told. None of these is proof (S36). */
export type Submission =
  | { readonly kind: 'accepted'; readonly receipt?: string }
  /** Not now (busy, offline): nothing happened, ask again after `retryAt`. */
  | { readonly kind: 'deferred'; readonly reason: string; readonly retryAt?: Instant }
  /** Will never work like this. */
  | { readonly kind: 'refused'; readonly code: string; readonly message: string }

/** What the MDM says became of a command. */
export type Outcome =
  /** It never received this id. */
  | { readonly kind: 'unknown' }
  /** Queued or on its way. */
  | { readonly kind: 'pending' }
  /** The device says done: still only `accepted` until observed. `attested`: a person says so, and why. */
  | { readonly kind: 'done'; readonly at: Instant; readonly attested?: Attestation }
  /** The device was busy (NotNow); the MDM offers it again by itself. */
  | { readonly kind: 'not-now' }
  /** `permanent`: trying again cannot help. `alreadyDownloaded`: knowledge, not only failure (planning.md section 5). */
  | {
      readonly kind: 'failed'
      readonly code: string
      readonly message: string
      readonly permanent: boolean
      readonly alreadyDownloaded?: boolean
      readonly at: Instant
    }

/** What a person vouches for: an observation with a name. */
export type Attestation = { readonly at: Instant; readonly who: string; readonly evidence: string }

/** What a driver saw of one device, at an instant. */
export type Observation = { readonly facts: DeviceFacts; readonly at: Instant }

/**
 * One page of an inventory. `next` absent: the last page. An inventory whose every page arrived is complete;
 * a driver throws rather than give half a page.
 */
export type ObservationPage = {
  readonly observations: readonly Observation[]
  readonly next?: string
  /** Devices the MDM says it has, when it says so; another count makes the inventory incomplete. */
  readonly total?: number
}

/** What an MDM pushed to us, as it arrived: header names in lower case, the body whole and bounded by who listens. */
export type WebhookRequest = {
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

/** Something happened to this device: it is worth looking at now. A hint, never proof. */
export type Signal = { readonly id: string; readonly what: 'enrolled' | 'left' | 'answered' }

/** `refused`: not from the MDM, or not readable; nothing was taken from it. The status is for the HTTP answer. */
export type Hearing =
  | { readonly kind: 'heard'; readonly signals: readonly Signal[] }
  | { readonly kind: 'refused'; readonly status: 400 | 401; readonly message: string }

/** Adapter to one MDM. It never plans, stores or retries. Trouble reaching the MDM throws `driver-unreachable`. */
export interface Driver extends AsyncDisposable {
  /** The name in `drivers: [{ name }]`; the first half of every record key. */
  readonly name: string
  readonly capabilities: Capabilities
  /** The next page of the whole inventory; no cursor: the first. */
  observe(cursor?: string): Promise<ObservationPage>
  /** One device as it is now; `undefined`: the MDM has no such record. */
  look(id: string): Promise<Observation | undefined>
  /** Tells the MDM. Sending an id it has seen changes nothing and answers as it did before. */
  submit(command: Command): Promise<Submission>
  outcome(command: Command): Promise<Outcome>
  /**
   * Takes what the MDM pushed: kept for good once this resolves. Told twice, late or out of order, the end is the same,
   * and what changes nothing gives no signal. Absent: this MDM pushes nothing.
   */
  webhook?(request: WebhookRequest): Promise<Hearing>
}
