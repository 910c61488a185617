import type { Finding, InvalidReason } from '../domain/finding.ts'
import { compareText } from '../domain/text.ts'

/** How much of a source is read at most, so that a hostile or mistaken commit cannot exhaust the memory. */
export type SourceLimits = {
  readonly fileBytes: number
  readonly files: number
  readonly totalBytes: number
}

export const DEFAULT_LIMITS: SourceLimits = {
  fileBytes: 16 * 1024 * 1024,
  files: 100_000,
  totalBytes: 256 * 1024 * 1024,
}

/** One thing found below the source path, before anything of it is read. */
export type Entry = {
  /** Relative to the source path; `undefined`: no UTF-8 text. */
  readonly path: string | undefined
  readonly kind: 'file' | 'symlink' | 'submodule' | 'special'
  readonly size: number
  /** The git blob id, where it is known beforehand. */
  readonly blob?: string
}

/** Names that may hold documents or device lists: leaving one of them out changes what is wanted. */
const MATTERS = /\.(?:ya?ml|json|csv|txt)$/i
const CONTROL = /\p{Cc}/u

/**
 * Which entries are read, and findings for the rest: only plain files with printable names, within the limits.
 * Dot-files and what lies in dot-folders is left out without a word (contracts.md section 1).
 */
export function admit<Found extends Entry>(
  entries: Iterable<Found>,
  limits: SourceLimits,
): {
  readonly admitted: readonly (Found & { readonly path: string })[]
  readonly findings: readonly Finding[]
} {
  const admitted: (Found & { readonly path: string })[] = []
  const findings: Finding[] = []
  let total = 0
  for (const entry of entries) {
    const { path } = entry
    if (path !== undefined && isHidden(path)) continue
    if (path === undefined || CONTROL.test(path)) {
      findings.push(badName(path))
      continue
    }
    const refusal = refusalOf({ ...entry, path }, limits)
    if (refusal !== undefined) {
      findings.push(refusal)
      continue
    }
    if (admitted.length >= limits.files)
      return { admitted: [], findings: [tooMany(path, `${limits.files} files`)] }
    total += entry.size
    if (total > limits.totalBytes)
      return { admitted: [], findings: [tooMany(path, `${megabytes(limits.totalBytes)} in all`)] }
    admitted.push({ ...entry, path })
  }
  return { admitted, findings }
}

/** Any part of the path begins with a dot. */
export function isHidden(path: string): boolean {
  return path.startsWith('.') || path.includes('/.')
}

/** Sorts by code points, as git does with ASCII names: the same order in every source and on every machine. */
export function byPath(
  a: { readonly path?: string | undefined },
  b: { readonly path?: string | undefined },
): number {
  return compareText(a.path ?? '', b.path ?? '')
}

function refusalOf(entry: Entry & { readonly path: string }, limits: SourceLimits): Finding | undefined {
  const { path, kind, size } = entry
  const matters = MATTERS.test(path)
  if (kind === 'file') {
    if (size <= limits.fileBytes) return undefined
    const what = `has ${megabytes(size)}, and at most ${megabytes(limits.fileBytes)} are read`
    return unread(path, matters, 'too-large', what, 'split it, or move it out of the source path')
  }
  if (kind === 'symlink') {
    // Without an extension it may stand for a folder full of documents: their absence would read as a removal.
    const mayBeFolder = !/\.[^/]+$/.test(path)
    const what = 'is a symbolic link, and links are not followed'
    return unread(path, matters || mayBeFolder, 'bad-value', what, 'replace it by the file itself')
  }
  if (kind === 'submodule') {
    const hint = 'move its files into this repository, or the submodule out of the source path'
    return unread(path, true, 'bad-value', 'is a submodule, and submodules are not read', hint)
  }
  return unread(path, matters, 'bad-value', 'is no plain file', 'move it out of the source path')
}

function unread(path: string, matters: boolean, reason: InvalidReason, what: string, hint: string): Finding {
  return {
    code: 'invalid-document',
    severity: matters ? 'error' : 'info',
    reason,
    message: `${path} ${what}; it is not read`,
    place: { file: path, line: 1, column: 1 },
    hint,
  }
}

function badName(path: string | undefined): Finding {
  const shown = path === undefined ? 'a file' : JSON.stringify(path).slice(1, -1)
  const what = path === undefined ? 'has a name that is not UTF-8 text' : 'has control characters in its name'
  return {
    code: 'invalid-document',
    severity: 'error',
    reason: 'bad-value',
    message: `${shown} ${what}; it is not read`,
    place: { file: shown, line: 1, column: 1 },
    hint: 'rename it',
  }
}

function tooMany(path: string, limit: string): Finding {
  return {
    code: 'invalid-document',
    severity: 'error',
    reason: 'too-large',
    message: `the source holds more than ${limit}, reached at ${path}; nothing of it is read`,
    place: { file: path, line: 1, column: 1 },
    hint: 'point source.path at the folder of the desired state, and keep other things out of it',
  }
}

function megabytes(bytes: number): string {
  return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024 / 1024)} MiB`
}
