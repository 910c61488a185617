import type { Entry } from './admission.ts'

/** One line of a tree object. */
export type TreeEntry = {
  readonly name: string
  readonly kind: Exclude<Entry['kind'], 'special'> | 'tree'
  readonly id: string
}

const SPACE = 0x20
const NUL = 0
const FORMAT = 0o170000

/**
 * Reads a tree object whose ids have `idBytes` bytes. `undefined` for what git would refuse, and for names that are no
 * UTF-8 text.
 */
export function parseTree(content: Uint8Array, idBytes: number): readonly TreeEntry[] | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  const entries: TreeEntry[] = []
  let at = 0
  while (at < bytes.length) {
    const space = bytes.indexOf(SPACE, at)
    const end = space === -1 ? -1 : bytes.indexOf(NUL, space)
    const next = end + 1 + idBytes
    if (end === -1 || end === space + 1 || next > bytes.length) return undefined
    const mode = bytes.toString('latin1', at, Math.min(space, at + 8))
    const name = bytes.toString('utf8', space + 1, end)
    if (!/^[0-7]{5,7}$/.test(mode) || name.includes('�')) return undefined
    const kind = kindOf(Number.parseInt(mode, 8) & FORMAT)
    entries.push({ name, kind, id: bytes.toString('hex', end + 1, next) })
    at = next
  }
  return entries
}

/** As git takes modes that nobody writes any more. */
function kindOf(format: number): TreeEntry['kind'] {
  if (format === 0o100000) return 'file'
  if (format === 0o120000) return 'symlink'
  return format === 0o040000 ? 'tree' : 'submodule'
}
