import { hash } from 'node:crypto'
import type { ListedFile } from '../domain/source.ts'
import { isJsonPath } from './files.ts'
import { SCHEMAS } from './kinds.ts'
import type { Limits } from './limits.ts'
import type { MovableFile, PositionedDocument } from './moved.ts'
import { movedTo, placedAt, positionOf } from './moved.ts'
import type { ParsedDocument, ParsedFile } from './parsed-file.ts'

/** Counts up with every change of what a file comes to: what an older parser made of it is then not taken. */
export const PARSER_VERSION = 1

const DIGEST_LENGTH = 32

/** Names what a file comes to: by its bytes, its format, and whatever else decides how it is parsed. */
export type KeyOf = (file: ListedFile) => string

/** The keys that this parser gives under these limits. */
export function openKeys(limits: Limits): KeyOf {
  const parser = hash('sha256', JSON.stringify([PARSER_VERSION, SCHEMAS, limits])).slice(0, 16)
  return ({ path, blob }) => `${blob}-${isJsonPath(path) ? 'json' : 'yaml'}-${parser}`
}

/** A parsed file as text to keep under its key: with a digest, for a damaged text must not be taken for a wish. */
export function keptText(key: string, file: ParsedFile): string {
  const { documents, ...rest } = movedTo('', file)
  const json = JSON.stringify({ key, ...rest, documents: documents.map(packed) })
  return digest(json) + json
}

/** What was kept, as the file at `path`; `undefined` when the text is not what was once kept under this key. */
export function fromKeptText(key: string, text: string, path: string): ParsedFile | undefined {
  const json = text.slice(DIGEST_LENGTH)
  if (text.slice(0, DIGEST_LENGTH) !== digest(json)) return undefined
  const { documents, ...rest } = JSON.parse(json) as Packed
  if (rest.key !== key) return undefined
  return placedAt(path, { ...rest, documents: documents.map(unpacked) })
}

type Packed = Omit<MovableFile, 'documents'> & {
  readonly key: string
  readonly documents: readonly PackedDocument[]
}

/** What most documents have nothing of is left out. */
type PackedDocument = Omit<PositionedDocument, keyof typeof NOTHING> & Partial<PositionedDocument>

const NOTHING = { findings: [], deferred: [], mentions: [], lists: [] }

function packed(document: ParsedDocument): object {
  const { findings, deferred, mentions, lists, ...rest } = document
  const gathered = Object.entries({ findings, deferred, mentions, lists })
  const written = Object.fromEntries(gathered.filter(([, all]) => all.length > 0))
  if (rest.kind === 'Policy') return { ...rest, ...written }
  const places = Object.entries(rest.body.places).map(([key, place]) => [key, positionOf(place)])
  return { ...rest, body: { ...rest.body, places: Object.fromEntries(places) }, ...written }
}

function unpacked(document: PackedDocument): PositionedDocument {
  return { ...NOTHING, ...document }
}

function digest(json: string): string {
  return hash('sha256', json).slice(0, DIGEST_LENGTH)
}
