import type { Outcome } from '../domain/driver.ts'
import type { Instant } from '../domain/time.ts'
import { errorDetail } from './esim-states.ts'
import type { EsimReading, EuiccReading, ServerReading } from './reading.ts'

const PENDING: Outcome = { kind: 'pending' }
const S_FALSE = 1

/**
 * What became of an install, by what the device shows of its server. Requested and Executing are pending: Requested
 * is also the value from the start, so a deadline must end the wait. Failed comes without a reason: with an eSIM of
 * that server on the chip it is knowledge (`alreadyDownloaded`), else it is tried again. No such server: never issued,
 * or taken off since.
 */
export function discoveryOutcome(euicc: EuiccReading, serverName: string, at: Instant): Outcome {
  const server = serverOf(euicc, serverName)
  if (server === undefined) return euicc.servers === 'unknown' ? PENDING : { kind: 'unknown' }
  if (server.discoveryState === 3) return { kind: 'done', at }
  if (server.discoveryState !== 4) return PENDING
  return holdsEsimOf(euicc, serverName) ? alreadyThere(serverName, at) : inVain(serverName, at)
}

function serverOf({ servers }: EuiccReading, serverName: string): ServerReading | undefined {
  if (servers === 'unknown') return undefined
  return servers.find(({ name }) => name.toLowerCase() === serverName.toLowerCase())
}

function holdsEsimOf({ esims }: EuiccReading, serverName: string): boolean {
  if (esims === 'unknown') return false
  return esims.some((each) => each.state === 2 && each.serverName?.toLowerCase() === serverName.toLowerCase())
}

function alreadyThere(serverName: string, at: Instant): Outcome {
  const message = `An eSIM of ${serverName} is on the chip already, and the device downloads no second one.`
  return { kind: 'failed', code: 'already-downloaded', message, permanent: true, alreadyDownloaded: true, at }
}

function inVain(serverName: string, at: Instant): Outcome {
  const message = `The device asked ${serverName} in vain, and gives no reason. Has the operator an eSIM for its EID?`
  return { kind: 'failed', code: 'discovery-failed', message, permanent: false, at }
}

/** What became of one eSIM that was ordered by its code (`State`, `ErrorDetail`). Not listed: `unknown`. */
export function esimOutcome(euicc: EuiccReading, iccid: string, at: Instant): Outcome {
  if (euicc.esims === 'unknown') return PENDING
  const esim = euicc.esims.find((each) => each.iccid === iccid.replace(/f$/i, ''))
  if (esim === undefined) return { kind: 'unknown' }
  if (esim.state === 2) return { kind: 'done', at }
  return esim.state === 4 ? esimError(esim, at) : PENDING
}

function esimError(esim: EsimReading, at: Instant): Outcome {
  const { name, verdict, treatment } = errorDetail(esim.errorDetail ?? 0)
  return {
    kind: 'failed',
    code: `esim-error-${esim.errorDetail ?? 0}`,
    message: `The device could not install the eSIM (${name}): ${treatment}.`,
    permanent: verdict === 'failed-for-good',
    at,
  }
}

/**
 * What an eSIM reset says of itself (`Actions/Status`). 0 is `done`, which here proves nothing at all: it is the value
 * from the start too. 1 is under way. Anything else is an error of Windows; after any failure the device is read before
 * another reset is even thought of.
 */
export function resetOutcome({ status }: EuiccReading, at: Instant): Outcome {
  if (status === undefined || status === S_FALSE) return PENDING
  if (status === 0) return { kind: 'done', at }
  const code = `0x${status.toString(16).toUpperCase().padStart(8, '0')}`
  const message = `The eSIM reset (erases every eSIM, not the laptop) failed on the device with ${code}.`
  return { kind: 'failed', code, message, permanent: false, at }
}
