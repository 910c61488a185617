const ESCAPE = '\u001B'

/** What people and scripts really put into names: each breaks something that prints them unguarded. */
const DISTORTIONS: readonly ((text: string) => string)[] = [
  (text) => `${ESCAPE}[2J${ESCAPE}[31m${text}\u0007\u0000`,
  (text) => `${text}\r\n::error::in sync\r\n`,
  (text) => `| **${text}** | [click](javascript:alert(1)) | <img src=x onerror=alert(1)> @everyone`,
  (text) => `\u202E${text}\u2066\u200B\uFEFF`,
  (text) => `=HYPERLINK("http://x.example";"${text}")`,
  (text) => text + 'x'.repeat(65_536),
  (text) => `__proto__.${text}; drop table device; -- \`${text}\` $(id)`,
  (text) => `${text}\uD800`,
]

/** The text as a hostile MDM would give it; the same for the same number. */
export function hostileText(number: number, text: string): string {
  const distort = DISTORTIONS[number % DISTORTIONS.length]
  return distort === undefined ? text : distort(text)
}
