import type { SourceFile } from '../domain/source.ts'
import type { Parsed } from './assemble.ts'
import { assemble } from './assemble.ts'
import { documentFiles } from './files.ts'
import type { Limits } from './limits.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { ParsedFile } from './parsed-file.ts'
import { parseFile } from './parsed-file.ts'

export type ParseOptions = {
  /** Globs, relative to the source path, of files that are no documents. */
  readonly ignore?: readonly string[]
  readonly limits?: Partial<Limits>
}

/** Turns the files of a revision into a desired state, or into findings that say where and why not. Never throws. */
export function parseDesired(files: readonly SourceFile[], options: ParseOptions = {}): Parsed {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits }
  const sources = documentFiles(files, options.ignore ?? [])
  const parsed: ParsedFile[] = []
  let count = 0
  for (const file of sources) {
    // What lies beyond the limit is told, and not read.
    if (count > limits.documents) break
    const one = parseFile(file, limits)
    parsed.push(one)
    count += one.count
  }
  const bytes = new Map(files.map((file) => [file.blob, file.bytes]))
  const { lists: _, ...told } = assemble(
    { sources, parsed, lists: { files, bytes, known: new Map() } },
    limits,
  )
  return told
}
