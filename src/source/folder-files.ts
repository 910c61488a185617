import { hash } from 'node:crypto'
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { SimplaneError } from '../domain/error.ts'
import type { Duration } from '../domain/time.ts'
import type { Entry } from './admission.ts'
import type { Stamp } from './stamp.ts'
import { isSameStamp, stampOf } from './stamp.ts'

/** One thing found in a folder, as it was when it was found. */
export type Found = Entry & { readonly stamp?: Stamp }

/** Longest time in which nothing else is answered; asking for each file by itself takes fifteen times as long. */
const SLICE: Duration = 10

/** Lets others have their turn once a slice of time is over. */
export function openSlices(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SLICE) return
    await setImmediate()
    since = performance.now()
  }
}

/** Names everything below a folder, links themselves and not what they point at; `undefined` when it changed meanwhile. */
export async function walk(root: string): Promise<readonly Found[] | undefined> {
  const slice = openSlices()
  const found: Found[] = []
  const folders = ['']
  try {
    for (let below = folders.pop(); below !== undefined; below = folders.pop()) {
      for (const name of readdirSync(join(root, below))) {
        if (name.startsWith('.')) continue
        const path = below === '' ? name : `${below}/${name}`
        if (name.includes('\uFFFD')) found.push({ path: undefined, kind: 'special', size: 0 })
        else if (!look(root, path, found)) folders.push(path)
        await slice()
      }
    }
  } catch (error) {
    return vanished(error)
  }
  return found
}

/** Notes what is at a path; false for a folder. */
function look(root: string, path: string, found: Found[]): boolean {
  const there = lstatSync(join(root, path), { bigint: true })
  if (there.isDirectory()) return false
  found.push({ path, kind: kindOf(there), size: Number(there.size), stamp: stampOf(there) })
  return true
}

function kindOf(found: { isFile(): boolean; isSymbolicLink(): boolean }): Entry['kind'] {
  if (found.isFile()) return 'file'
  return found.isSymbolicLink() ? 'symlink' : 'special'
}

/** The bytes of a plain file of that size, and its stamp; `undefined` when it did not stand still, or is another thing by now. */
export function readStable(
  path: string,
  size: number,
): { readonly bytes: Uint8Array; readonly stamp: Stamp } | undefined {
  let file: number | undefined
  try {
    // Never through a link, and never waiting for the writer of a pipe that took its place.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    const before = fstatSync(file, { bigint: true })
    if (!before.isFile() || before.size !== BigInt(size)) return undefined
    const bytes = new Uint8Array(size)
    let length = 0
    while (length < bytes.length) {
      const read = readSync(file, bytes, length, bytes.length - length, length)
      if (read === 0) return undefined
      length += read
    }
    const stamp = stampOf(before)
    return isSameStamp(stamp, stampOf(fstatSync(file, { bigint: true }))) ? { bytes, stamp } : undefined
  } catch (error) {
    return vanished(error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/** The id that git gives to these bytes. */
export function blobOf(bytes: Uint8Array): string {
  return hash('sha1', Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]))
}

/** For what happens while somebody else works in the folder; anything else throws `source-unreachable`. */
function vanished(error: unknown): undefined {
  const { code, message, path } = error as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return undefined
  const where = path === undefined ? 'A file' : path
  throw new SimplaneError(
    'source-unreachable',
    `${where} cannot be read: ${message}. What was read before stays in force.`,
    { hint: 'Give simplane the right to read it.', cause: error },
  )
}
