/** What was once found to be the same: looking through thousands of documents again and again would be most of a pass. */
const FOUND = new WeakMap<object, object>()

/**
 * Whether two documents are the same JSON text, the order of keys and the places of everything included. They are
 * never changed, so that a pair is looked through once.
 */
export function isSame(a: object, b: object): boolean {
  if (a === b || FOUND.get(b) === a) return true
  if (!isEqual(a, b)) return false
  FOUND.set(b, a)
  return true
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && areEqual(a, b)
  const [left, right] = [Object.entries(a), Object.entries(b)]
  return (
    left.length === right.length &&
    left.every(([key, value], at) => key === right[at]?.[0] && isEqual(value, right[at][1]))
  )
}

function areEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, at) => isEqual(value, b[at]))
}
