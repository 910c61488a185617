import type { Clock } from '../../domain/time.ts'
import type { ExchangeOptions } from '../../exchange/exchange.ts'

/** How a Jamf Pro is reached. */
export type JamfOptions = {
  readonly name: string
  /** SQLite file of its own: which command serves which step, and what devices held before an install. */
  readonly path: string
  readonly clock: Clock
  /** https, or http on the loopback. */
  readonly address: string
  /** Of an API client whose role has the privileges that docs/drivers/jamf.md names. */
  readonly clientId: string
  /** Asked each time a token is. */
  readonly clientSecret: () => string
  /** Devices may be asked to say anew what they hold, around an install. Default true. */
  readonly asksInventory?: boolean
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'answerWithin' | 'random'>
