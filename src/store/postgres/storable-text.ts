/** PostgreSQL holds neither NUL nor half a surrogate pair in a text; what a device calls itself may. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes('\0') ? whole.replaceAll('\0', '\uFFFD') : whole
}
