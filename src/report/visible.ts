// Controls, formats (bidi, zero-width, tags), lone surrogates, line separators, fillers that look like nothing, and
// the variation selectors that can smuggle text.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]|[\u{e0100}-\u{e01ef}]/gu

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

function escaped(character: string): string {
  const short = SHORT[character]
  if (short !== undefined) return short
  const code = character.codePointAt(0) ?? 0
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}

/**
 * Text from data, safe to print: whatever a terminal would obey or an eye would miss is written out as an escape
 * (`\n`, `\x1b`, `\u{202e}`). Every text that comes from a document, a device or a person goes through here.
 */
export function visible(text: string): string {
  return text.replace(UNSEEN, escaped)
}

const CUT = '…'

/** `visible`, cut to at most `limit` characters (code points) with a `…` for what is missing. */
export function brief(text: string, limit: number): string {
  // A name can be megabytes long: what cannot be shown is not escaped either.
  const shown = Array.from(visible(text.slice(0, limit * 4 + 4)))
  if (shown.length <= limit) return shown.join('')
  return shown.slice(0, Math.max(0, limit - 1)).join('') + CUT
}
