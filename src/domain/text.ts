/** Code-point order: the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let at = 0; at < shorter; at += 1) {
    const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)]
    if (left !== right) return ordinal(left) - ordinal(right)
  }
  return a.length - b.length
}

/** UTF-16 puts surrogates below U+E000 although what they stand for lies above it. */
function ordinal(unit: number): number {
  if (unit < 0xd800) return unit
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800
}

/** Each text once, in code-point order. */
export function sortedUnique<T extends string>(texts: Iterable<T>): T[] {
  return [...new Set(texts)].sort(compareText)
}
