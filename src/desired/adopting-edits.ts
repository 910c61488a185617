import type { EsimSpec } from '../domain/esim.ts'
import { normaliseCarrierUrl } from '../domain/esim.ts'
import type { Layout, Piece, Sheet } from './adopting-text.ts'
import { replaced, sheetOf, textFor, withItems, withKey, withPieces } from './adopting-text.ts'
import { checkFile } from './documents.ts'
import { isJsonPath } from './files.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import type { Mapping, Tree } from './tree.ts'
import { textOf, valueAt } from './tree.ts'

/** One file of documents. */
export type Written = { readonly path: string; readonly text: string }

/** So many devices fit in one line. */
const IN_ONE_LINE = 5

/**
 * Writes another spec into a configuration: only the scalars that differ, and a flag that was not written. `undefined`:
 * it is written in a way that only a person changes safely.
 */
export function withSpec(file: Written, name: string, spec: EsimSpec): string | undefined {
  return edited(file, name, (sheet, root) => {
    const block = valueAt(root, 'spec', spec.platform)
    if (block?.kind !== 'map') return undefined
    if (spec.platform === 'ios')
      return both([piece(sheet, block, 'carrierUrl', shortUrl(spec.carrierUrl), undefined)])
    return both([
      piece(sheet, block, 'serverName', spec.serverName, undefined),
      piece(sheet, block, 'isDiscoveryServer', spec.isDiscoveryServer, false),
      piece(sheet, block, 'autoEnable', spec.autoEnable, true),
    ])
  })
}

/** Adds devices to those that a configuration excepts. `undefined`: as above. */
export function withExcepted(file: Written, name: string, references: readonly string[]): string | undefined {
  return edited(file, name, (sheet, root) => {
    const distribution = valueAt(root, 'spec', 'distribution')
    const items = references.map((each) => textFor(sheet, each))
    if (distribution?.kind !== 'map') return undefined
    const except = distribution.entries.get('except')?.value
    const added = addedTo(sheet, distribution, except, items)
    return added === undefined ? undefined : [added]
  })
}

function addedTo(
  sheet: Sheet,
  distribution: Mapping,
  except: Tree | undefined,
  items: readonly string[],
): Piece | undefined {
  if (except === undefined) return withKey(sheet, distribution, 'except', exceptOf(sheet, items))
  if (except.kind !== 'map') return undefined
  const devices = except.entries.get('devices')?.value
  if (devices !== undefined) return withItems(sheet, devices, items)
  return withKey(sheet, except, 'devices', devicesOf(items))
}

function exceptOf({ json }: Sheet, items: readonly string[]): Layout {
  const inline = `{ ${json ? '"devices"' : 'devices'}: [${items.join(', ')}] }`
  if (items.length <= IN_ONE_LINE) return { inline }
  return { inline, lines: ['  devices:', ...items.map((item) => `    - ${item}`)] }
}

function devicesOf(items: readonly string[]): Layout {
  const inline = `[${items.join(', ')}]`
  return items.length <= IN_ONE_LINE ? { inline } : { inline, lines: items.map((item) => `  - ${item}`) }
}

/** A text that is not an address any more is kept as it is; a bare host needs no slash behind it. */
export function shortUrl(url: string): string {
  const short = url.replace(/\/$/, '')
  return normaliseCarrierUrl(short) === url ? short : url
}

function edited(
  { path, text }: Written,
  name: string,
  change: (sheet: Sheet, root: Mapping) => readonly Piece[] | undefined,
): string | undefined {
  const bom = text.startsWith('\ufeff') ? '\ufeff' : ''
  const bare = text.slice(bom.length)
  const { documents } = checkFile({ path, bytes: new TextEncoder().encode(bare) }, DEFAULT_LIMITS)
  const found = documents.filter(
    ({ kind, root }) => kind === 'EsimConfiguration' && textOf(valueAt(root, 'metadata', 'name')) === name,
  )
  const [document] = found
  if (document === undefined || found.length > 1) return undefined
  const pieces = change(sheetOf(bare, isJsonPath(path)), document.root)
  return pieces === undefined ? undefined : bom + withPieces(bare, pieces)
}

/** `usual`: what holds where nothing is written. `undefined`: not possible; no piece: it says so already. */
function piece(
  sheet: Sheet,
  block: Mapping,
  key: string,
  value: string | boolean,
  usual: boolean | undefined,
): readonly Piece[] | undefined {
  const scalar = block.entries.get(key)?.value
  if (scalar === undefined) {
    if (value === usual) return []
    const added =
      typeof value === 'boolean' ? withKey(sheet, block, key, { inline: String(value) }) : undefined
    return added === undefined ? undefined : [added]
  }
  if (scalar.kind !== 'scalar') return undefined
  if (saysIt(scalar, value)) return []
  const changed = replaced(sheet, scalar, value)
  return changed === undefined ? undefined : [changed]
}

function saysIt(scalar: Tree & { kind: 'scalar' }, value: string | boolean): boolean {
  if (typeof value === 'boolean') return scalar.plain && scalar.value === value
  const written = textOf(scalar) ?? ''
  return written.toLowerCase() === value || normaliseCarrierUrl(written) === normaliseCarrierUrl(value)
}

function both(parts: readonly (readonly Piece[] | undefined)[]): readonly Piece[] | undefined {
  const sound = parts.filter((part) => part !== undefined)
  return sound.length < parts.length ? undefined : sound.flat()
}
