import { parseXml, XmlDeclaration, XmlDocumentType, XmlElement, XmlError, XmlText } from '@rgrove/parse-xml'
import { trouble, type SyncmlPlace, type SyncmlTrouble } from './trouble.ts'

/** One element: its name as written, its own text, its child elements. */
export type XmlTree = {
  readonly name: string
  /** The `xmlns` it declares itself. */
  readonly namespace?: string
  /** Character data directly inside it, joined; CDATA is text like any other. */
  readonly text: string
  readonly children: readonly XmlTree[]
  readonly place: SyncmlPlace
}

/** How much of a device's text is read at all. */
const XML_BOUNDS = {
  /** Bytes, or UTF-16 units where text is given. */
  size: 1_048_576,
  /** Elements inside each other; a SyncML message needs seven. */
  depth: 16,
  elements: 20_000,
} as const

/** Longest part of the parser's own words that is passed on: they quote names of the text. */
const MESSAGE_LENGTH = 200

/**
 * Strict, bounded XML: UTF-8 only, no document type, no entities but the five of XML, no repair of any kind. Never
 * throws: what cannot be read is a trouble with its place.
 */
export function readXml(input: string | Uint8Array): { kind: 'xml'; root: XmlTree } | SyncmlTrouble {
  if (input.length > XML_BOUNDS.size) {
    return trouble(
      'too-large',
      `The text is ${input.length} long; ${XML_BOUNDS.size} is the most that is read.`,
    )
  }
  const decoded = typeof input === 'string' ? input : decode(input)
  if (decoded === undefined) return trouble('not-utf8', 'The bytes are not UTF-8.')
  // XML 1.0, 2.11. Done here because the parser would do it in quadratic time.
  const text = decoded.replaceAll(/\r\n?/g, '\n')
  const parsed = parse(text)
  if ('kind' in parsed) return parsed
  const root = treeOf(parsed.root, text)
  return 'kind' in root ? root : { kind: 'xml', root }
}

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function parse(text: string): { root: XmlElement } | SyncmlTrouble {
  try {
    const document = parseXml(text, {
      includeOffsets: true,
      preserveDocumentType: true,
      preserveXmlDeclaration: true,
    })
    for (const node of document.children) {
      if (node instanceof XmlDocumentType) {
        return trouble('doctype', 'The text declares a document type.', placeAt(text, node.start))
      }
      if (node instanceof XmlDeclaration && !/^utf-?8$/i.test(node.encoding ?? 'utf-8')) {
        return trouble('not-utf8', `The text says that it is ${node.encoding}, not UTF-8.`, placeAt(text, 0))
      }
    }
    return document.root === null ? trouble('not-xml', 'The text has no element.') : { root: document.root }
  } catch (error) {
    if (error instanceof XmlError) {
      const [first = ''] = error.message.split('\n')
      const said = first.replace(/ \(line \d+, column \d+\)$/, '').slice(0, MESSAGE_LENGTH)
      return trouble('not-xml', `${said}.`, { line: error.line, column: error.column })
    }
    // The parser recurses once an element: what is nested without end exhausts its stack.
    return trouble('too-deep', `Elements are nested more than ${XML_BOUNDS.depth} deep.`)
  }
}

type Counted = { elements: number; at: number; line: number; lineStart: number }

/** Copies the parser's tree into plain data while counting; places are found in one walk over the text. */
function treeOf(root: XmlElement, text: string): XmlTree | SyncmlTrouble {
  const counted: Counted = { elements: 0, at: 0, line: 1, lineStart: 0 }
  return copy(root, text, counted, 1)
}

function copy(element: XmlElement, text: string, counted: Counted, depth: number): XmlTree | SyncmlTrouble {
  const place = advance(text, counted, element.start)
  counted.elements += 1
  if (depth > XML_BOUNDS.depth) {
    return trouble('too-deep', `Elements are nested more than ${XML_BOUNDS.depth} deep.`, place)
  }
  if (counted.elements > XML_BOUNDS.elements) {
    return trouble('too-many', `There are more than ${XML_BOUNDS.elements} elements.`, place)
  }
  const children: XmlTree[] = []
  const own: string[] = []
  for (const node of element.children) {
    if (node instanceof XmlText) own.push(node.text)
    if (!(node instanceof XmlElement)) continue
    const child = copy(node, text, counted, depth + 1)
    if ('kind' in child) return child
    children.push(child)
  }
  const namespace = element.attributes['xmlns']
  return {
    name: element.name,
    text: own.join(''),
    children,
    place,
    ...(namespace === undefined ? {} : { namespace }),
  }
}

/** Elements come in the order of the text, so the newlines before each are counted once. */
function advance(text: string, counted: Counted, to: number): SyncmlPlace {
  for (
    let next = text.indexOf('\n', counted.at);
    next !== -1 && next < to;
    next = text.indexOf('\n', counted.at)
  ) {
    counted.line += 1
    counted.at = next + 1
    counted.lineStart = next + 1
  }
  return { line: counted.line, column: to - counted.lineStart + 1 }
}

function placeAt(text: string, to: number): SyncmlPlace {
  return advance(text, { elements: 0, at: 0, line: 1, lineStart: 0 }, to)
}
