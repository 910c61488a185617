import { parseXml } from '@rgrove/parse-xml'
import { build, parse, type PlistValue } from 'plist'

/** A dictionary of a property list; what it may hold is looked at key by key. */
export type Dictionary = { readonly [key: string]: unknown }

/** Largest property list that is read, in bytes: a device's report has a few thousand. */
const LARGEST = 256 * 1024

/**
 * The dictionary of an XML property list; `undefined` for anything else. Bounded, and never throws: devices write it.
 * The strict parser comes first because the property list's own repairs what is broken, and tells the console about it.
 */
export function readPlist(bytes: Uint8Array): Dictionary | undefined {
  if (bytes.length > LARGEST) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    if (!text.trimStart().startsWith('<')) return undefined
    // Entities of its own are undefined to this parser, which then refuses the whole.
    parseXml(text)
    // Without its document type, for which the second parser takes as long as for all the rest.
    return dictionary(parse(text.slice(text.indexOf('<plist'))))
  } catch {
    return undefined
  }
}

/** An XML property list as Apple writes it. */
export function writePlist(value: { [key: string]: PlistValue }): string {
  return build(value)
}

/** The value as a dictionary; `undefined` when it is none. */
export function dictionary(value: unknown): Dictionary | undefined {
  const plain =
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype
  return plain ? (value as Dictionary) : undefined
}

/** A text of at most 200 characters, trimmed; `undefined` for an empty one and for anything else. */
export function shortText(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 200) return undefined
  const text = value.trim()
  return text === '' || /\p{Cc}/u.test(text) ? undefined : text
}
