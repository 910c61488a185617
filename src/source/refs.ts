import { SimplaneError } from '../domain/error.ts'
import type { ErrorCode } from '../domain/error.ts'

/** A whole commit id, SHA-1 or SHA-256. */
export function isCommitId(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text)
}

/**
 * The full names a ref may stand for, most likely first: `main` is a branch before it is a tag. Throws with `code`
 * what `git check-ref-format` would refuse, so that no name is ever read as an option, a range or a pattern.
 */
export function refNames(text: string, code: ErrorCode): readonly string[] {
  if (!isRefName(text)) {
    const message = `${JSON.stringify(text.slice(0, 100))} is no name of a branch or tag, and no commit id. Nothing is read.`
    throw new SimplaneError(code, message, {
      hint: 'Write a name such as main, refs/tags/v1 or a whole commit id.',
    })
  }
  if (text === 'HEAD' || text.startsWith('refs/')) return [text]
  return [`refs/heads/${text}`, `refs/tags/${text}`]
}

function isRefName(text: string): boolean {
  if (text.length === 0 || text.length > 250 || text.startsWith('-') || text === '@') return false
  if (/[\p{Cc}\s~^:?*[\\]|\.\.|@\{|\/\/|\.$|\/$|^\//u.test(text)) return false
  return text.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'))
}
