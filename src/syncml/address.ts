import { SimplaneError } from '../domain/error.ts'

/** An absolute address in the device's tree, escaped: `./Device/Vendor/MSFT/eUICCs/Default/Actions/Status`. */
export type LocUri = string & { readonly brand: 'LocUri' }

/**
 * One eUICC by the name of its node: its EID, or on old builds a name that only the device understands. Never
 * `Default`: a destructive command must not land on another chip after a board swap.
 */
export type NamedEuicc = string & { readonly brand: 'NamedEuicc' }

/** The alias of whichever eUICC is active when the command arrives. For first installs and questions only. */
export const DEFAULT_EUICC = 'Default' as const

/** How a command says which eUICC it means. */
export type EuiccName = NamedEuicc | typeof DEFAULT_EUICC

/** The root of the eUICCs CSP. The scope is the device; there is no `./User`. */
export const EUICCS = './Device/Vendor/MSFT/eUICCs' as LocUri

/** Longest node name that is sent; an FQDN has 253 characters at most. */
const NAME_LENGTH = 253

/**
 * May this be the name of a node below the root? Not empty, not `*` (OMA DM protocol support, "Nodes"), not `.`
 * (structure of OMA DM provisioning files) nor `..`, and without `/`, which separates names.
 */
export function isNodeName(text: string): boolean {
  return (
    text.length > 0 &&
    text.length <= NAME_LENGTH &&
    !/^(\*|\.{1,2})$/.test(text) &&
    /^[\u0021-\u002e\u0030-\u007e]+$/.test(text)
  )
}

/** The eUICC of this EID or node name; `undefined` when it is no node name, or the alias. */
export function namedEuicc(text: string): NamedEuicc | undefined {
  return isNodeName(text) && text.toLowerCase() !== DEFAULT_EUICC.toLowerCase()
    ? (text as NamedEuicc)
    : undefined
}

/**
 * The address of a node of one eUICC. Each name is URL-encoded, the dots and hyphens of an FQDN are not; it never
 * begins with `/` (OMA DM protocol support, "LocURI"). Throws `internal` for what can be no name: below a list, an empty
 * one would mean the list itself.
 */
export function nodeUri(euicc: EuiccName, ...names: readonly string[]): LocUri {
  const wrong = [euicc, ...names].find((name) => !isNodeName(name))
  if (wrong !== undefined) {
    throw new SimplaneError('internal', `"${wrong}" can be no name in the device's tree.`)
  }
  return [EUICCS, ...[euicc, ...names].map(encodeName)].join('/') as LocUri
}

function encodeName(name: string): string {
  return encodeURIComponent(name).replaceAll(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

/** A node whatever way its address was written: `./Vendor/…` is `./Device/Vendor/…`, and `%2E` is `.`. */
export type NodeKey = string & { readonly brand: 'NodeKey' }

/** The key of an address, `undefined` when it is none: two addresses are one node exactly when their keys are equal. */
export function nodeKey(uri: string): NodeKey | undefined {
  const names = uri.trim().split('/').map(decodeName)
  if (names[0] !== '.' || names.length < 2 || names.some((name) => name === undefined || name === ''))
    return undefined
  const below = names[1] === 'Device' ? names.slice(2) : names.slice(1)
  return below.map((name) => encodeName(name ?? '')).join('/') as NodeKey
}

/** The names of the children of an interior node, as a Get gives them: joined with `/`, each URI-encoded. */
export function childNames(data: string): readonly string[] | undefined {
  if (data.trim() === '') return []
  const names = data.trim().split('/').map(decodeName)
  return names.every((name) => name !== undefined && isNodeName(name))
    ? [...new Set(names as string[])]
    : undefined
}

function decodeName(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** An address without the eUICC, for people: `DownloadServers/smdp.acme.example/AutoEnable`. No EID gets into a message. */
export function shortAddress(uri: LocUri): string {
  const below = uri.slice(EUICCS.length + 1).split('/')
  return below.length < 2
    ? 'eUICCs'
    : below
        .slice(1)
        .map((name) => decodeName(name) ?? name)
        .join('/')
}
