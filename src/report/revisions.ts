import { brief } from './visible.ts'

const TREE = 'tree-'

/** A revision as people write it: `1f3c9aa`, `working tree 1f3c9aa`. */
export function shortRevision(id: string): string {
  if (id.startsWith(TREE)) return `working tree ${brief(id.slice(TREE.length, TREE.length + 7), 7)}`
  return /^[0-9a-f]{40,64}$/.test(id) ? id.slice(0, 7) : brief(id, 40)
}

/** `sha256:1d40aa97…` */
export function shortDigest(digest: string): string {
  return digest.length <= 16 ? brief(digest, 16) : `${brief(digest.slice(0, 15), 15)}…`
}
