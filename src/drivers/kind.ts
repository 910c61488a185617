import type { Check } from '../domain/check.ts'
import type { Capabilities, Driver, WebhookRequest } from '../domain/driver.ts'
import type { Log } from '../domain/log.ts'
import type { Clock } from '../domain/time.ts'
import type { SecretRef } from '../settings/secret.ts'

/** What a driver is opened in. */
export type Surroundings = {
  readonly clock: Clock
  readonly log: Log
  /** The path that a written one means. */
  readonly pathOf: (written: string) => string
  /** The text of a file. Throws `settings` when it cannot be read. */
  readonly textOf: (written: string) => string
  /** Looks a secret up, anew at each call. Throws `settings` when it is not there. */
  readonly reveal: (secret: SecretRef) => string
  /** Told how many devices of a new simulated fleet are written. */
  readonly progress?: (written: number) => void
}

/** One kind of MDM, from its settings. */
export interface DriverKind<Settings> {
  /** What it can do under these settings; it need not be opened for that. */
  capabilities(settings: Settings): Capabilities
  /** Throws `settings` for what it cannot work with, and `driver-unreachable` for its own file. */
  open(settings: Settings, around: Surroundings): Promise<Driver>
  /** Is the MDM there, and does it let us in? Changes nothing, there or here. Absent: there is nothing to ask. */
  check?(settings: Settings, around: Surroundings): Promise<readonly Check[]>
  /** A webhook that it takes for the MDM's, and that means nothing. Absent: this MDM pushes nothing. */
  trial?(settings: Settings, around: Surroundings): WebhookRequest
}
