import type { StoredDevice } from '../domain/stored-device.ts'
import { toRfc3339 } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'
import { ageOf } from './ages.ts'
import { esimText } from './explain-has.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { moment } from './time-format.ts'
import type { TimeFormat } from './time-format.ts'
import { brief } from './visible.ts'
import { wrap } from './width.ts'

const WIDTH = 100
const LEAD = 5

/** The answer to "may this device be retired?". `because`: sentences, the decisive one first. */
export type RetirementAnswer = {
  readonly may: boolean
  readonly device: StoredDevice
  /** The Retirement that names it, when one does. */
  readonly retirement?: string
  readonly because: readonly string[]
  /** The last step on the way: `eSIM reset issued 12:01:10, not proven yet`. */
  readonly progress?: string
  readonly now: Instant
  readonly time: TimeFormat
}

/** YES or NO in the first line, with the evidence. Only YES may be acted on. */
export function retirementText(answer: RetirementAnswer, paint: Paint = plainPaint): string {
  const { record } = answer.device
  const serial = brief(record.serialNumber ?? record.id, 40)
  const name = record.name === undefined ? '' : ` (${brief(record.name, 40)})`
  const word = answer.may ? paint.green('YES') : paint.red('NO')
  const first = answer.may ? 'may be retired now.' : 'must not be retired yet.'
  const lines = [...answer.because, ...(answer.may ? evidenceOfYes(answer) : evidenceOfNo(answer))]
  const told = lines.flatMap((line) =>
    wrap(brief(line, 500), WIDTH - LEAD).map((each) => ' '.repeat(LEAD) + each),
  )
  return `${[`${word}${' '.repeat(LEAD - (answer.may ? 3 : 2))}${serial}${name} ${first}`, ...told].join('\n')}\n`
}

function evidenceOfYes({ device, time }: RetirementAnswer): readonly string[] {
  const { released } = device.record
  return released === undefined
    ? []
    : [
        `Released for retirement ${brief(released.retirement, 63)}: proven empty ${moment(time, released.at)}.`,
      ]
}

function evidenceOfNo(answer: RetirementAnswer): readonly string[] {
  const { record } = answer.device
  const seen = ageOf(record.esimsObservedAt ?? record.lastSeenAt, answer.now)
  const lines: string[] = []
  if (record.esims === 'unknown')
    lines.push('Which eSIMs are on it is not known; retired now, nothing can erase them afterwards (S17).')
  else {
    for (const esim of record.esims.slice(0, 5)) lines.push(`eSIM ${esimText(esim)}, seen ${seen} ago.`)
    if (record.esims.length > 0)
      lines.push('Retired now, the line stays active and billed, and nothing can erase it afterwards (S17).')
    if (!record.esimsComplete) lines.push(`The list of its eSIMs is not complete, seen ${seen} ago.`)
  }
  const next = answer.progress ?? 'nothing is under way'
  lines.push(
    answer.retirement === undefined
      ? 'No Retirement names it: name it in one, and simplane empties it first.'
      : `Retirement ${brief(answer.retirement, 63)}: ${brief(next, 200)}. Ask again.`,
  )
  return lines
}

/** The same as data. */
export function retirementJson(answer: RetirementAnswer) {
  const { record } = answer.device
  const observed = record.esimsObservedAt ?? record.lastSeenAt
  return {
    apiVersion: 'simplane/v1',
    kind: 'RetirementCheck',
    device: record.key,
    serialNumber: record.serialNumber ?? null,
    name: record.name ?? null,
    mayBeRetired: answer.may,
    retirement: answer.retirement ?? null,
    because: answer.because,
    progress: answer.progress ?? null,
    esims:
      record.esims === 'unknown'
        ? 'unknown'
        : record.esims.map((esim) => ({ iccid: esim.iccid, enabled: esim.enabled ?? null })),
    esimsComplete: record.esimsComplete,
    observedAt: observed === undefined ? null : toRfc3339(observed),
    releasedAt: record.released === undefined ? null : toRfc3339(record.released.at),
  }
}
