import type { Revision } from '../domain/source.ts'

/** A commit, and what it comes after. */
export type Commit = { readonly revision: Revision; readonly parents: readonly string[] }

/** As git writes it; what is written otherwise is left to git to make sense of. */
const HEADER =
  /^tree [0-9a-f]+\n((?:parent [0-9a-f]+\n)*)author ([^\s<>](?:[^<>\n]*[^\s<>])?) <[^<>\n]*> \d+ [+-]\d{4}\ncommitter [^<>\n]*<[^<>\n]*> (\d{1,11}) [+-]\d{4}\n/

/** What a commit object says, as `git log` would tell it; `undefined` where only git can. */
export function parseCommit(id: string, bytes: Uint8Array): Commit | undefined {
  const text = decoded(bytes)
  const match = text === undefined ? null : HEADER.exec(text)
  if (text === undefined || match === null || text.includes('\0')) return undefined
  const [header, parents = '', author = '', committedAt] = match
  const end = text.indexOf('\n\n', header.length - 1)
  // Without an empty line there is no message; in another encoding it is not text yet.
  if (end === -1 || /^encoding /m.test(text.slice(header.length, end))) return undefined
  const subject = subjectOf(text.slice(end + 2))
  return {
    revision: { id, subject, author, committedAt: Number(committedAt) * 1_000 },
    parents: parents
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.slice('parent '.length)),
  }
}

/** The lines of the first paragraph as one. */
function subjectOf(message: string): string {
  const lines = message.split('\n').map((line) => line.replace(/[ \t\r]+$/, ''))
  const first = lines.findIndex((line) => line !== '')
  if (first === -1) return ''
  const last = lines.indexOf('', first)
  return lines
    .slice(first, last === -1 ? lines.length : last)
    .join(' ')
    .trimEnd()
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}
