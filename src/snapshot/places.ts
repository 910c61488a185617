import type { DeviceRecord, RecordKey } from '../domain/device.ts'
import { readDevice } from './device.ts'
import * as field from './fields.ts'
import { readPlainDevice } from './plain-device.ts'
import { note, pathText } from './problems.ts'
import type { At, Problems } from './problems.ts'

/** Where each device stands, for a person; an id is unique within its driver. */
export type Places = Map<RecordKey, string>

/** A device that was not listed before; else a problem and `undefined`. `line`: the line it stands on, when it has its own. */
export function readOnce(
  places: Places,
  value: unknown,
  at: At,
  problems: Problems,
  line?: number,
): DeviceRecord | undefined {
  const record = readPlainDevice(value) ?? readDevice(value, at, problems)
  if (record === undefined) return undefined
  const here = line === undefined ? pathText(at) : `line ${line}`
  const earlier = places.get(record.key)
  if (earlier !== undefined) {
    const message = `the device ${field.quote(record.key)} is listed twice, at ${earlier} and at ${here}; an id is unique within its driver`
    note(problems, { at, severity: 'error', reason: 'bad-value', message, device: record.key })
    return undefined
  }
  places.set(record.key, here)
  return record
}
