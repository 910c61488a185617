const MARK = /^\p{M}$/u
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]$/u

function cells(character: string): number {
  const code = character.codePointAt(0) ?? 0
  if (code < 0x300) return 1
  if (MARK.test(character)) return 0
  if (WIDE.test(character)) return 2
  return code >= 0x1f300 && code <= 0x3fffd ? 2 : 1
}

/** How many columns of a terminal a text without control characters takes. */
export function columns(text: string): number {
  let sum = 0
  for (const character of text) sum += cells(character)
  return sum
}

/** At most `width` columns; a `…` stands for what does not fit. */
export function fit(text: string, width: number): string {
  if (columns(text) <= width) return text
  if (width <= 0) return ''
  let kept = ''
  let used = 0
  for (const character of text) {
    used += cells(character)
    if (used > width - 1) break
    kept += character
  }
  return `${kept}…`
}

/** Filled up with spaces on the right. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columns(text)))
}

/** Filled up with spaces on the left. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - columns(text))) + text
}

/** Breaks at spaces into lines of at most `width` columns; a longer word is cut into pieces, none of it is lost. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  return lines
}

function pieces(word: string, width: number): readonly string[] {
  if (columns(word) <= width) return [word]
  const result: string[] = []
  let piece = ''
  for (const character of word) {
    if (columns(piece) + columns(character) > width) {
      result.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...result, piece]
}
