/**
 * A part of a whole for people: `30%`, `8.2%`. A part that is there is never 0%, and less than all never 100%: a number
 * that looks harmless must be so.
 */
export function shareText(part: number, whole: number): string {
  if (part <= 0 || whole <= 0) return '0%'
  if (part >= whole) return '100%'
  const tenths = Math.round((part / whole) * 1_000)
  if (tenths < 1) return 'under 0.1%'
  const shown = Math.min(999, tenths)
  return shown % 10 === 0 ? `${shown / 10}%` : `${Math.floor(shown / 10)}.${shown % 10}%`
}
