import type { Submission } from '../../domain/driver.ts'
import type { Clock } from '../../domain/time.ts'
import type { Client } from './client.ts'
import type { Memory } from './memory.ts'

/** What every part of the driver works with. */
export type Work = {
  readonly driver: string
  readonly client: Client
  readonly memory: Memory
  readonly clock: Clock
  /** Devices may be asked to say anew what they hold. */
  readonly asksInventory: boolean
}

export type Refused = Extract<Submission, { kind: 'refused' }>

export function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}
