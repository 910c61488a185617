/** An id, serial number, EID or IMEI as it is looked up; the same as in a reference of the desired state. */
export function foldedCode(text: string | undefined): string | null {
  const folded = text?.trim().toUpperCase() ?? ''
  return folded === '' ? null : folded
}

/** A name as it is looked up. */
export function foldedName(text: string | undefined): string | null {
  const folded = text?.trim().toLowerCase() ?? ''
  return folded === '' ? null : folded
}
