import type { Submission } from '../../domain/driver.ts'
import type { Clock, Duration } from '../../domain/time.ts'
import type { Client } from './client.ts'
import type { Memory } from './memory.ts'
import type { Sent } from './rows.ts'

/** What every part of the driver works with. */
export type Work = {
  readonly driver: string
  readonly client: Client
  readonly memory: Memory
  readonly clock: Clock
  readonly newUuid: () => string
  /** Profiles may go to single devices. */
  readonly premium: boolean
  /** Windows devices are asked over a live query what their eUICC holds. */
  readonly readsEuicc: boolean
  readonly refreshEvery: Duration
}

export type Refused = Extract<Submission, { kind: 'refused' }>

export function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}

export function accepted({ uuid, slot }: Pick<Sent, 'uuid' | 'slot'>): Submission {
  const receipt = uuid ?? slot
  return receipt === undefined ? { kind: 'accepted' } : { kind: 'accepted', receipt }
}
