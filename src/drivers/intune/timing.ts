import { DAY, HOUR, MINUTE, type Duration } from '../../domain/time.ts'

/** How old the list of devices may grow before all of it is read again, unless the settings say otherwise. */
export const SWEEP_EVERY: Duration = HOUR
/** Changes are asked for from so much before the newest check-in that was seen: they are not shown in order. */
export const OVERLAP: Duration = 10 * MINUTE
/** How old an EID or ICCID may grow. */
export const DETAILS_EVERY: Duration = 7 * DAY
/** Devices whose details, states or answers are read in one pass. */
export const DETAILS_PER_PASS = 2_000

/** So long after a call without an answer its effect may still be about to show. */
export const SHOWS_WITHIN: Duration = 2 * MINUTE
/** What an iPhone shows so long after an install came from elsewhere. */
export const ATTRIBUTED_WITHIN: Duration = 4 * DAY

/** How old the answer of the inventory script may grow, unless the settings say otherwise. */
export const READ_EVERY: Duration = 12 * HOUR
/** An unanswered question is asked anew after this; each time it waits twice as long. */
export const FIRST_PATIENCE: Duration = 10 * MINUTE
export const LONGEST_PATIENCE: Duration = DAY
/** Questions asked in one pass: each is a write, of which Graph takes ten a second. */
export const QUESTIONS_PER_PASS = 200
/** A device that answers none of so many questions gets its configuration without having been read. */
export const SILENT_TRIES = 3
/** An eSIM reset that did not begin on its device by then does not begin at all: what it was ordered for is over. */
export const RESET_WITHIN: Duration = 3 * DAY
/** eSIM resets under way at once: each has a script package, and a tenant has room for a few hundred. */
export const OPEN_RESETS = 50
