import type { Clock } from '../../domain/time.ts'
import type { ExchangeOptions } from '../../exchange/exchange.ts'

/** How a SimpleMDM account is reached. */
export type SimpleMdmOptions = {
  readonly name: string
  /** SQLite file of its own: which steps SimpleMDM was told of. */
  readonly path: string
  readonly clock: Clock
  /** Default `https://a.simplemdm.com`; http on the loopback only. */
  readonly address?: string
  /** Asked at each request. */
  readonly apiKey: () => string
} & Pick<ExchangeOptions, 'ca' | 'perSecond' | 'answerWithin' | 'random'>
