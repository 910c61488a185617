/** What was once found to be the same: looking through thousands of documents again and again would be most of a pass. */
const FOUND = new WeakMap<object, WeakRef<object>>()

/**
 * Whether two documents are the same JSON text, the order of keys and the places of everything included. They are
 * never changed, so that a pair is looked through once.
 */
export function isSame(a: object, b: object): boolean {
  if (a === b || FOUND.get(b)?.deref() === a) return true
  if (!isEqual(a, b)) return false
  FOUND.set(b, new WeakRef(a))
  return true
}

/** The documents of one kind that are not the same before and after, by name; what is gone comes before what is new. */
export function differingDocuments<T extends { readonly name: string }>(
  before: readonly T[],
  after: readonly T[],
): readonly (readonly [T | undefined, T | undefined])[] {
  const differ: (readonly [T | undefined, T | undefined])[] = []
  // Nearly always they stand where they stood.
  if (before.length === after.length && before.every(({ name }, at) => after[at]?.name === name)) {
    for (const [at, one] of before.entries()) {
      const other = after[at]
      if (other !== undefined && !isSame(one, other)) differ.push([one, other])
    }
    return differ
  }
  const was = new Map(before.map((each) => [each.name, each]))
  const is = new Map(after.map((each) => [each.name, each]))
  for (const [name, one] of was) {
    const other = is.get(name)
    if (other === undefined || !isSame(one, other)) differ.push([one, other])
  }
  for (const [name, one] of is) if (!was.has(name)) differ.push([undefined, one])
  return differ
}

function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && areEqual(a, b)
  const [left, right] = [Object.keys(a), Object.keys(b)]
  if (left.length !== right.length) return false
  for (let at = 0; at < left.length; at += 1) {
    const key = left[at] ?? ''
    if (key !== right[at] || !isEqual(valueOf(a, key), valueOf(b, key))) return false
  }
  return true
}

function areEqual(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at += 1) if (!isEqual(a[at], b[at])) return false
  return true
}

function valueOf(of: object, key: string): unknown {
  return (of as Readonly<Record<string, unknown>>)[key]
}
