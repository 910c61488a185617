import type { DeviceReference } from '../domain/desired.ts'
import type { SourceFile } from '../domain/source.ts'
import { decode } from './decode.ts'
import { isDocumentPath } from './files.ts'
import type { Limits } from './limits.ts'
import { readList } from './list-file.ts'
import { nearest } from './nearest.ts'
import { pathFrom, pathTo } from './paths.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'
import type { Spot } from './tree.ts'

/** The lists of one tree. Each is read once however many documents name it. */
export type Lists = {
  /** The devices of the list that `document` names by `path`; what is wrong is told, and the answer is then short of it. */
  readonly read: (
    document: string,
    path: string,
    at: Spot,
    column?: { readonly title: string; readonly at: Spot },
  ) => readonly DeviceReference[]
  /** The files read so far. */
  readonly used: ReadonlySet<string>
}

export function openLists(files: readonly SourceFile[], limits: Limits, tell: Tell): Lists {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const known = new Map<string, readonly DeviceReference[]>()
  const used = new Set<string>()

  function read(
    document: string,
    path: string,
    at: Spot,
    column?: { title: string; at: Spot },
  ): readonly DeviceReference[] {
    const target = pathFrom(document, path)
    if ('problem' in target) {
      tell(invalid('bad-value', at, `the list ${quoted(path)} ${target.problem}`, { hint: target.hint }))
      return []
    }
    const file = byPath.get(target.path)
    if (file === undefined) {
      tell(invalid('bad-value', at, `there is no list ${quoted(path)}`, missing(document, target.path)))
      return []
    }
    if (isDocumentPath(file.path)) {
      tell(
        invalid('bad-value', at, `${quoted(path)} is a document, not a list`, {
          hint: 'a list is a .csv or .txt file',
        }),
      )
      return []
    }
    const key = `${file.path}\n${column?.title ?? ''}`
    const before = known.get(key)
    if (before !== undefined) return before
    used.add(file.path)
    const text = decode(file, limits.listBytes, tell)
    const asked = column?.at ?? at
    const named = {
      file: file.path,
      text: text ?? '',
      asked,
      ...(column !== undefined && { column: column.title }),
    }
    const devices = text === undefined ? [] : readList(named, limits.listLines, tell)
    known.set(key, devices)
    return devices
  }

  function missing(document: string, wanted: string): { hint: string } {
    const lists = [...byPath.keys()].filter((path) => !isDocumentPath(path))
    const near = nearest(wanted, lists)
    if (near !== undefined) return { hint: `did you mean "${pathTo(document, near)}"?` }
    return { hint: `the path is relative to ${document} and names a file of the same commit: here ${wanted}` }
  }

  return { read, used }
}
