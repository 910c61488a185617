import type { DeviceRecord, RecordKey } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import { readDevice } from './device.ts'
import * as field from './fields.ts'
import { findJsonError } from './json-error.ts'
import { spotOf } from './locate.ts'
import { decodeText, linesOf } from './lines.ts'
import type { Line } from './lines.ts'
import { noProblems, note, pathText, settle } from './problems.ts'
import type { At, Problems } from './problems.ts'
import type { FleetSnapshot, SnapshotEnvelope } from './snapshot.ts'

/** A snapshot, or the error findings that say why there is none; warnings come with either. */
export type SnapshotReading = { readonly snapshot?: FleetSnapshot; readonly findings: readonly Finding[] }

type Devices = { readonly records: DeviceRecord[]; readonly places: Map<RecordKey, string> }

const ENVELOPE_KEYS = new Set(['apiVersion', 'kind', 'takenAt', 'complete', 'devices'])
const END_KEYS = new Set(['kind', 'devices', 'complete'])

/**
 * Reads a fleet snapshot, JSON or NDJSON by its content (contracts.md section 2). Never throws: what is wrong is a
 * finding at its line and column in `file`. One error and there is no snapshot, for a fleet with a device silently
 * left out plans other steps than the whole one. A partial inventory is a snapshot with the warning `inventory-incomplete`.
 */
export function readSnapshot(bytes: Uint8Array, file: string): SnapshotReading {
  const lines = linesOf(bytes)
  let first = lines.next()
  while (!first.done && first.value.text?.trim() === '') first = lines.next()
  const opening = first.done ? undefined : parse(first.value.text)
  const alone = !first.done && !first.value.closed
  if (first.done || !field.isObject(opening) || 'devices' in opening)
    return readJson(bytes, file, alone ? opening : undefined)
  if (opening['kind'] !== 'FleetSnapshot' && alone) return readJson(bytes, file, opening)
  return readNdjson(opening, first.value, lines, file)
}

/** `parsed`: the document, where the look at the first line already was a look at everything. */
function readJson(bytes: Uint8Array, file: string, parsed?: unknown): SnapshotReading {
  const decoded = decodeText(bytes)
  if (typeof decoded !== 'string')
    return { findings: [unreadable(file, 1, 1, decoded.problem, decoded.hint, decoded.reason)] }
  const document = parsed ?? parse(decoded)
  if (document === undefined) return { findings: [notJson(decoded, file, 1)] }
  const problems = noProblems()
  const fields = field.fieldsOf(document, undefined, problems)
  const envelope = fields === undefined ? undefined : readEnvelope(fields)
  const devices: Devices = { records: [], places: new Map() }
  const values = fields === undefined ? undefined : field.list(fields, 'devices')
  if (fields !== undefined && (fields.object['devices'] ?? undefined) === undefined) {
    field.fault(fields, undefined, 'missing-key', 'devices is missing', {
      hint: 'a fleet without devices is "devices": []',
    })
  }
  const list: At = { parent: undefined, key: 'devices' }
  for (const [index, value] of (values ?? []).entries())
    addDevice(devices, value, { parent: list, key: index }, problems)
  settle(problems, decoded, file)
  const partial = envelope?.complete === true ? undefined : 'it does not say "complete": true'
  return conclude(envelope, devices, problems, file, partial)
}

function readNdjson(opening: unknown, first: Line, lines: Iterable<Line>, file: string): SnapshotReading {
  const problems = noProblems()
  const head = field.fieldsOf(opening, undefined, problems)
  const envelope = head === undefined ? undefined : readEnvelope(head)
  settle(problems, first.text ?? '', file, first.number)
  const devices: Devices = { records: [], places: new Map() }
  let partial: string | undefined = 'its last line is missing; it may have been cut off'
  let ended = false
  for (const line of lines) {
    if (line.text?.trim() === '') continue
    const value = parse(line.text)
    if (value === undefined && !line.closed && line.text !== undefined && !ended) continue
    if (ended)
      note(problems, {
        at: undefined,
        severity: 'error',
        reason: 'bad-value',
        message: 'nothing may follow the FleetSnapshotEnd line',
      })
    else if (value === undefined) noteUnreadable(problems, line, file)
    else if (field.isObject(value) && value['kind'] === 'FleetSnapshotEnd') {
      ended = true
      partial = readEnd(value, devices, envelope, problems)
    } else addDevice(devices, value, undefined, problems, line.number)
    settle(problems, line.text ?? '', file, line.number)
  }
  return conclude(envelope, devices, problems, file, partial)
}

