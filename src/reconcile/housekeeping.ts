import type { InForce } from '../domain/revision-store.ts'
import { DAY, HOUR, type Instant } from '../domain/time.ts'
import { counted } from '../report/numbers.ts'
import type { Parts } from './parts.ts'
import { forgetOld } from './retention.ts'
import { verifyState } from './verify.ts'

/** When each part of the housekeeping is due. */
export type HouseTimes = { readonly forgetAt: Instant; readonly verifyAt: Instant }

/** A service that has just started has other things to do. */
export function firstHousekeeping(now: Instant): HouseTimes {
  return { forgetAt: now + HOUR, verifyAt: now + 2 * HOUR }
}

/**
 * What a leader does once a day while nothing else is to be done: forgets what is over, and proves that planning what
 * changed equals planning everything. A device where it does not is a fault of ours: it is said, and planned anew.
 */
export async function keepHouse(
  parts: Parts,
  inForce: InForce,
  due: HouseTimes,
  signal: AbortSignal,
): Promise<HouseTimes> {
  const { clock, store, log, history } = parts
  const now = clock.now()
  const forgetAt = now < due.forgetAt ? due.forgetAt : await forgetOld({ store, log, history }, now)
  if (now < due.verifyAt) return { forgetAt, verifyAt: due.verifyAt }
  const { devices, different, devs, differences } = await verifyState(parts, inForce, { signal })
  if (different > 0) {
    const [first] = differences
    const fields = first === undefined ? {} : { device: first.device, what: first.what }
    const message = `${counted(different, 'device')} planned otherwise than from scratch; planned anew`
    log.error('verify', message, fields)
    await store.enlist(devs, now)
  } else log.info('verified', `${counted(devices, 'device')} planned from scratch: nothing differs`)
  return { forgetAt, verifyAt: now + DAY }
}
