import { DAY, HOUR, MINUTE, type Duration } from '../../domain/time.ts'

/** Apple: a plan "may take up to 3 minutes" after the acknowledgement. One that is not there by then does not come. */
export const APPEARS_WITHIN: Duration = 15 * MINUTE
/** First look for the plan after the acknowledgement; then ever more seldom until it must be there. */
export const FIRST_LOOK: Duration = MINUTE
/** What came so long after an install came from elsewhere. */
export const ATTRIBUTED_WITHIN: Duration = 4 * DAY
/** A list older than this is read anew just before an install: it is what the new plan is told apart from. */
export const BASELINE_AGE: Duration = 15 * MINUTE
/** An install that nothing is heard of is asked after. */
export const SILENT: Duration = 10 * MINUTE

/** An unanswered question is asked anew after this; each time it waits twice as long, for queues know no expiry. */
export const FIRST_PATIENCE: Duration = 10 * MINUTE
/** The same for a device that checked in since: it was offered the question, or its queue was emptied. */
export const PASSED_OVER: Duration = 2 * MINUTE
export const LONGEST_PATIENCE: Duration = DAY

/** How old what is known of a device may grow, unless the settings say otherwise. */
export const REFRESH_EVERY: Duration = 12 * HOUR
