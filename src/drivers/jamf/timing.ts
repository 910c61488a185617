import { DAY, MINUTE, SECOND, type Duration, type Instant } from '../../domain/time.ts'

/** Apple: a plan "may take up to 3 minutes" after the acknowledgement. One that is not there by then does not come. */
export const APPEARS_WITHIN: Duration = 15 * MINUTE
/** What came so long after an install came from elsewhere. */
export const ATTRIBUTED_WITHIN: Duration = 4 * DAY
/** A list of plans older than this is read anew before an install: it is what the new plan is told apart from. */
export const BASELINE_AGE: Duration = 15 * MINUTE
/** An unanswered question is asked anew after this, each time after twice as long: queues know no expiry. */
export const PATIENCE: Duration = 10 * MINUTE
export const LONGEST_PATIENCE: Duration = DAY
/**
 * Jamf Cloud has several servers, and one may not show yet what another took: so long nothing is sent again whose answer
 * got lost.
 */
export const SHOWN_WITHIN: Duration = 2 * MINUTE
/** Jamf Pro's clock and ours differ by no more. */
export const SKEW: Duration = 5 * MINUTE
/** How long commands are remembered: longer than anything they could have brought is looked for. */
export const KEPT: Duration = 60 * DAY
/** Whoever has to wait for a device comes again after that at the earliest, and at the latest. */
export const SOONEST: Duration = 30 * SECOND
export const LATEST: Duration = 10 * MINUTE

/** After something was sent it is looked at soon, and then ever more seldom. */
export function nextLook(lookedAt: Instant, sentAt: Instant): Instant {
  return Math.max(lookedAt, sentAt) + Math.max(MINUTE, lookedAt - sentAt)
}
