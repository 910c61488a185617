import type { Reply } from '../../exchange/answer.ts'
import { quoted } from '../../exchange/words.ts'

/** What Neurons for MDM says: `{ "errors": …, "result": … }`. */
export type Said =
  | { readonly kind: 'result'; readonly result: unknown }
  /** It has no such thing. */
  | { readonly kind: 'missing' }
  /** It understood, and will not. */
  | { readonly kind: 'refused'; readonly message: string }
  /** The credentials are wrong, or their role does not suffice. */
  | { readonly kind: 'forbidden'; readonly status: number }
  /** It is not the MDM speaking, or it has trouble of its own. */
  | { readonly kind: 'trouble'; readonly why: string }

/**
 * Judges a reply by what it says first, and by its HTTP status only where it says nothing: errors come with 200 too. A
 * 404 that is not in the MDM's own form is a proxy's, and never says that a device is gone.
 */
export function readSaid({ status, body }: Reply): Said {
  if (status === 401 || status === 403) return { kind: 'forbidden', status }
  const json = parsed(body)
  if (json === undefined)
    return { kind: 'trouble', why: `it answered HTTP ${status} with something unreadable` }
  const errors = errorsOf(json)
  if (status === 404) {
    if ('errors' in json) return { kind: 'missing' }
    return { kind: 'trouble', why: 'it answered HTTP 404, and not in its own words' }
  }
  if (errors !== undefined) return { kind: 'refused', message: errors }
  if (status >= 400) return { kind: 'refused', message: `HTTP ${status}` }
  return { kind: 'result', result: 'result' in json ? json['result'] : json }
}

type Json = Readonly<Record<string, unknown>>

function parsed(body: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : undefined
  } catch {
    return undefined
  }
}

/** `errors` and `fieldErrors` hold sentences, or objects with one; `null` and an empty list are none. */
function errorsOf(json: Json): string | undefined {
  const all = [json['errors'], json['fieldErrors']].flatMap(listOf).map(sentenceOf)
  return all.length === 0 ? undefined : quoted(all.join('; '))
}

function listOf(value: unknown): readonly unknown[] {
  if (value === undefined || value === null || value === '') return []
  if (Array.isArray(value)) return value
  return [value]
}

function sentenceOf(error: unknown): string {
  if (typeof error === 'string') return error
  const { message, defaultMessage, field } = (error ?? {}) as Json
  const said = [message, defaultMessage].find((each) => typeof each === 'string')
  const where = typeof field === 'string' ? `${field} ` : ''
  return typeof said === 'string' ? `${where}${said}` : JSON.stringify(error)
}
