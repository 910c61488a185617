import type { DeviceRecord } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import { conclude, notJson, readEnvelope, unreadable, type Conclusion } from './conclusion.ts'
import * as field from './fields.ts'
import { decodeText, linesOf } from './lines.ts'
import { openNdjson } from './ndjson.ts'
import { parseJson } from './parse-json.ts'
import { readOnce, type Places } from './places.ts'
import { noProblems, settle } from './problems.ts'
import type { At } from './problems.ts'
import type { FleetSnapshot } from './snapshot.ts'

/** A snapshot, or the error findings that say why there is none; warnings come with either. */
export type SnapshotReading = { readonly snapshot?: FleetSnapshot; readonly findings: readonly Finding[] }

/**
 * Reads a fleet snapshot, JSON or NDJSON by its content (contracts.md section 2). Never throws: what is wrong is a
 * finding at its line and column in `file`. One error and there is no snapshot, for a fleet with a device silently
 * left out plans other steps than the whole one. A partial inventory is a snapshot with the warning `inventory-incomplete`.
 */
export function readSnapshot(bytes: Uint8Array, file: string): SnapshotReading {
  const lines = linesOf(bytes)
  let first = lines.next()
  while (!first.done && first.value.text?.trim() === '') first = lines.next()
  if (first.done) return readJson(bytes, file)
  const opening = parseJson(first.value.text)
  const reader = openNdjson(first.value, opening, file)
  // Where the first line is the only one, the look at it was a look at everything.
  if (reader === undefined) return readJson(bytes, file, first.value.closed ? undefined : opening)
  const records: DeviceRecord[] = []
  for (const line of lines) {
    const record = reader.read(line)
    if (record !== undefined) records.push(record)
  }
  return readingOf(reader.conclude(records.length), records)
}

/** `parsed`: the document, where it is known already. */
function readJson(bytes: Uint8Array, file: string, parsed?: unknown): SnapshotReading {
  const decoded = decodeText(bytes)
  if (typeof decoded !== 'string')
    return { findings: [unreadable(file, 1, 1, decoded.problem, decoded.hint, decoded.reason)] }
  const document = parsed ?? parseJson(decoded)
  if (document === undefined) return { findings: [notJson(decoded, file, 1)] }
  const problems = noProblems()
  const fields = field.fieldsOf(document, undefined, problems)
  const envelope = fields === undefined ? undefined : readEnvelope(fields)
  const values = fields === undefined ? undefined : field.list(fields, 'devices')
  if (fields !== undefined && (fields.object['devices'] ?? undefined) === undefined) {
    field.fault(fields, undefined, 'missing-key', 'devices is missing', {
      hint: 'a fleet without devices is "devices": []',
    })
  }
  const places: Places = new Map()
  const records: DeviceRecord[] = []
  const list: At = { parent: undefined, key: 'devices' }
  for (const [index, value] of (values ?? []).entries()) {
    const record = readOnce(places, value, { parent: list, key: index }, problems)
    if (record !== undefined) records.push(record)
  }
  settle(problems, decoded, file)
  const partial = envelope?.complete === true ? undefined : 'it does not say "complete": true'
  return readingOf(conclude(envelope, problems, file, partial), records)
}

function readingOf({ envelope, findings }: Conclusion, records: readonly DeviceRecord[]): SnapshotReading {
  return envelope === undefined ? { findings } : { snapshot: { ...envelope, records }, findings }
}
