import { childNames, nodeKey, nodeUri, EUICCS, type EuiccName, type LocUri, type NodeKey } from './address.ts'
import type { CmdId, Get } from './command.ts'
import type { DeviceItem } from './message-parts.ts'
import type { DeviceMessage } from './message.ts'
import { statusRow } from './status-codes.ts'

/** What the device said of one node that was asked for. */
export type NodeAnswer =
  | { readonly kind: 'children'; readonly names: readonly string[] }
  | { readonly kind: 'value'; readonly text: string }
  /** 404: it is not there. */
  | { readonly kind: 'absent' }
  /** 406: this build has no such node. */
  | { readonly kind: 'unsupported' }
  /** Asked, and not learned: never to be taken for absent. */
  | { readonly kind: 'unreadable' }

/** What is known of the tree of one device. A node that is not in it was not asked for, or is not answered yet. */
export type NodeAnswers = ReadonlyMap<NodeKey, NodeAnswer>

/** Children of one node that are looked at; a device that lists more is not believed. */
const MOST_CHILDREN = 64

const EUICC_LEAVES = ['Identifier', 'IsActive', 'PPR1Allowed', 'PPR1AlreadySet']
const SERVER_LEAVES = ['DiscoveryState', 'AutoEnable', 'IsDiscoveryServer']
// Not MatchingID: it is a secret, and nothing rests on it.
const ESIM_LEAVES = ['ServerName', 'State', 'IsEnabled', 'PPR1Set', 'PPR2Set', 'ErrorDetail']

/**
 * What to ask next: first which eUICCs there are, then what each holds, then each server and eSIM, until nothing is
 * left and the list is empty. Nodes that are answered are not asked again; start anew from an empty map for a new
 * reading. Ids: `id-1`, `id-2` ...
 */
export function nextQuestions(id: CmdId, known: NodeAnswers): readonly Get[] {
  const wanted: LocUri[] = [EUICCS]
  for (const euicc of euiccNames(known)) {
    for (const leaf of EUICC_LEAVES) wanted.push(nodeUri(euicc, leaf))
    wanted.push(nodeUri(euicc, 'Policies', 'LocalUIEnabled'), nodeUri(euicc, 'Actions', 'Status'))
    wanted.push(...below(known, euicc, 'DownloadServers', SERVER_LEAVES))
    wanted.push(...below(known, euicc, 'Profiles', ESIM_LEAVES))
  }
  return wanted
    .filter((uri) => answerOf(known, uri) === undefined)
    .map((uri, at) => ({ kind: 'get', id: `${id}-${at + 1}`, uri }))
}

function below(
  known: NodeAnswers,
  euicc: EuiccName,
  list: string,
  leaves: readonly string[],
): readonly LocUri[] {
  const names = childrenOf(known, nodeUri(euicc, list)) ?? []
  return [
    nodeUri(euicc, list),
    ...names.flatMap((name) => leaves.map((leaf) => nodeUri(euicc, list, name, leaf))),
  ]
}

/**
 * The eUICCs to look at: those with a name of their own; through the alias `Default` only where the device lists
 * nothing else, for it is one of the others.
 */
export function euiccNames(known: NodeAnswers): readonly EuiccName[] {
  const names = (childrenOf(known, EUICCS) ?? []) as readonly EuiccName[]
  const named = names.filter((name) => name.toLowerCase() !== 'default')
  return named.length > 0 ? named : names
}

/** The names below a node; `undefined`: not known. */
export function childrenOf(known: NodeAnswers, uri: LocUri): readonly string[] | undefined {
  const answer = answerOf(known, uri)
  return answer?.kind === 'children' && answer.names.length <= MOST_CHILDREN ? answer.names : undefined
}

/** What the device said of a node; `undefined`: nothing yet. */
export function answerOf(known: NodeAnswers, uri: LocUri): NodeAnswer | undefined {
  const key = nodeKey(uri)
  return key === undefined ? undefined : known.get(key)
}

/**
 * What is known after the messages that answer the questions. A Get counts by its CmdRef, and its value only when
 * the device gives it for the very node that was asked for. A question without any answer stays to be asked.
 */
export function learn(
  known: NodeAnswers,
  asked: readonly Get[],
  messages: readonly DeviceMessage[],
): NodeAnswers {
  const next = new Map(known)
  for (const get of asked) {
    const key = nodeKey(get.uri)
    const answer = answerTo(get, messages)
    if (key !== undefined && answer !== undefined) next.set(key, answer)
  }
  return next
}

function answerTo(get: Get, messages: readonly DeviceMessage[]): NodeAnswer | undefined {
  const status = messages.flatMap(({ statuses }) => statuses).findLast(({ cmdRef }) => cmdRef === get.id)
  if (status?.code === undefined) return undefined
  if (status.code === 404) return { kind: 'absent' }
  if (status.code === 406) return { kind: 'unsupported' }
  if (statusRow(status.code).verdict !== 'done') return { kind: 'unreadable' }
  const items = messages
    .flatMap(({ results }) => results)
    .filter(({ cmdRef }) => cmdRef === get.id)
    .flatMap((result) => result.items)
  const [item, ...more] = items
  return item === undefined || more.length > 0 ? { kind: 'unreadable' } : valueOf(item, get)
}

function valueOf({ uri, format, data }: DeviceItem, get: Get): NodeAnswer {
  if (uri !== undefined && nodeKey(uri) !== nodeKey(get.uri)) return { kind: 'unreadable' }
  if (!isInterior(get.uri)) {
    return data === undefined || format === 'node'
      ? { kind: 'unreadable' }
      : { kind: 'value', text: data.trim() }
  }
  const names = format === 'node' ? childNames(data ?? '') : undefined
  return names === undefined ? { kind: 'unreadable' } : { kind: 'children', names }
}

/** Of what is asked for, the root and the two lists have children. */
function isInterior(uri: LocUri): boolean {
  return uri === EUICCS || /^[^/]+\/(DownloadServers|Profiles)$/.test(uri.slice(EUICCS.length + 1))
}
