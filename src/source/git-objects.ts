import type { Readable } from 'node:stream'
import type { Entry } from './admission.ts'
import { buffers, startGit } from './git-process.ts'
import type { GitFolder } from './git-process.ts'

const NUL = 0
const NEWLINE = 0x0a
/** Bytes of names and ids that are read of one revision. */
export const LONGEST_LISTING = 64 * 1024 * 1024
/** Ids are hex; the path may be any bytes but NUL and is cut off at the tab. */
const LISTED = /^(\d{6}) (\w+) ([0-9a-f]+) +(-|\d+)\t/

/** Everything below a tree (an id, or a path of a commit), however deep; `too-large` when the listing alone is out of all proportion. */
export async function listTree(
  git: GitFolder,
  tree: string,
): Promise<readonly Entry[] | 'too-large' | undefined> {
  const child = startGit(git, ['ls-tree', '-r', '-z', '-l', '--full-tree', tree])
  child.stderr.resume()
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of buffers(child.stdout)) {
    chunks.push(chunk)
    length += chunk.length
    if (length <= LONGEST_LISTING) continue
    child.stop()
    await child.finished
    return 'too-large'
  }
  return (await child.finished) ? parseListing(Buffer.concat(chunks)) : undefined
}

/** The bytes of each blob, by id. */
export async function readBlobs(
  git: GitFolder,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Uint8Array> | undefined> {
  const blobs = new Map<string, Uint8Array>()
  if (ids.length === 0) return blobs
  const child = startGit(git, ['cat-file', '--batch'], ids.map((id) => `${id}\n`).join(''))
  child.stderr.resume()
  const whole = await readBatch(child.stdout, blobs)
  if (!whole) child.stop()
  return (await child.finished) && whole && ids.every((id) => blobs.has(id)) ? blobs : undefined
}

/** Reads `<id> blob <size>\n<bytes>\n` until the end; false at anything else, `missing` included. */
async function readBatch(stdout: Readable, blobs: Map<string, Uint8Array>): Promise<boolean> {
  let pending: Buffer[] = []
  let length = 0
  let header: { readonly id: string; readonly size: number } | undefined
  for await (const chunk of buffers(stdout)) {
    pending.push(chunk)
    length += chunk.length
    if (header !== undefined && length <= header.size) continue
    let data = pending.length === 1 ? chunk : Buffer.concat(pending)
    for (;;) {
      if (header === undefined) {
        const end = data.indexOf(NEWLINE)
        if (end === -1) break
        const match = /^([0-9a-f]+) blob (\d+)$/.exec(data.toString('latin1', 0, end))
        if (match === null) return false
        header = { id: match[1] ?? '', size: Number(match[2]) }
        data = data.subarray(end + 1)
      }
      if (data.length <= header.size) break
      // A copy: a view would keep the whole chunk in memory for as long as one small file lives.
      blobs.set(header.id, Uint8Array.from(data.subarray(0, header.size)))
      data = data.subarray(header.size + 1)
      header = undefined
    }
    pending = [data]
    length = data.length
  }
  return header === undefined && length === 0
}

function parseListing(output: Buffer): readonly Entry[] | undefined {
  const entries: Entry[] = []
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  let at = 0
  while (at < output.length) {
    const end = output.indexOf(NUL, at)
    if (end === -1) return undefined
    const match = LISTED.exec(output.toString('latin1', at, Math.min(end, at + 120)))
    if (match === null) return undefined
    const [head, mode, , blob, size] = match
    const path = decoded(decoder, output.subarray(at + head.length, end))
    entries.push({
      path,
      kind: kindOf(mode),
      size: Number(size) || 0,
      ...(blob === undefined ? {} : { blob }),
    })
    at = end + 1
  }
  return entries
}

function kindOf(mode: string | undefined): Entry['kind'] {
  if (mode === '100644' || mode === '100755') return 'file'
  if (mode === '120000') return 'symlink'
  return mode === '160000' ? 'submodule' : 'special'
}

function decoded(decoder: { decode(bytes: Uint8Array): string }, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}
