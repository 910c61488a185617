import type { LocUri } from './address.ts'

/** What a node is set to, with the format that the CSP wants for it. */
export type NodeValue =
  | { readonly format: 'node' }
  | { readonly format: 'bool'; readonly data: boolean }
  | { readonly format: 'chr'; readonly data: string }

/**
 * The id of one command: what statuses refer to. Unique in its session; where an MDM takes it as the key of the
 * command (Fleet does), unique in the world.
 */
export type CmdId = string

/** Creates a node (418 when it exists), with its missing parents. */
export type Add = {
  readonly kind: 'add'
  readonly id: CmdId
  readonly uri: LocUri
  readonly value: NodeValue
}
/** Sets a node that exists. */
export type Replace = {
  readonly kind: 'replace'
  readonly id: CmdId
  readonly uri: LocUri
  readonly value: NodeValue
}
/** Removes a node and what is below it. Never inside an Atomic: a 404 of one would undo the rest. */
export type Delete = { readonly kind: 'delete'; readonly id: CmdId; readonly uri: LocUri }
/** Runs what a node stands for. */
export type Exec = { readonly kind: 'exec'; readonly id: CmdId; readonly uri: LocUri }
/** Reads a node; of an interior one, the names of its children. */
export type Get = { readonly kind: 'get'; readonly id: CmdId; readonly uri: LocUri }
/**
 * All or nothing. Its type keeps the rules of OMA DM protocol support: no Get and no Atomic inside (500, and 507 for
 * the whole), and no Delete or Exec for our own sake.
 */
export type Atomic = {
  readonly kind: 'atomic'
  readonly id: CmdId
  readonly parts: readonly (Add | Replace)[]
}

/** A command with one Item: every command of ours has exactly one, so a status speaks of one node. */
export type ItemCommand = Add | Replace | Delete | Exec | Get

export type SyncmlCommand = ItemCommand | Atomic

/** A command that could be built, or why this device cannot take it. */
export type Built =
  | { readonly kind: 'built'; readonly commands: readonly SyncmlCommand[] }
  | { readonly kind: 'refused'; readonly code: RefusedCode; readonly message: string }

/**
 * Why nothing is sent. `os-unknown`: the build decides and is not known. `os-too-old`: the CSP of this build lacks
 * the node. `bad-name`: it cannot be the name or the value of a node.
 */
export type RefusedCode = 'os-unknown' | 'os-too-old' | 'bad-name'
