import { trouble, type SyncmlPlace, type SyncmlTrouble } from './trouble.ts'
import {
  readAlert,
  readHeader,
  readResults,
  readStatus,
  type Alert,
  type DeviceHeader,
  type DeviceResult,
  type DeviceStatus,
} from './message-parts.ts'
import { readXml, type XmlTree } from './xml-tree.ts'

/** One message of a device, as it stands there. */
export type DeviceMessage = {
  readonly kind: 'message'
  readonly header: DeviceHeader
  /** In the order of the message; the first is usually that of our header (`cmd` is `SyncHdr`). */
  readonly statuses: readonly DeviceStatus[]
  readonly results: readonly DeviceResult[]
  /** Of any type, known or not: nothing may rest on them, nothing may break on them. */
  readonly alerts: readonly Alert[]
  /** It is the last message of its package. */
  readonly final: boolean
}

const NAMESPACES = new Set(['SYNCML:SYNCML1.2', 'SYNCML:SYNCML1.1'])

/** Commands that a device sends of itself, such as its DevInfo; read past, for they answer nothing. */
const OWN_COMMANDS = new Set(['Add', 'Replace', 'Get', 'Put', 'Sequence', 'Atomic'])

/**
 * What a device said: statuses, results and alerts, strictly read. Takes text, or bytes in UTF-8. Never throws: what
 * is not a whole, well-formed, bounded SyncML message is a trouble, and nothing of it is used.
 */
export function readMessage(input: string | Uint8Array): DeviceMessage | SyncmlTrouble {
  const xml = readXml(input)
  if (xml.kind === 'trouble') return xml
  const { root } = xml
  if (root.name !== 'SyncML' || !NAMESPACES.has(root.namespace ?? '')) {
    return trouble('not-syncml', 'The outermost element is not SyncML of version 1.1 or 1.2.', root.place)
  }
  const [head, body, ...more] = root.children
  if (head?.name !== 'SyncHdr' || body?.name !== 'SyncBody' || more.length > 0) {
    return trouble('not-syncml', 'SyncML must hold SyncHdr and SyncBody, and nothing else.', root.place)
  }
  const header = readHeader(head)
  if ('kind' in header) return header
  return readBody(header, body)
}

function readBody(header: DeviceHeader, body: XmlTree): DeviceMessage | SyncmlTrouble {
  const statuses: DeviceStatus[] = []
  const results: DeviceResult[] = []
  const alerts: Alert[] = []
  let final: SyncmlPlace | undefined
  for (const part of body.children) {
    if (final !== undefined) return trouble('not-syncml', `${part.name} comes after Final.`, part.place)
    if (part.name === 'Final') {
      final = part.place
      continue
    }
    const refused = readPart(part, statuses, results, alerts)
    if (refused !== undefined) return refused
  }
  return { kind: 'message', header, statuses, results, alerts, final: final !== undefined }
}

function readPart(
  part: XmlTree,
  statuses: DeviceStatus[],
  results: DeviceResult[],
  alerts: Alert[],
): SyncmlTrouble | undefined {
  if (part.name === 'Status') return keep(readStatus(part), statuses)
  if (part.name === 'Results') return keep(readResults(part), results)
  if (part.name === 'Alert') {
    alerts.push(readAlert(part))
    return undefined
  }
  if (OWN_COMMANDS.has(part.name)) return undefined
  return trouble('not-syncml', `${part.name} is nothing that a device sends.`, part.place)
}

function keep<T extends object>(read: T | SyncmlTrouble, into: T[]): SyncmlTrouble | undefined {
  if ('kind' in read) return read
  into.push(read)
  return undefined
}
