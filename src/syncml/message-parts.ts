import { trouble, type SyncmlPlace, type SyncmlTrouble } from './trouble.ts'
import type { XmlTree } from './xml-tree.ts'

/** The header of a message of a device. */
export type DeviceHeader = {
  readonly sessionId: string
  readonly messageId: string
  /** What the device calls itself. */
  readonly source?: string
}

/** What became of one command. */
export type DeviceStatus = {
  /** The CmdID it speaks of; `0` or a `cmd` of SyncHdr: our header; empty: of a command that had no CmdID. */
  readonly cmdRef: string
  /** The message of ours it speaks of, where it says so. */
  readonly messageRef?: string
  /** The name of the command: `Add`, `Atomic`, `SyncHdr`. */
  readonly cmd: string
  /** Absent: the device gave none, which decides nothing. */
  readonly code?: number
  readonly targetRef?: string
  readonly place: SyncmlPlace
}

/** What a Get brought, one item each node. */
export type DeviceResult = {
  readonly cmdRef: string
  readonly items: readonly DeviceItem[]
  readonly place: SyncmlPlace
}

/** The value of one node. */
export type DeviceItem = {
  /** The address of the node, where the device gives it. */
  readonly uri?: string
  /** `node`, `bool`, `chr`, `int`; absent: not said. */
  readonly format?: string
  /** Absent: an item without Data. */
  readonly data?: string
  readonly place: SyncmlPlace
}

/** What a device tells of itself, such as 1226 from a CSP that finished something. */
export type Alert = { readonly code?: number; readonly type?: string; readonly place: SyncmlPlace }

type Read<T> = T | SyncmlTrouble

/** SyncHdr: which session, which message, which device. */
export function readHeader(head: XmlTree): Read<DeviceHeader> {
  const twice = repeated(head, 'SessionID', 'MsgID', 'Source')
  if (twice !== undefined) return twice
  const [sessionId, messageId] = [child(head, 'SessionID'), child(head, 'MsgID')]
  if (sessionId === undefined || messageId === undefined) {
    return trouble('not-syncml', 'SyncHdr lacks SessionID or MsgID.', head.place)
  }
  const source = child(child(head, 'Source'), 'LocURI')
  return {
    sessionId: token(sessionId),
    messageId: token(messageId),
    ...(source === undefined ? {} : { source: token(source) }),
  }
}

/** Status: a code in Data, three digits or none. */
export function readStatus(status: XmlTree): Read<DeviceStatus> {
  const twice = repeated(status, 'CmdRef', 'Cmd', 'Data', 'MsgRef')
  if (twice !== undefined) return twice
  const data = child(status, 'Data')
  const code = token(data)
  if (data !== undefined && (data.children.length > 0 || !/^(\d{3})?$/.test(code))) {
    return trouble('not-syncml', 'A status must be three digits.', data.place)
  }
  const [messageRef, targetRef] = [child(status, 'MsgRef'), child(status, 'TargetRef')]
  return {
    cmdRef: token(child(status, 'CmdRef')),
    cmd: token(child(status, 'Cmd')),
    place: status.place,
    ...(messageRef === undefined ? {} : { messageRef: token(messageRef) }),
    ...(targetRef === undefined ? {} : { targetRef: token(targetRef) }),
    ...(code === '' ? {} : { code: Number(code) }),
  }
}

/** Results: its items, each with a whole value. */
export function readResults(results: XmlTree): Read<DeviceResult> {
  const twice = repeated(results, 'CmdRef')
  if (twice !== undefined) return twice
  const cmdRef = token(child(results, 'CmdRef'))
  if (cmdRef === '') {
    return trouble('not-syncml', 'Results lack the CmdRef of the Get they answer.', results.place)
  }
  const items: DeviceItem[] = []
  for (const each of results.children.filter(({ name }) => name === 'Item')) {
    const item = readItem(each)
    if ('kind' in item) return item
    items.push(item)
  }
  return { cmdRef, items, place: results.place }
}

function readItem(item: XmlTree): Read<DeviceItem> {
  const twice = repeated(item, 'Data', 'Meta', 'Source')
  if (twice !== undefined) return twice
  if (child(item, 'MoreData') !== undefined) {
    return trouble('incomplete', 'Only a chunk of a value came (MoreData).', item.place)
  }
  const data = child(item, 'Data')
  if (data !== undefined && data.children.length > 0) {
    return trouble('not-syncml', 'The Data of an item must be text.', data.place)
  }
  const [uri, format] = [child(child(item, 'Source'), 'LocURI'), child(child(item, 'Meta'), 'Format')]
  return {
    place: item.place,
    ...(uri === undefined ? {} : { uri: token(uri) }),
    ...(format === undefined ? {} : { format: token(format) }),
    ...(data === undefined ? {} : { data: data.text }),
  }
}

/** Alert: its code, and the type of its first item. Never a trouble: nothing rests on it. */
export function readAlert(alert: XmlTree): Alert {
  const code = token(child(alert, 'Data'))
  const type = child(child(child(alert, 'Item'), 'Meta'), 'Type')
  return {
    place: alert.place,
    ...(/^\d{1,6}$/.test(code) ? { code: Number(code) } : {}),
    ...(type === undefined ? {} : { type: token(type) }),
  }
}

/** Two of what may be there once leave open which one is meant. */
function repeated(of: XmlTree, ...names: readonly string[]): SyncmlTrouble | undefined {
  for (const name of names) {
    const second = of.children.filter((each) => each.name === name)[1]
    if (second !== undefined) return trouble('not-syncml', `${of.name} holds ${name} twice.`, second.place)
  }
  return undefined
}

function child(of: XmlTree | undefined, name: string): XmlTree | undefined {
  return of?.children.find((each) => each.name === name)
}

function token(of: XmlTree | undefined): string {
  return of?.text.trim() ?? ''
}
