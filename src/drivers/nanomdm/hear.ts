import type { Signal } from '../../domain/driver.ts'
import type { Instant } from '../../domain/time.ts'
import type { AnswerStatus, Event, Happening } from './event.ts'
import { originsOf } from './origins.ts'
import type { Told, ToldKey } from './report.ts'
import type { Device, Sent } from './rows.ts'
import type { Tables } from './tables.ts'

type Answered = Extract<Happening, { kind: 'answer' }>

/**
 * Takes one event into the memory, inside the caller's transaction; gives what changed that is worth a look. Of every
 * time the newest is kept and of final answers the first, so that order, repetition and replay change nothing. Times
 * are NanoMDM's, never later than now and, of an answer, never before its command was sent: so they compare with ours
 * even where its clock is wrong.
 */
export function hear(tables: Tables, event: Event, now: Instant): readonly Signal[] {
  const { id, what } = event
  const at = Math.min(event.at, now)
  if (tables.device(id) === undefined) tables.addDevice(id, event.userEnrolled)
  const before = tables.device(id)
  if (before === undefined) return []
  const after = moved({ ...before, userEnrolled: event.userEnrolled }, what, at)
  if (what.kind === 'answer') return answered(tables, after, before, what, at, now)
  if (JSON.stringify(after) !== JSON.stringify(before)) tables.setDevice(after)
  return changeOf(before, after).map((change) => ({ id, what: change }))
}

function moved(device: Device, what: Happening, at: Instant): Device {
  switch (what.kind) {
    case 'authenticated':
      return {
        ...device,
        authenticatedAt: Math.max(device.authenticatedAt ?? -Infinity, at),
        told: newest(device.told, what.told, at),
      }
    case 'token':
      return {
        ...device,
        tokenAt: Math.max(device.tokenAt ?? -Infinity, at),
        ...(what.first ? { firstTokenAt: Math.max(device.firstTokenAt ?? -Infinity, at) } : {}),
      }
    case 'left':
      return { ...device, leftAt: Math.max(device.leftAt ?? -Infinity, at) }
    case 'idle':
    case 'answer':
      return { ...device, connectedAt: Math.max(device.connectedAt ?? -Infinity, at) }
  }
}

function changeOf(before: Device, after: Device): readonly Signal['what'][] {
  if (after.leftAt !== before.leftAt) return ['left']
  const enrolled =
    after.authenticatedAt !== before.authenticatedAt || after.firstTokenAt !== before.firstTokenAt
  return enrolled ? ['enrolled'] : []
}

function answered(
  tables: Tables,
  device: Device,
  before: Device,
  what: Answered,
  at: Instant,
  now: Instant,
): readonly Signal[] {
  const named = tables.byUuid(what.uuid)
  // Nobody answers for another device.
  const sent = named?.device === device.seq ? named : undefined
  const answeredAt = Math.max(at, sent?.sentAt ?? -Infinity)
  const told = newest(device.told, what.information?.told ?? {}, answeredAt)
  const after = { ...device, told }
  if (JSON.stringify(after) !== JSON.stringify(before)) tables.setDevice(after)
  const noted = sent !== undefined && note(tables, sent, what, answeredAt, now)
  const read = take(tables, device.seq, sent, what, answeredAt, now)
  if (read || (noted && sent.install !== undefined)) attribute(tables, device.seq)
  return noted || read ? [{ id: device.id, what: 'answered' }] : []
}

/** The first final answer counts; until there is one, the newest NotNow. */
function note(tables: Tables, sent: Sent, what: Answered, at: Instant, now: Instant): boolean {
  if (sent.answer !== undefined && !supersedes(what.status, at, sent.answer)) return false
  const { code, message = '' } = what.error ?? {}
  const error = what.status === 'Error' ? { code: String(code ?? 'error'), message } : undefined
  if (sent.state === 'sending') tables.setState(sent.seq, 'queued')
  tables.setAnswer(sent.seq, { status: what.status, at, heardAt: now }, error)
  return true
}

function supersedes(status: AnswerStatus, at: Instant, known: NonNullable<Sent['answer']>): boolean {
  if (known.status === 'NotNow') return status !== 'NotNow' || at > known.at
  if (status === 'NotNow') return false
  return at < known.at || (at === known.at && status < known.status)
}

function take(
  tables: Tables,
  device: number,
  sent: Sent | undefined,
  { information }: Answered,
  at: Instant,
  now: Instant,
): boolean {
  if (information?.iccids === undefined || sent?.install !== undefined) return false
  const { iccids } = information
  return tables.addReading(device, {
    at,
    heardAt: now,
    iccids,
    ...(sent === undefined ? {} : { question: sent.seq }),
  })
}

/** What came from where is worked out anew from all that is known; what rests on forgotten readings stays. */
function attribute(tables: Tables, device: number): void {
  const { sent, readings } = tables.history(device, device)(device)
  const [oldest] = readings
  if (oldest !== undefined) tables.setOrigins(device, oldest.at, originsOf(sent, readings))
}

function newest(known: Device['told'], told: Told, at: Instant): Device['told'] {
  const next: Partial<Record<ToldKey, readonly [string, Instant]>> = { ...known }
  for (const [key, text] of Object.entries(told) as [ToldKey, string][]) {
    const [oldText, oldAt] = known[key] ?? ['', -Infinity]
    if (at > oldAt || (at === oldAt && text > oldText)) next[key] = [text, at]
  }
  return next
}