function readEnvelope(fields: field.Fields): SnapshotEnvelope | undefined {
  field.warnUnknownKeys(fields, ENVELOPE_KEYS, '')
  field.requiredText(fields, 'apiVersion')
  field.choice(fields, 'apiVersion', ['simplane/v1'])
  field.requiredText(fields, 'kind')
  field.choice(fields, 'kind', ['FleetSnapshot'])
  const takenAt =
    field.requiredText(fields, 'takenAt') === undefined ? undefined : field.instant(fields, 'takenAt')
  const complete = field.flag(fields, 'complete') ?? false
  return takenAt === undefined ? undefined : { takenAt, complete }
}

/** Why the inventory is partial, by its last line; `undefined`: it is whole. */
function readEnd(
  value: Readonly<Record<string, unknown>>,
  devices: Devices,
  envelope: SnapshotEnvelope | undefined,
  problems: Problems,
): string | undefined {
  const fields: field.Fields = { object: value, at: undefined, problems }
  field.warnUnknownKeys(fields, END_KEYS, 'FleetSnapshotEnd')
  const complete = field.flag(fields, 'complete') ?? envelope?.complete ?? false
  const count = value['devices']
  if (count !== devices.records.length) {
    const said = typeof count === 'number' ? String(count) : 'no number of'
    return `its last line tells ${said} devices and it holds ${devices.records.length}`
  }
  return complete ? undefined : 'it does not say "complete": true'
}

function addDevice(devices: Devices, value: unknown, at: At, problems: Problems, line?: number): void {
  const record = readDevice(value, at, problems)
  if (record === undefined) return
  const here = line === undefined ? pathText(at) : `line ${line}`
  const earlier = devices.places.get(record.key)
  if (earlier !== undefined) {
    const message = `the device ${field.quote(record.key)} is listed twice, at ${earlier} and at ${here}; an id is unique within its driver`
    note(problems, { at, severity: 'error', reason: 'bad-value', message, device: record.key })
    return
  }
  devices.places.set(record.key, here)
  devices.records.push(record)
}

function conclude(
  envelope: SnapshotEnvelope | undefined,
  devices: Devices,
  problems: Problems,
  file: string,
  partial: string | undefined,
): SnapshotReading {
  const findings = [...problems.findings]
  if (problems.unshown > 0) {
    const message = `${problems.unshown} more problems of this file are not listed`
    findings.push({
      code: 'invalid-document',
      severity: problems.errors > 0 ? 'error' : 'warning',
      reason: 'bad-value',
      message,
      place: { file, line: 1, column: 1 },
    })
  }
  if (envelope === undefined || problems.errors > 0) return { findings }
  if (partial !== undefined) findings.push(incomplete(file, partial))
  return {
    snapshot: { takenAt: envelope.takenAt, complete: partial === undefined, records: devices.records },
    findings,
  }
}

function incomplete(file: string, why: string): Finding {
  return {
    code: 'inventory-incomplete',
    severity: 'warning',
    message: `the snapshot is a partial inventory: ${why}; a device that it lacks is not taken as gone`,
    place: { file, line: 1, column: 1 },
    hint: 'export the fleet again for a whole one',
  }
}

function noteUnreadable(problems: Problems, line: Line, file: string): void {
  problems.errors += 1
  const finding =
    line.text === undefined
      ? unreadable(file, line.number, 1, 'is not UTF-8 text', 'save it as UTF-8', 'bad-value')
      : notJson(line.text, file, line.number)
  if (problems.findings.length < 100) problems.findings.push(finding)
  else problems.unshown += 1
}

function notJson(text: string, file: string, firstLine: number): Finding {
  const { offset, expected } = findJsonError(text)
  const spot = spotOf(text, offset)
  const end = offset >= text.length ? ', and the text ends too early' : ''
  return unreadable(
    file,
    firstLine + spot.line - 1,
    spot.column,
    `is not JSON: expected ${expected} here${end}`,
  )
}

function unreadable(
  file: string,
  line: number,
  column: number,
  problem: string,
  hint = 'a fleet snapshot is written by simplane export --fleet',
  reason: Finding['reason'] = 'yaml-syntax',
): Finding {
  const message = `the fleet snapshot ${problem}; it is not read`
  return {
    code: 'invalid-document',
    severity: 'error',
    reason: reason ?? 'yaml-syntax',
    message,
    place: { file, line, column },
    hint,
  }
}

/** `undefined` for what is not JSON: no JSON text has that value. */
function parse(text: string | undefined): unknown {
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
