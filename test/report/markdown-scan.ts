/** What a reader of GitHub Flavored Markdown would not take for code: each code span becomes `§`. Written for tests. */
export function outsideCode(markdown: string): string {
  return blocks(markdown)
    .map((block) => (block.html ? block.text : withoutSpans(block.text)))
    .join('\n')
}

type Block = { readonly html: boolean; readonly text: string }

/**
 * A line that begins with a tag of a block or a comment starts HTML, in which Markdown is not read, up to an empty line
 * or the comment's end (CommonMark 4.6). A code span may go on in the next line of its paragraph; cells, headings and
 * list items end with their line, and a cell at the next pipe that is not escaped.
 */
function blocks(markdown: string): readonly Block[] {
  const found: Block[] = []
  let paragraph: string[] = []
  let html: 'no' | 'block' | 'comment' = 'no'
  const close = (): void => {
    if (paragraph.length > 0) found.push({ html: false, text: paragraph.join('\n') })
    paragraph = []
  }
  for (const line of markdown.split(/\r\n|\n|\r/)) {
    if (html === 'no' && /^ {0,3}<!--/.test(line)) html = 'comment'
    else if (html === 'no' && /^ {0,3}<\/?(details|summary|div|p|table|h\d)\b/i.test(line)) html = 'block'
    if (html !== 'no') {
      close()
      found.push({ html: true, text: line })
      if (html === 'comment' ? line.includes('-->') : line.trim() === '') html = 'no'
    } else if (/^ {0,3}\|/.test(line)) {
      close()
      for (const cell of line.split(/(?<!\\)\|/))
        found.push({ html: false, text: cell.replaceAll('\\|', '|') })
    } else if (/^ {0,3}([#>]|[-*+] )/.test(line)) {
      close()
      found.push({ html: false, text: line })
    } else if (line.trim() === '') {
      close()
      found.push({ html: true, text: '' })
    } else paragraph.push(line)
  }
  close()
  return found
}

/** CommonMark 6.1: a run of backticks is closed by the next run of the same length, or is not one at all. */
function withoutSpans(text: string): string {
  let out = ''
  let at = 0
  while (at < text.length) {
    const run = /^`+/.exec(text.slice(at))?.[0]
    if (run === undefined) {
      const escaped = text[at] === '\\' && /[!-/:-@[-`{-~]/.test(text[at + 1] ?? '')
      out += text.slice(at, at + (escaped ? 2 : 1))
      at += escaped ? 2 : 1
      continue
    }
    const end = closing(text, at + run.length, run.length)
    out += end === undefined ? run : '§'
    at = end ?? at + run.length
  }
  return out
}

function closing(text: string, from: number, length: number): number | undefined {
  for (const match of text.slice(from).matchAll(/`+/g))
    if (match[0].length === length) return from + match.index + length
  return undefined
}
