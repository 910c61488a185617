import type { DeviceReference } from '../domain/desired.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Spot } from './tree.ts'

const LONGEST = 256
const PREFIX = /^(serial|eid|id):\s*/i
// What a spreadsheet makes of a long number: 8.9049E+31, or 15 digits and zeros behind.
const EXPONENT = /^\d(?:[.,]\d+)?e\+(\d{1,3})$/i
const FIFTEEN_DIGITS = /^\d{15}0{17}$/

/** One device as a person names it; `undefined` when it is told to be none. */
export function readReference(written: string, spot: Spot, tell: Tell): DeviceReference | undefined {
  const trimmed = written.trim()
  const as = prefixOf(trimmed)
  const text = as === undefined ? trimmed : trimmed.replace(PREFIX, '')
  if (text === '') {
    tell(
      invalid('bad-value', spot, 'a device needs a serial number, an EID or a record id; this is empty', {
        hint: 'write it, or take the entry out',
      }),
    )
    return undefined
  }
  if (text.length > LONGEST) {
    tell(
      invalid('bad-value', spot, `${quoted(text)} is too long for a device: at most ${LONGEST} characters`),
    )
    return undefined
  }
  if (isRounded(text)) {
    tell(rounded(text, spot))
    return undefined
  }
  return { text, ...(as !== undefined && { as }), place: spot.place }
}

function prefixOf(text: string): DeviceReference['as'] {
  const prefix = PREFIX.exec(text)?.[1]?.toLowerCase()
  return prefix === 'serial' || prefix === 'eid' || prefix === 'id' ? prefix : undefined
}

function isRounded(text: string): boolean {
  return EXPONENT.test(text) || FIFTEEN_DIGITS.test(text)
}

function rounded(text: string, spot: Spot): ReturnType<typeof invalid> {
  const exponent = EXPONENT.exec(text)?.[1]
  const isEid = exponent === undefined || exponent === '31'
  return invalid(
    'bad-value',
    spot,
    `${quoted(text)} is not ${isEid ? 'an EID' : 'a serial number'}: Excel has rounded it`,
    {
      ...(isEid && {
        hint: exponent === undefined ? 'only its first 15 digits are left' : 'an EID has 32 digits',
      }),
      notes: [{ label: 'instead', text: 'export the column as text, or use the column "Serial number"' }],
    },
  )
}
