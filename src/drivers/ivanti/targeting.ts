import { SimplaneError } from '../../domain/error.ts'
import { sameFlags, specIdentity, type EsimSpec } from '../../domain/esim.ts'
import type { Attributes } from './device.ts'

/**
 * How devices are pointed at what an administrator set up in the console, for the API can do neither: a custom attribute
 * of the device, a dynamic device group for each of its values, and an eSIM configuration distributed to that group.
 */
export type Targeting = {
  /** The custom attribute that says which eSIM configuration a device gets. */
  readonly attribute: string
  /** What the console's configuration for each value of the attribute says. */
  readonly configurations: Readonly<Record<string, EsimSpec>>
  /** The custom attribute whose group gets the eSIM reset. Absent: the MDM is never asked for one. */
  readonly resetAttribute?: string
}

/** The value that matches no group. Empty ones are not allowed, and whether leaving one out removes it is not said. */
export const NOTHING = 'none'
/** The value that the group of the eSIM reset matches. */
export const RESET = 'reset-esims'

/** Words that its search does not index: a group for one might match nobody. */
const STOP_WORDS: ReadonlySet<string> = new Set(
  'a an and are as at be but by for if in into is it no not of on or s such t that the their then there these they this to was will with'.split(
    ' ',
  ),
)

/** Throws `settings` for what could point a device at the wrong configuration, or at none. */
export function checkTargeting(
  driver: string,
  { attribute, configurations, resetAttribute }: Targeting,
): void {
  const wrong = (what: string): SimplaneError => new SimplaneError('settings', `Driver ${driver}: ${what}.`)
  for (const name of [attribute, ...(resetAttribute === undefined ? [] : [resetAttribute])]) {
    if (!/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name))
      throw wrong(`"${name}" is no name for an attribute (letters, digits, _ and -, at most 64)`)
  }
  if (attribute === resetAttribute) throw wrong('the attribute of the eSIM reset must be another one')
  const entries = Object.entries(configurations)
  for (const [at, [value, spec]] of entries.entries()) {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value))
      throw wrong(`"${value}" is no value for an attribute (letters, digits, dot, _ and -, at most 64)`)
    if (STOP_WORDS.has(value.toLowerCase()))
      throw wrong(`"${value}" is a word that the MDM's search leaves out; take another value`)
    if ([NOTHING, RESET].includes(value.toLowerCase()))
      throw wrong(`the value "${value}" has a meaning of its own`)
    const twin = entries.find(([, each], other) => other < at && isSame(each, spec))
    if (twin !== undefined) throw wrong(`"${twin[0]}" and "${value}" say the same`)
  }
}

/** The value whose configuration in the console says exactly this; `undefined`: there is none. */
export function valueFor({ configurations }: Targeting, spec: EsimSpec): string | undefined {
  return Object.entries(configurations).find(([, each]) => isSame(each, spec))?.[0]
}

/** What a device with this value gets: a configuration, nothing, or something that the settings do not know. */
export function specFor({ configurations }: Targeting, value: string): EsimSpec | 'nothing' | 'unknown' {
  if (value === NOTHING) return 'nothing'
  return Object.hasOwn(configurations, value) ? (configurations[value] ?? 'unknown') : 'unknown'
}

/** Which value the attributes hold. */
export function heldValue({ attribute }: Targeting, attributes: Attributes): string {
  return attributes[attribute]?.trim() || NOTHING
}

function isSame(a: EsimSpec, b: EsimSpec): boolean {
  return specIdentity(a) === specIdentity(b) && sameFlags(a, b)
}
