import { toRfc3339 } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'

/** How instants are written for a person. The zone is the caller's business, so that a report stays a function. */
export type TimeFormat = {
  /** `08:01:44` */
  readonly clock: (instant: Instant) => string
  /** `Sat 28 Nov` */
  readonly date: (instant: Instant) => string
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** UTC, for tests and for machines without a zone. */
export const utcTime: TimeFormat = {
  clock: (instant) => toRfc3339(instant).slice(11, 19),
  date: (instant) => {
    const day = new Date(instant)
    return `${DAYS[day.getUTCDay()]} ${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`
  },
}

/** Date and clock: `Sat 28 Nov 20:00:00`. */
export function moment(time: TimeFormat, instant: Instant): string {
  return `${time.date(instant)} ${time.clock(instant)}`
}
