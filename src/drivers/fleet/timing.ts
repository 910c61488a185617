import { DAY, HOUR, MINUTE, type Duration, type Instant } from '../../domain/time.ts'

/** Apple: a plan "may take up to 3 minutes" after the acknowledgement. One that is not there by then does not come. */
export const APPEARS_WITHIN: Duration = 15 * MINUTE
/** What came so long after an install came from elsewhere. */
export const ATTRIBUTED_WITHIN: Duration = 4 * DAY
/** A list of plans older than this is read anew before an install: it is what the new plan is told apart from. */
export const BASELINE_AGE: Duration = 15 * MINUTE
/** An unanswered question is asked anew after this, each time after twice as long: queues know no expiry. */
export const PATIENCE: Duration = 10 * MINUTE
export const LONGEST_PATIENCE: Duration = DAY
/** How old what is known of an eUICC may grow, unless the settings say otherwise. */
export const REFRESH_EVERY: Duration = 12 * HOUR
/** Fleet looks for profiles to send or take back every half minute; then the device has to check in. */
export const PROFILE_ROUND: Duration = 2 * MINUTE
/** How long commands are remembered: longer than anything they could have brought is looked for. */
export const KEPT: Duration = 60 * DAY

/** Fleet's clock and ours differ by no more: what was sent just before an enrolment is not taken for lost with it. */
export const SKEW: Duration = 5 * MINUTE
/** A profile that should be gone, on a device that was seen since, and is not. */
export const OVERDUE: Duration = HOUR

/** After something was sent it is looked at soon, and then ever more seldom. */
export function nextLook(lookedAt: Instant, sentAt: Instant): Instant {
  return Math.max(lookedAt, sentAt) + Math.max(MINUTE, lookedAt - sentAt)
}
