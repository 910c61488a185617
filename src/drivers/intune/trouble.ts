import { SimplaneError } from '../../domain/error.ts'
import type { Submission } from '../../domain/driver.ts'

/** The error of a driver that cannot reach its MDM. */
export function unreachable(driver: string, why: string, hint?: string): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${driver} does not answer: ${why}.`,
    hint === undefined ? {} : { hint },
  )
}

/** Why a command is not even sent. */
export type Refused = Extract<Submission, { kind: 'refused' }>

export function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}

/** Why something waits. */
export const LEAVE_ALONE = 'Graph wants to be left alone.'
