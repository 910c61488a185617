import { relative, resolve } from 'node:path'
import { parseDesired } from '../desired/parse.ts'
import type { DesiredState } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { SourceTree } from '../domain/source.ts'
import type { FindingsContext } from '../report/findings-text.ts'
import { openWorkingTree } from '../source/working-tree.ts'
import type { Io } from './io.ts'

/** A folder of desired state, read and checked; nothing else is touched. */
export type FolderReading = {
  readonly tree: SourceTree
  readonly files: number
  readonly documents: number
  readonly desired?: DesiredState
  readonly findings: readonly Finding[]
  /** How findings about its files are shown. */
  readonly context: FindingsContext
}

/** Reads a folder as it is on disk. A missing folder throws `source-unreachable`. */
export async function readFolder(
  io: Io,
  folder: string,
  ignore: readonly string[] = [],
): Promise<FolderReading> {
  await using source = openWorkingTree({ path: resolve(io.cwd, folder) })
  const { revision } = await source.head()
  const tree = await source.read(revision.id)
  const parsed = parseDesired(tree.files, { ignore })
  const findings = [...tree.findings, ...parsed.findings]
  const sound = !findings.some((finding) => finding.severity === 'error')
  return {
    tree,
    files: parsed.files,
    documents: parsed.documents,
    ...(parsed.desired !== undefined && sound ? { desired: parsed.desired } : {}),
    findings,
    context: showing(io, tree, relative(io.cwd, resolve(io.cwd, folder)) || '.'),
  }
}

/** Findings about a tree's files, with the lines they are about. */
export function showing(io: Pick<Io, 'paint'>, tree: SourceTree, folder: string): FindingsContext {
  const bytes = new Map(tree.files.map((file) => [file.path, file.bytes]))
  return {
    paint: io.paint,
    prefix: folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`,
    textOf: (file) => {
      const content = bytes.get(file)
      return content === undefined ? undefined : new TextDecoder().decode(content)
    },
  }
}
