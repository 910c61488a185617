import type { IncomingMessage } from 'node:http'

/** What came of reading a body. `too-many`: others hold what there is room for. */
export type Body = Uint8Array | 'too-large' | 'too-many'

/** Reads bodies into memory, so that all of them together stay within bounds. */
export type Bodies = {
  /** At most so many bytes, counted as they come. Throws when the connection ends before the body does. */
  read(request: IncomingMessage, most: number): Promise<Body>
  /** Its body is no longer needed. */
  release(request: IncomingMessage): void
}

/** What every connection may hold in memory, in bytes. */
export const MEBIBYTE = 1024 * 1024
/** What goes beyond a mebibyte each, of all of them together. */
const BEYOND = 32 * MEBIBYTE

/** What is made room for at first; then it doubles. */
const FIRST = 16 * 1024

/** Room for a mebibyte of each request, and `beyond` bytes for what is larger. */
export function openBodies(beyond: number = BEYOND): Bodies {
  const held = new Map<IncomingMessage, number>()
  let taken = 0

  function take(request: IncomingMessage, bytes: number): boolean {
    const already = held.get(request) ?? 0
    const more = Math.max(0, bytes - MEBIBYTE) - already
    if (more <= 0) return true
    if (taken + more > beyond) return false
    taken += more
    held.set(request, already + more)
    return true
  }

  return {
    async read(request, most) {
      if (Number(request.headers['content-length'] ?? 0) > most) return 'too-large'
      // Copied together as they come: a body sent byte by byte would be an object for each byte.
      let bytes = Buffer.allocUnsafeSlow(Math.min(FIRST, most))
      let size = 0
      for await (const chunk of request.iterator({ destroyOnReturn: false })) {
        const part = chunk as Buffer
        if (size + part.length > most) return 'too-large'
        if (size + part.length > bytes.length) {
          const room = Math.min(most, Math.max(size + part.length, 2 * bytes.length))
          if (!take(request, room)) return 'too-many'
          const larger = Buffer.allocUnsafeSlow(room)
          bytes.copy(larger, 0, 0, size)
          bytes = larger
        }
        size += part.copy(bytes, size)
      }
      return bytes.subarray(0, size)
    },
    release(request) {
      taken -= held.get(request) ?? 0
      held.delete(request)
    },
  }
}
