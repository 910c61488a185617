import { setImmediate } from 'node:timers/promises'
import type { Parsed } from '../desired/assemble.ts'
import { assemble } from '../desired/assemble.ts'
import { documentFiles } from '../desired/files.ts'
import type { KeyOf } from '../desired/kept-text.ts'
import { fromKeptText, keptText, openKeys } from '../desired/kept-text.ts'
import { DEFAULT_LIMITS } from '../desired/limits.ts'
import type { KnownLists } from '../desired/lists.ts'
import { listsToRead } from '../desired/lists.ts'
import { movedTo } from '../desired/moved.ts'
import type { ParsedFile } from '../desired/parsed-file.ts'
import { parseFile } from '../desired/parsed-file.ts'
import type { DocumentStore } from '../domain/document-store.ts'
import type { ListedFile, SourceListing } from '../domain/source.ts'
import type { Duration } from '../domain/time.ts'

/** A file of a revision, and whether the store has what it came to. */
type Known = {
  readonly blob: string
  /** By which the store has it. */
  readonly key: string
  readonly file: ParsedFile
  readonly isKept: boolean
}

/** What the process holds of the revision it read last, and no more than that. */
type Remembered = { readonly files: ReadonlyMap<string, Known>; readonly lists: KnownLists }

const NOTHING: Remembered = { files: new Map(), lists: new Map() }

/** Goes when its source goes. */
const rememberedOf = new WeakMap<object, Remembered>()

/** Longest time in which nothing else is answered. */
const SLICE: Duration = 10

type DocumentParts = {
  /** Whose files were read before: only that it is the same one counts. */
  readonly source: object
  readonly store: DocumentStore
  readonly ignore: readonly string[]
}

/**
 * The desired state of a revision, or findings that say where and why there is none. Costs what changed: a file of
 * known content is neither read nor parsed, whether this process parsed it or an earlier one.
 */
export async function readDocuments(parts: DocumentParts, listing: SourceListing): Promise<Parsed> {
  const { source, store } = parts
  const before = rememberedOf.get(source) ?? NOTHING
  const keyOf = openKeys(DEFAULT_LIMITS)
  const sources = documentFiles(listing.files, parts.ignore)
  const known = new Map<string, Known>()
  for (const { path, blob } of sources) {
    const one = before.files.get(path)
    if (one?.blob === blob) known.set(path, one)
  }
  if (known.size < sources.length) {
    const rest = sources.filter(({ path }) => !known.has(path))
    takeMoved(rest, keyOf, before, known)
    await recall(rest, keyOf, store, known)
    await parseRest(sources, listing, keyOf, known)
  }

  const files: ParsedFile[] = []
  for (const { path } of sources) {
    const one = known.get(path)
    if (one !== undefined) files.push(one.file)
  }
  const bytes = await listing.bytesOf(listsToRead(files, listing.files, before.lists))
  const lists = { files: listing.files, bytes, known: before.lists }
  const { lists: sound, ...told } = assemble({ sources, parsed: files, lists }, DEFAULT_LIMITS)

  // A refused revision is not worth a write: the next one is as likely to be the last good one, mended.
  const kept = told.desired === undefined ? known : await keep(store, before, known)
  rememberedOf.set(source, { files: kept, lists: sound })
  return told
}

/** Finds files of the revision before under other paths. */
function takeMoved(
  rest: readonly ListedFile[],
  keyOf: KeyOf,
  before: Remembered,
  known: Map<string, Known>,
): void {
  const blobs = new Set(rest.map(({ blob }) => blob))
  const byKey = new Map<string, Known>()
  for (const one of before.files.values()) if (blobs.has(one.blob)) byKey.set(one.key, one)
  for (const file of rest) {
    const one = byKey.get(keyOf(file))
    if (one !== undefined) known.set(file.path, { ...one, file: movedTo(file.path, one.file) })
  }
}

/** Takes over what an earlier process parsed. */
async function recall(
  rest: readonly ListedFile[],
  keyOf: KeyOf,
  store: DocumentStore,
  known: Map<string, Known>,
): Promise<void> {
  const unknown = rest.filter(({ path }) => !known.has(path))
  if (unknown.length === 0) return
  const texts = await store.parsed([...new Set(unknown.map(keyOf))])
  const slice = openSlices()
  for (const { path, blob } of unknown) {
    const key = keyOf({ path, blob })
    const text = texts.get(key)
    const file = text === undefined ? undefined : fromKeptText(key, text, path)
    if (file !== undefined) known.set(path, { blob, key, file, isKept: true })
    await slice()
  }
}

/** Reads and parses what is new, up to the limit of documents: what lies beyond it is told, and not read. */
async function parseRest(
  sources: readonly ListedFile[],
  listing: SourceListing,
  keyOf: KeyOf,
  known: Map<string, Known>,
): Promise<void> {
  const unread = sources.filter(({ path }) => !known.has(path))
  if (unread.length === 0) return
  const bytes = await listing.bytesOf(new Set(unread.map(({ blob }) => blob)))
  const slice = openSlices()
  let count = 0
  for (const { path, blob } of sources) {
    if (count > DEFAULT_LIMITS.documents) return
    const one = known.get(path)
    const content = one === undefined ? bytes.get(blob) : undefined
    const file = one?.file ?? (content && parseFile({ path, bytes: content }, DEFAULT_LIMITS))
    if (file === undefined) throw new Error(`the source listed ${path} and has no bytes of it`)
    count += file.count
    if (one !== undefined) continue
    known.set(path, { blob, key: keyOf({ path, blob }), file, isKept: false })
    await slice()
  }
}

/** Keeps what the store does not have yet, and has it drop what is gone; gives what it has then. */
async function keep(
  store: DocumentStore,
  before: Remembered,
  known: ReadonlyMap<string, Known>,
): Promise<ReadonlyMap<string, Known>> {
  const fresh: [string, Known][] = []
  const alive = new Set<string>()
  for (const [path, one] of known) {
    alive.add(one.key)
    if (!one.isKept) fresh.push([path, one])
  }
  if (fresh.length === 0 && !isGone(before, known)) return known
  const texts = new Map<string, string>()
  const kept = new Map(known)
  const slice = openSlices()
  for (const [path, one] of fresh) {
    texts.set(one.key, keptText(one.key, one.file))
    kept.set(path, { ...one, isKept: true })
    await slice()
  }
  await store.keepParsed(texts, alive)
  return kept
}

function isGone(before: Remembered, known: ReadonlyMap<string, Known>): boolean {
  for (const [path, { blob }] of before.files) if (known.get(path)?.blob !== blob) return true
  return false
}

/** Lets others have their turn once a slice of time is over. */
function openSlices(): () => Promise<void> {
  let since = performance.now()
  return async () => {
    if (performance.now() - since < SLICE) return
    await setImmediate()
    since = performance.now()
  }
}
