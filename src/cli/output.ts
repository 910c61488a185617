import { Option } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import { MINUTE, type Duration } from '../domain/time.ts'
import { count } from '../report/numbers.ts'
import type { Io } from './io.ts'

/** `-o, --output`: text unless another of these formats is asked for. */
export function outputOption(...others: readonly string[]): Option {
  return new Option('-o, --output <format>', 'how to print').choices(['text', ...others]).default('text')
}

/** Prints a result for a program. */
export function printJson(io: Pick<Io, 'out'>, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`)
}

/** A count given as an option: whole, from 0; `10_000` and `10,000` are taken too. Throws `usage`. */
export function wholeNumber(option: string, text: string): number {
  const number = Number(text.replaceAll(/[_,]/g, ''))
  if (text.trim() !== '' && Number.isSafeInteger(number) && number >= 0) return number
  throw new SimplaneError('usage', `${option} "${text}" is not a whole number from 0; nothing was done.`, {
    hint: `For example ${option} 42.`,
  })
}

/** Timers count in 31 bits of milliseconds: a week is well within. */
const LONGEST = 7 * 24 * 60

/** A length of time given in minutes. Throws `usage` for none, a negative one, and more than a week. */
export function minutesOf(option: string, text: string): Duration {
  const minutes = Number(text)
  if (text.trim() !== '' && minutes > 0 && minutes <= LONGEST) return minutes * MINUTE
  throw new SimplaneError(
    'usage',
    `${option} "${text}" is not a number of minutes up to ${count(LONGEST)}, a week; nothing was done.`,
    { hint: `For example ${option} 30.` },
  )
}

/** From so many devices on, reading them all takes longer than people look at an empty line. */
const MANY = 5_000

/** A line on the terminal while something that takes a moment goes on; gone when it is done. `devices`: of how many. */
export function showBusy(io: Io, doing: string, devices = Infinity): Disposable {
  const shown = io.terminal && devices >= MANY
  if (shown) {
    const many = Number.isFinite(devices) ? ` ${count(devices)} devices` : ''
    io.err(`\r\u001b[K${doing}${many} …`)
  }
  return { [Symbol.dispose]: () => (shown ? io.err('\r\u001b[K') : undefined) }
}
