import type { Finding } from '../domain/finding.ts'
import { checkCharacters } from './characters.ts'
import { decode, type NamedBytes } from './decode.ts'
import { isJsonPath } from './files.ts'
import { readHeader } from './header.ts'
import { readJson } from './json-document.ts'
import type { Kind } from './kinds.ts'
import type { Limits } from './limits.ts'
import { checkSchema } from './schema-check.ts'
import { upToMost } from './tell.ts'
import type { Mapping } from './tree.ts'
import { readYaml } from './yaml-document.ts'

/** A document that fits its schema or was told not to; `deferred` is told when nothing else was told of it. */
export type CheckedDocument = {
  readonly kind: Kind
  readonly file: string
  readonly root: Mapping
  readonly valid: boolean
  readonly deferred: readonly Finding[]
}

/** The documents of one file as trees. */
type CheckedFile = {
  readonly documents: readonly CheckedDocument[]
  readonly findings: readonly Finding[]
  /** Documents begun, those that could not be read included. */
  readonly count: number
  /** Every document could be read as far as its name. */
  readonly whole: boolean
}

/** Checks the documents of one file: text, then tree, then kind, then schema. */
export function checkFile(file: NamedBytes, limits: Limits): CheckedFile {
  const findings: Finding[] = []
  const tell = upToMost((finding) => void findings.push(finding))
  const text = decode(file, limits.documentBytes, tell)
  if (text === undefined) return { documents: [], findings, count: 0, whole: false }
  const read = isJsonPath(file.path) ? readJson : readYaml
  const { roots, whole } = read(file.path, text, limits, tell)
  const documents: CheckedDocument[] = []
  for (const tree of roots) {
    const before = findings.length
    const header = readHeader(tree, tell)
    if (header === undefined) continue
    checkCharacters(header.root, tell)
    const { findings: wrong, deferred } = checkSchema(header.root, header.kind)
    // A text with a hidden character is wrong for that alone; that it is also no such word helps nobody.
    const hidden = new Set(findings.slice(before).map(placeKey))
    findings.push(...wrong.filter((finding) => !hidden.has(placeKey(finding))))
    documents.push({ ...header, file: file.path, valid: findings.length === before, deferred })
  }
  return { documents, findings, count: roots.length, whole: whole && documents.length === roots.length }
}

function placeKey({ place }: Finding): string {
  return `${place?.line}:${place?.column}`
}
