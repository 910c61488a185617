import { SimplaneError } from '../../domain/error.ts'
import type { Duration } from '../../domain/time.ts'

/** A probability or a share of the fleet, 0 to 1. */
type Rate = number

/** How the simulated world misbehaves. Everything is off by default but the latency. */
export type Dials = {
  /** From being told to having done it. Which moment in between depends on the seed and the command id alone. */
  readonly latency: { readonly min: Duration; readonly max: Duration }
  /** Share of the fleet that is switched off; `setOnline` overrules it for one device. */
  readonly offline: Rate
  /** How often a device answers "not now"; it is offered the command again by the MDM. */
  readonly notNow: Rate
  /** How often the effect happens and the answer gets lost: the outcome stays `pending`. */
  readonly lostAnswers: Rate
  /** A lost answer turns up after this many questions; Infinity: never. */
  readonly answersLostFor: number
  /** How often a command reaches the device twice and is answered twice; it takes effect once. */
  readonly duplicatedAnswers: Rate
  /** How often a command fails on the device for a reason that passes. */
  readonly errorRate: Rate
  /** How often `submit` throws `driver-unreachable`: half of these before the MDM was told, half after. */
  readonly submitThrows: Rate
  /** How often `submit` answers `deferred`. */
  readonly deferred: Rate
  /** The MDM cannot be reached at all: every call of the driver throws `driver-unreachable`. */
  readonly unreachable: boolean
  /** Names full of control characters, markup and formulas, and pages that leave devices out. */
  readonly hostile: boolean
  /** Share of the fleet whose eSIM list shows only what came through the MDM. */
  readonly incompleteLists: Rate
  /** Share of the fleet whose eSIM list cannot be read. */
  readonly unknownLists: Rate
  /** The eSIMs survive the wiping of a device. */
  readonly wipeKeepsEsims: boolean
}

/** A friendly world, slow enough for people to watch. */
export const CALM: Dials = {
  latency: { min: 600, max: 4000 },
  offline: 0,
  notNow: 0,
  lostAnswers: 0,
  answersLostFor: Infinity,
  duplicatedAnswers: 0,
  errorRate: 0,
  submitThrows: 0,
  deferred: 0,
  unreachable: false,
  hostile: false,
  incompleteLists: 0,
  unknownLists: 0,
  wipeKeepsEsims: false,
}

const RATES = [
  'offline',
  'notNow',
  'lostAnswers',
  'duplicatedAnswers',
  'errorRate',
  'submitThrows',
  'deferred',
  'incompleteLists',
  'unknownLists',
] as const

/** The dials with some of them turned. Throws `settings` for a rate outside 0 to 1 or a latency that is none. */
export function turn(dials: Dials, changes: Partial<Dials>): Dials {
  const turned = { ...dials, ...changes }
  for (const key of RATES) {
    const rate = turned[key]
    if (!(rate >= 0 && rate <= 1)) throw badDial(key, `${rate}`, 'a number from 0 to 1')
  }
  const { min, max } = turned.latency
  if (!(min >= 0 && max >= min && max < Infinity)) {
    throw badDial('latency', `${min} to ${max}`, 'milliseconds, min not above max')
  }
  if (!(turned.answersLostFor >= 0))
    throw badDial('answersLostFor', `${turned.answersLostFor}`, 'a number from 0 on')
  return turned
}

function badDial(dial: string, found: string, expected: string): SimplaneError {
  return new SimplaneError('settings', `The simulator's dial "${dial}" is ${found}; expected ${expected}.`)
}
