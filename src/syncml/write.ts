import { SimplaneError } from '../domain/error.ts'
import type { Add, Atomic, CmdId, NodeValue, Replace, SyncmlCommand } from './command.ts'
import { element, textElement } from './xml-write.ts'

const METINF = 'syncml:metinf'

/** Who speaks to whom, in one message of a session. */
export type MessageHeader = {
  readonly sessionId: string
  /** 1 for the first message of the server in the session, then one more each. */
  readonly messageId: number
  /** The device, as it named itself. */
  readonly target: string
  /** The address of the management server. */
  readonly source: string
}

/**
 * The commands alone, one after the other, for MDMs that take fragments (Fleet, Ivanti). Throws `internal` for
 * what no caller may send: an empty or repeated CmdID, or an Add and a Replace of one node in one Atomic.
 */
export function writeFragment(commands: readonly SyncmlCommand[]): string {
  const seen = new Set<CmdId>()
  return commands.map((command) => writeCommand(command, seen)).join('')
}

/** A whole message of OMA DM 1.2, as a management server sends it. Throws as `writeFragment` does. */
export function writeMessage(header: MessageHeader, commands: readonly SyncmlCommand[]): string {
  const head = [
    textElement('VerDTD', '1.2'),
    textElement('VerProto', 'DM/1.2'),
    textElement('SessionID', header.sessionId),
    textElement('MsgID', String(header.messageId)),
    element('Target', textElement('LocURI', header.target)),
    element('Source', textElement('LocURI', header.source)),
  ]
  const body = `${writeFragment(commands)}<Final/>`
  return element('SyncML', element('SyncHdr', head.join('')) + element('SyncBody', body), 'SYNCML:SYNCML1.2')
}

function writeCommand(command: SyncmlCommand, seen: Set<CmdId>): string {
  if (command.id.trim() === '' || seen.has(command.id)) {
    throw new SimplaneError(
      'internal',
      `A command for a device needs a CmdID of its own, not "${command.id}".`,
    )
  }
  seen.add(command.id)
  const id = textElement('CmdID', command.id)
  switch (command.kind) {
    case 'atomic':
      return element('Atomic', id + writeParts(command, seen))
    case 'add':
    case 'replace':
      return element(command.kind === 'add' ? 'Add' : 'Replace', id + writeItem(command.uri, command.value))
    case 'delete':
      return element('Delete', id + writeItem(command.uri))
    case 'exec':
      return element('Exec', id + writeItem(command.uri))
    case 'get':
      return element('Get', id + writeItem(command.uri))
  }
}

function writeParts({ id, parts }: Atomic, seen: Set<CmdId>): string {
  const nodes = new Set(parts.map(({ uri }) => uri))
  // Windows does not support an Add followed by a Replace of the same node (OMA DM protocol support, "Atomic").
  if (nodes.size !== parts.length || parts.length === 0) {
    throw new SimplaneError('internal', `Atomic ${id} must name each node once, and at least one.`)
  }
  return parts.map((part: Add | Replace) => writeCommand(part, seen)).join('')
}

function writeItem(uri: string, value?: NodeValue): string {
  const target = element('Target', textElement('LocURI', uri))
  return element('Item', value === undefined ? target : target + writeValue(value))
}

function writeValue(value: NodeValue): string {
  const format = textElement('Format', value.format, METINF)
  if (value.format === 'node') return element('Meta', format)
  const meta = element('Meta', format + textElement('Type', 'text/plain', METINF))
  return meta + textElement('Data', String(value.data))
}
