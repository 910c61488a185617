import type { DeviceRecord } from '../domain/device.ts'
import { conclude, notJson, readEnvelope, unreadable, type Conclusion } from './conclusion.ts'
import * as field from './fields.ts'
import type { Line } from './lines.ts'
import { parseJson } from './parse-json.ts'
import { readOnce, type Places } from './places.ts'
import { noProblems, note, settle } from './problems.ts'
import type { Problems } from './problems.ts'
import type { SnapshotEnvelope } from './snapshot.ts'

const END_KEYS = new Set(['kind', 'devices', 'complete'])

/** Reads the lines of NDJSON behind the first, in their order; remembers where devices stand and not what they are. */
export interface NdjsonReader {
  /** What the first line says; absent: it has errors. */
  readonly envelope?: SnapshotEnvelope
  /** The device on a line; `undefined` for any other line, and with a problem noted. */
  read(line: Line): DeviceRecord | undefined
  /** `devices`: how many the file holds. */
  conclude(devices: number): Conclusion
}

/**
 * `first`: the first line that is not empty, and `opening`: its JSON. `undefined`: this is no NDJSON, but one JSON
 * document or nothing of the kind.
 */
export function openNdjson(first: Line, opening: unknown, file: string): NdjsonReader | undefined {
  if (!field.isObject(opening) || 'devices' in opening) return undefined
  if (opening['kind'] !== 'FleetSnapshot' && !first.closed) return undefined
  const problems = noProblems()
  const head = field.fieldsOf(opening, undefined, problems)
  const envelope = head === undefined ? undefined : readEnvelope(head)
  settle(problems, first.text ?? '', file, first.number)
  const places: Places = new Map()
  let end: End | undefined
  return {
    ...(envelope === undefined ? {} : { envelope }),
    read(line) {
      if (line.text?.trim() === '') return undefined
      const value = parseJson(line.text)
      if (value === undefined && !line.closed && line.text !== undefined && end === undefined)
        return undefined
      let record: DeviceRecord | undefined
      if (end !== undefined) noteBehindEnd(problems)
      else if (value === undefined) noteUnreadable(problems, line, file)
      else if (isEnd(value)) end = readEnd(value, problems)
      else record = readOnce(places, value, undefined, problems, line.number)
      settle(problems, line.text ?? '', file, line.number)
      return record
    },
    conclude: (devices) => conclude(envelope, problems, file, partialBecause(end, devices, envelope)),
  }
}

/** Is it the last line of a fleet snapshot? */
export function isEnd(value: unknown): value is Readonly<Record<string, unknown>> {
  return field.isObject(value) && value['kind'] === 'FleetSnapshotEnd'
}

/** What a last line tells; `complete` absent: what the first one told. */
type End = { readonly devices: unknown; readonly complete?: boolean }

function readEnd(value: Readonly<Record<string, unknown>>, problems: Problems): End {
  const fields: field.Fields = { object: value, at: undefined, problems }
  field.warnUnknownKeys(fields, END_KEYS, 'FleetSnapshotEnd')
  const complete = field.flag(fields, 'complete')
  return { devices: value['devices'], ...(complete === undefined ? {} : { complete }) }
}

/** Why the inventory is partial; `undefined`: it is whole. */
function partialBecause(
  end: End | undefined,
  devices: number,
  envelope: SnapshotEnvelope | undefined,
): string | undefined {
  if (end === undefined) return 'its last line is missing; it may have been cut off'
  if (end.devices !== devices) {
    const said = typeof end.devices === 'number' ? String(end.devices) : 'no number of'
    return `its last line tells ${said} devices and it holds ${devices}`
  }
  const complete = end.complete ?? envelope?.complete ?? false
  return complete ? undefined : 'it does not say "complete": true'
}

function noteBehindEnd(problems: Problems): void {
  note(problems, {
    at: undefined,
    severity: 'error',
    reason: 'bad-value',
    message: 'nothing may follow the FleetSnapshotEnd line',
  })
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
