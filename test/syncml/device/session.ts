import { parseXml, XmlElement } from '@rgrove/parse-xml'
import { notice } from './agent.ts'
import { carryOut, type Machine, type Order, type Reply } from './nodes.ts'

type Answer = { readonly status: string; readonly results?: string }

/** One message to the device, and the message with which it answers: a status a command, in their order, then results. */
export function converse(machine: Machine, request: string): string {
  const root = parseXml(request).root
  const [header, body] = [child(root, 'SyncHdr'), child(root, 'SyncBody')]
  const session = { messageId: text(child(header, 'MsgID')), last: 0 }
  const answers = [
    { status: status(session, '0', 'SyncHdr', 200) },
    ...elements(body).flatMap((command) =>
      command.name === 'Final' ? [] : answer(machine, session, command),
    ),
  ]
  const said = [...answers.map((each) => each.status), ...answers.map((each) => each.results ?? '')].join('')
  return [
    '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2</VerDTD><VerProto>DM/1.2</VerProto>',
    `<SessionID>${text(child(header, 'SessionID'))}</SessionID><MsgID>${session.messageId}</MsgID>`,
    `<Target><LocURI>${escaped(text(child(child(header, 'Source'), 'LocURI')))}</LocURI></Target>`,
    `<Source><LocURI>${escaped(text(child(child(header, 'Target'), 'LocURI')))}</LocURI></Source></SyncHdr>`,
    `<SyncBody>${said}<Final/></SyncBody></SyncML>`,
  ].join('')
}

type Session = { readonly messageId: string; last: number }

/** One command and what its agents make of it: they look once it is carried out whole, an Atomic once it has held. */
function answer(machine: Machine, session: Session, command: XmlElement): Answer[] {
  const before = new Map(machine.tree)
  const answers = answered(machine, session, command)
  for (const chip of machine.chips) notice(chip, machine.tree, before, machine.now)
  return answers
}

function answered(machine: Machine, session: Session, command: XmlElement): Answer[] {
  const id = text(child(command, 'CmdID'))
  if (id === '') return [{ status: status(session, '', command.name, 400) }]
  if (command.name === 'Atomic') return atomic(machine, session, id, command)
  if (!['Add', 'Delete', 'Exec', 'Get', 'Replace'].includes(command.name)) {
    return [{ status: status(session, id, command.name, 400) }]
  }
  return elements(command)
    .filter(({ name }) => name === 'Item')
    .map((item) => {
      const order = orderOf(command.name, item)
      return told(session, id, command.name, order, carryOut(machine, order))
    })
}

function atomic(machine: Machine, session: Session, id: string, command: XmlElement): Answer[] {
  const parts = elements(command).filter(({ name }) => name !== 'CmdID')
  const before = { tree: new Map(machine.tree), jobs: machine.chips.map(({ jobs }) => [...jobs]) }
  const added = new Set<string>()
  const codes: number[] = []
  for (const part of parts) {
    const item = child(part, 'Item')
    const order = orderOf(part.name, item)
    const code = partCode(machine, part, order, added)
    codes.push(code)
    if (part.name === 'Add') added.add(order.uri)
    if (code >= 300) break
  }
  const cause = codes.findIndex((code) => code >= 300)
  if (cause !== -1) {
    machine.tree = before.tree
    machine.chips.forEach((chip, at) => (chip.jobs = before.jobs[at] ?? []))
  }
  return [
    { status: status(session, id, 'Atomic', cause === -1 ? 200 : 507) },
    ...parts.map((part, at) => {
      const code = cause === -1 || at === cause ? (codes[at] ?? 216) : 216
      return { status: status(session, text(child(part, 'CmdID')), part.name, code) }
    }),
  ]
}

function partCode(machine: Machine, part: XmlElement, order: Order, added: ReadonlySet<string>): number {
  if (text(child(part, 'CmdID')) === '') return 400
  if (part.name === 'Atomic' || part.name === 'Get') return 500
  if (part.name === 'Replace' && added.has(order.uri)) return 500
  return carryOut(machine, order).code
}

function told(session: Session, id: string, name: string, { uri }: Order, reply: Reply): Answer {
  const line = status(session, id, name, reply.code)
  if (reply.data === undefined) return { status: line }
  const meta = `<Meta><Format xmlns="syncml:metinf">${reply.format}</Format></Meta>`
  const item = `<Item><Source><LocURI>${escaped(uri)}</LocURI></Source>${meta}<Data>${escaped(reply.data)}</Data></Item>`
  const head = `<CmdID>${next(session)}</CmdID><MsgRef>${session.messageId}</MsgRef><CmdRef>${escaped(id)}</CmdRef>`
  return { status: line, results: `<Results>${head}${item}</Results>` }
}

function status(session: Session, cmdRef: string, cmd: string, code: number): string {
  const head = `<CmdID>${next(session)}</CmdID><MsgRef>${session.messageId}</MsgRef><CmdRef>${escaped(cmdRef)}</CmdRef>`
  return `<Status>${head}<Cmd>${cmd}</Cmd><Data>${code}</Data></Status>`
}

function next(session: Session): number {
  session.last += 1
  return session.last
}

function orderOf(name: string, item: XmlElement | undefined): Order {
  const [format, data] = [child(child(item, 'Meta'), 'Format'), child(item, 'Data')]
  return {
    name,
    uri: text(child(child(item, 'Target'), 'LocURI')),
    ...(format === undefined ? {} : { format: text(format) }),
    ...(data === undefined ? {} : { data: data.text }),
  }
}

function elements(of: XmlElement | null | undefined): XmlElement[] {
  return (of?.children ?? []).filter((each) => each instanceof XmlElement)
}

function child(of: XmlElement | null | undefined, name: string): XmlElement | undefined {
  return elements(of).find((each) => each.name === name)
}

function text(of: XmlElement | undefined): string {
  return of?.text.trim() ?? ''
}

function escaped(raw: string): string {
  return raw.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
