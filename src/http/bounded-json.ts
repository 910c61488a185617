/** What bytes say; `undefined`: they are no JSON in UTF-8, or are nested too deeply. */
export type Parsed = { readonly value: unknown } | undefined

/** What forges send is some six levels deep. */
const DEEPEST = 32

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b])
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d])

/** Parses JSON of at most 32 levels: deeper ones are refused before anything is built of them. */
export function parseBounded(bytes: Uint8Array): Parsed {
  if (isDeeperThan(DEEPEST, bytes)) return undefined
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown }
  } catch {
    return undefined
  }
}

/** Counts brackets outside of texts. In UTF-8 no byte of another character looks like one. */
function isDeeperThan(most: number, bytes: Uint8Array): boolean {
  let depth = 0
  let inText = false
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0
    if (inText && byte === BACKSLASH) at += 1
    else if (byte === QUOTE) inText = !inText
    else if (!inText && OPENING.has(byte)) depth += 1
    else if (!inText && CLOSING.has(byte)) depth -= 1
    if (depth > most) return true
  }
  return false
}
