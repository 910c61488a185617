import type { Instant } from '../../domain/time.ts'
import { isAnswered, type Origin, type Reading, type Sent } from './rows.ts'
import { APPEARS_WITHIN, ATTRIBUTED_WITHIN } from './timing.ts'

/**
 * Which install each eSIM came from. RefreshCellularPlans names no ICCID and its answer shows nothing: what is listed
 * after an install and was not listed before it is what it brought, all of it at the first time that shows something
 * new. A function of everything heard, so that the order of hearing changes nothing. `sent` in queue order, `readings`
 * oldest first.
 */
export function originsOf(sent: readonly Sent[], readings: readonly Reading[]): readonly Origin[] {
  const installs = sent.filter(mayHaveRun)
  const seen = new Set<string>()
  const satisfied = new Set<number>()
  const origins: Origin[] = []
  for (const [index, reading] of readings.entries()) {
    const fresh = reading.iccids.filter((iccid) => !seen.has(iccid))
    for (const iccid of fresh) seen.add(iccid)
    if (fresh.length === 0) continue
    const earlier = readings.slice(0, index)
    const source = installs.findLast(
      (install) =>
        !satisfied.has(install.seq) &&
        brought(install, reading) &&
        earlier.some((each) => isBefore(each, install)),
    )
    if (source?.install === undefined) continue
    const { configuration, identity } = source.install
    satisfied.add(source.seq)
    for (const iccid of fresh)
      origins.push({ iccid, configuration, identity, command: source.seq, at: reading.at })
  }
  return origins
}

/**
 * When an install ran: when it was acknowledged, else when the device answered a later question, for the queue is kept
 * in order. After a NotNow only a question well after it counts: until then the device may be busy still.
 * `undefined`: it did not run yet, or failed.
 */
export function ranAt(install: Sent, sent: readonly Sent[]): Instant | undefined {
  const { answer, seq } = install
  if (answer?.status === 'Acknowledged') return answer.at
  if (isAnswered(install)) return undefined
  const from = answer === undefined ? -Infinity : answer.at + APPEARS_WITHIN
  const later = sent.find((each) => each.seq > seq && isAnswered(each) && (each.answer?.at ?? 0) >= from)
  return later?.answer?.at
}

function mayHaveRun({ install, state, answer }: Sent): boolean {
  if (install === undefined || state === 'refused') return false
  return answer === undefined || answer.status === 'Acknowledged' || answer.status === 'NotNow'
}

function brought(install: Sent, reading: Reading): boolean {
  const { answer, sentAt } = install
  const since = answer?.status === 'Acknowledged' ? answer.at : sentAt
  return isAfter(reading, install) && reading.at - since <= ATTRIBUTED_WITHIN
}

function isAfter(reading: Reading, { seq, answer }: Sent): boolean {
  if (answer?.status === 'Acknowledged') return reading.at > answer.at
  // Its acknowledgement was lost, or is late: a question that stood behind it in the queue was answered after it.
  return (reading.question ?? -1) > seq && reading.at > (answer?.at ?? -Infinity)
}

function isBefore(reading: Reading, { seq, answer, sentAt }: Sent): boolean {
  if (answer !== undefined && reading.at <= answer.at) return true
  if (answer?.status === 'Acknowledged') return false
  return reading.question === undefined ? reading.heardAt <= sentAt : reading.question < seq
}
