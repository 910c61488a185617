import { createHash } from 'node:crypto'
import { join } from 'node:path'
import type { ListedFile, SourceListing } from '../domain/source.ts'
import type { Instant } from '../domain/time.ts'
import { admit, byPath } from './admission.ts'
import type { SourceLimits } from './admission.ts'
import { blobOf, openSlices, readStable, walk } from './folder-files.ts'
import type { Found } from './folder-files.ts'
import { isSameStamp, isSettled } from './stamp.ts'
import type { Stamp } from './stamp.ts'

/** Files that need not be read again while their stamp is the same, by path. */
export type Known = ReadonlyMap<string, { readonly stamp: Stamp; readonly blob: string }>

/** A folder at one moment. */
export type Moment = Omit<SourceListing, 'bytesOf'> & {
  readonly root: string
  /** By blob: of the files that had to be read to know them. */
  readonly bytes: ReadonlyMap<string, Uint8Array>
  readonly known: Known
}

/** Looks at a folder, reading what is not known; `undefined` when it moved under the reading. */
export async function lookAt(
  root: string,
  limits: SourceLimits,
  before: Known,
  at: Instant,
): Promise<Moment | undefined> {
  const found = await walk(root)
  if (found === undefined) return undefined
  const { admitted, findings } = admit([...found].sort(byPath), limits)
  const slice = openSlices()
  const files: ListedFile[] = []
  const bytes = new Map<string, Uint8Array>()
  const known = new Map<string, { stamp: Stamp; blob: string }>()
  const digest = createHash('sha1')
  for (const entry of admitted) {
    const { path } = entry
    const file = knownFile(entry, before.get(path)) ?? readFile(root, entry, at, bytes)
    if (file === undefined) return undefined
    if (file.stamp !== undefined) known.set(path, { stamp: file.stamp, blob: file.blob })
    files.push({ path, blob: file.blob })
    digest.update(`${path}\0${file.blob}\n`)
    await slice()
  }
  // What is not read is part of the revision too: replacing a link by its file must be noticed.
  for (const { message } of findings) digest.update(`unread\0${message}\n`)
  return { root, revision: { id: `tree-${digest.digest('hex')}` }, files, findings, bytes, known }
}

/** The bytes of blobs of a moment; `undefined` when a file is another one by now. */
export async function bytesAt(
  { root, files, bytes, known }: Moment,
  blobs: Iterable<string>,
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const slice = openSlices()
  const wanted = new Map<string, Uint8Array>()
  let paths: ReadonlyMap<string, string> | undefined
  for (const blob of blobs) {
    paths ??= new Map(files.map((file) => [file.blob, file.path]))
    const path = paths.get(blob) ?? ''
    const size = Number(known.get(path)?.stamp.size ?? 0)
    const content = bytes.get(blob) ?? readStable(join(root, path), size)?.bytes
    if (content === undefined || (!bytes.has(blob) && blobOf(content) !== blob)) return undefined
    wanted.set(blob, content)
    await slice()
  }
  return wanted
}

/** `stamp`: by which it is known from now on. */
type Identified = { readonly blob: string; readonly stamp?: Stamp }

function knownFile({ stamp }: Found, before: Identified | undefined): Identified | undefined {
  if (stamp === undefined || before?.stamp === undefined) return undefined
  return isSameStamp(stamp, before.stamp) ? before : undefined
}

function readFile(
  root: string,
  { path, size, stamp }: Found & { readonly path: string },
  at: Instant,
  bytes: Map<string, Uint8Array>,
): Identified | undefined {
  const read = readStable(join(root, path), size)
  if (read === undefined) return undefined
  const blob = blobOf(read.bytes)
  bytes.set(blob, read.bytes)
  const isKnown = stamp !== undefined && isSameStamp(stamp, read.stamp) && isSettled(stamp, at)
  return { blob, ...(isKnown && { stamp }) }
}
