import type { DeviceReference, Place, Policy, Redownload, Selection } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { AskedList, ParsedDocument, ParsedFile } from './parsed-file.ts'
import type { Mention } from './reading.ts'
import type { Spot } from './tree.ts'

/** Line and column of a place in one number. */
export type Position = number

/** Beyond the longest line: a file of documents has a mebibyte at most. */
const COLUMNS = 2 ** 21

/** The same wherever the file lies. */
export function positionOf({ line, column }: Place): Position {
  return line * COLUMNS + column
}

/** A document whose written keys have positions instead of places; for the many there are, that is half the text. */
export type PositionedDocument = Positioned<ParsedDocument>
type Positioned<Document> = Document extends { readonly body: { readonly places: unknown } }
  ? Omit<Document, 'body'> & {
      readonly body: Omit<Document['body'], 'places'> & {
        readonly places: Readonly<Record<string, Position>>
      }
    }
  : Document

/** A parsed file, its documents with places or positions. */
export type MovableFile = Omit<ParsedFile, 'documents'> & {
  readonly documents: readonly (ParsedDocument | PositionedDocument)[]
}

/** The same file under another path. */
export function movedTo(path: string, file: ParsedFile): ParsedFile {
  return file.path === path ? file : placedAt(path, file)
}

/** The file with everything in it at its line and column of `path`; keys keep their order. */
export function placedAt(path: string, { documents, findings, count, whole }: MovableFile): ParsedFile {
  const move = openMove(path)
  return {
    path,
    documents: documents.map(move.document),
    findings: each(findings, move.finding),
    count,
    whole,
  }
}

function openMove(file: string) {
  function place({ line, column }: Place): Place {
    return { file, line, column }
  }

  function spot(at: Spot): Spot {
    return { place: place(at.place), length: at.length }
  }

  function places(all: Readonly<Record<string, Place | Position>>): Readonly<Record<string, Place>> {
    const moved: Record<string, Place> = {}
    for (const key in all) {
      const at = all[key]
      if (typeof at === 'number') moved[key] = { file, line: Math.floor(at / COLUMNS), column: at % COLUMNS }
      else if (at !== undefined) moved[key] = place(at)
    }
    return moved
  }

  function finding(one: Finding): Finding {
    return one.place === undefined ? one : { ...one, place: place(one.place) }
  }

  function reference(one: DeviceReference): DeviceReference {
    return { ...one, place: place(one.place) }
  }

  function selection({ groups, devices }: Selection): Selection {
    return { groups, devices: each(devices, reference) }
  }

  function redownload(one: Redownload): Redownload {
    const { select, except } = one
    return { ...one, select: selection(select), except: selection(except), place: place(one.place) }
  }

  function policy(one: Policy): Policy {
    return {
      ...one,
      connectivity: one.connectivity.map((line) => ({ ...line, place: place(line.place) })),
      ...(one.place !== undefined && { place: place(one.place) }),
    }
  }

  function mention(one: Mention): Mention {
    return { group: one.group, spot: spot(one.spot) }
  }

  function list(one: AskedList): AskedList {
    const { column } = one
    return {
      ...one,
      at: spot(one.at),
      ...(column !== undefined && { column: { title: column.title, at: spot(column.at) } }),
    }
  }

  function document(one: ParsedDocument | PositionedDocument): ParsedDocument {
    const gathered = {
      ...(one.kindAt !== undefined && { kindAt: spot(one.kindAt) }),
      valid: one.valid,
      findings: each(one.findings, finding),
      deferred: each(one.deferred, finding),
      mentions: each(one.mentions, mention),
      lists: each(one.lists, list),
    }
    const { kind } = one
    switch (kind) {
      case 'EsimConfiguration': {
        const { to, select, except } = one.body.distribution
        const body = {
          ...one.body,
          place: place(one.body.place),
          places: places(one.body.places),
          distribution: { to, select: selection(select), except: selection(except) },
          redownloads: each(one.body.redownloads, redownload),
        }
        return { kind, body, ...gathered }
      }
      case 'DeviceGroup': {
        const body = {
          ...one.body,
          place: place(one.body.place),
          places: places(one.body.places),
          devices: each(one.body.devices, reference),
          except: { devices: each(one.body.except.devices, reference) },
        }
        return { kind, body, ...gathered }
      }
      case 'Retirement': {
        const body = {
          ...one.body,
          place: place(one.body.place),
          places: places(one.body.places),
          select: selection(one.body.select),
        }
        return { kind, body, ...gathered }
      }
      case 'Policy':
        return { kind, body: policy(one.body), ...gathered }
    }
  }

  return { document, finding }
}

/** Most are empty, and there are many. */
function each<One>(all: readonly One[], move: (one: One) => One): readonly One[] {
  return all.length === 0 ? all : all.map(move)
}
