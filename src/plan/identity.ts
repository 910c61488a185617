import type { DeviceFacts } from '../domain/device.ts'

/** What vendors write where no serial number was ever set. */
const PLACEHOLDERS = new Set([
  'TO BE FILLED BY O.E.M.',
  'DEFAULT STRING',
  'SYSTEM SERIAL NUMBER',
  'NOT SPECIFIED',
  'NOT APPLICABLE',
  'NOT AVAILABLE',
  'NOT PRESENT',
  'UNKNOWN',
  'INVALID',
  'NONE',
  'NULL',
  'N/A',
])

/**
 * A serial number or EID as something to compare, or `undefined` when it identifies nothing: blank, masked
 * (`****`, all zeros), rounded by a spreadsheet, a vendor's placeholder (S27).
 */
function identityOf(text: string | undefined): string | undefined {
  const value = text?.trim().toUpperCase() ?? ''
  if (value === '' || value.includes('*') || PLACEHOLDERS.has(value)) return undefined
  if (/^(.)\1*$/.test(value) || /^\d(\.\d+)?E\+\d+$/.test(value)) return undefined
  return value
}

/** The serial number, when it identifies. */
export function serialOf(device: Pick<DeviceFacts, 'serialNumber'>): string | undefined {
  return identityOf(device.serialNumber)
}

/** The EID, when it identifies. */
export function eidOf(device: Pick<DeviceFacts, 'eid'>): string | undefined {
  return identityOf(device.eid)
}

/** Set, and yet no identity: worth a finding. */
export function isMasked(text: string | undefined): boolean {
  return text !== undefined && text.trim() !== '' && identityOf(text) === undefined
}
