import type { DeviceReference } from '../domain/desired.ts'
import type { ListedFile } from '../domain/source.ts'
import { decode } from './decode.ts'
import { isDocumentPath } from './files.ts'
import type { Limits } from './limits.ts'
import { readList } from './list-file.ts'
import { nearest } from './nearest.ts'
import type { ParsedFile } from './parsed-file.ts'
import { pathFrom, pathTo } from './paths.ts'
import type { ListRequest } from './reading.ts'
import type { Tell } from './tell.ts'
import { invalid, quoted } from './tell.ts'

/** Devices of lists that were read without a finding, by file, bytes and column. */
export type KnownLists = ReadonlyMap<string, readonly DeviceReference[]>

/** What lists are read from. */
export type ListFiles = {
  /** Every file of the revision: a list that is not there may be misspelt. */
  readonly files: readonly ListedFile[]
  /** By blob; whatever `listsToRead` named is here. */
  readonly bytes: ReadonlyMap<string, Uint8Array>
  /** Lists of the revision before, which are not read again. */
  readonly known: KnownLists
}

/** The lists of one tree. Each is read once however many documents name it. */
export type Lists = {
  /** The devices of the list that is asked for; what is wrong is told, and the answer is then short of it. */
  readonly read: (request: ListRequest) => readonly DeviceReference[]
  /** The files read so far. */
  readonly used: ReadonlySet<string>
  /** Those read so far without a finding. */
  readonly sound: KnownLists
}

/** Blobs of the lists that documents name and that are not known yet. */
export function listsToRead(
  parsed: Iterable<ParsedFile>,
  files: readonly ListedFile[],
  known: KnownLists,
): ReadonlySet<string> {
  const blobs = new Set<string>()
  let byPath: ReadonlyMap<string, ListedFile> | undefined
  for (const { path, documents } of parsed) {
    for (const { lists } of documents) {
      for (const request of lists) {
        byPath ??= new Map(files.map((file) => [file.path, file]))
        const target = pathFrom(path, request.path)
        const file = 'path' in target ? byPath.get(target.path) : undefined
        if (file === undefined || isDocumentPath(file.path)) continue
        if (!known.has(listKey(file, request))) blobs.add(file.blob)
      }
    }
  }
  return blobs
}

export function openLists({ files, bytes, known }: ListFiles, limits: Limits, tell: Tell): Lists {
  let byPath: ReadonlyMap<string, ListedFile> | undefined
  const read = new Map<string, readonly DeviceReference[]>()
  const sound = new Map<string, readonly DeviceReference[]>()
  const used = new Set<string>()

  function readNamed(request: ListRequest): readonly DeviceReference[] {
    const { path, at } = request
    const document = at.place.file
    const target = pathFrom(document, path)
    if ('problem' in target) {
      tell(invalid('bad-value', at, `the list ${quoted(path)} ${target.problem}`, { hint: target.hint }))
      return []
    }
    byPath ??= new Map(files.map((one) => [one.path, one]))
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
    const key = listKey(file, request)
    const before = read.get(key)
    if (before !== undefined) return before
    used.add(file.path)
    const devices = known.get(key)
    read.set(key, devices ?? readAnew(file, request))
    if (devices !== undefined) sound.set(key, devices)
    return read.get(key) ?? []
  }

  function readAnew(file: ListedFile, request: ListRequest): readonly DeviceReference[] {
    const { at, column } = request
    let told = 0
    const count: Tell = (finding) => {
      told += 1
      tell(finding)
    }
    const content = { path: file.path, bytes: bytes.get(file.blob) ?? new Uint8Array() }
    const text = decode(content, limits.listBytes, count)
    if (text === undefined) return []
    const titled = column === undefined ? {} : { column: column.title }
    const list = { file: file.path, text, asked: column?.at ?? at, ...titled }
    const devices = readList(list, limits.listLines, count)
    if (told === 0) sound.set(listKey(file, request), devices)
    return devices
  }

  function missing(document: string, wanted: string): { hint: string } {
    const lists = files.filter(({ path }) => !isDocumentPath(path))
    const near = nearest(
      wanted,
      lists.map(({ path }) => path),
    )
    if (near !== undefined) return { hint: `did you mean "${pathTo(document, near)}"?` }
    return { hint: `the path is relative to ${document} and names a file of the same commit: here ${wanted}` }
  }

  return { read: readNamed, used, sound }
}

function listKey({ path, blob }: ListedFile, { column }: ListRequest): string {
  return `${path}\n${blob}\n${column?.title ?? ''}`
}
