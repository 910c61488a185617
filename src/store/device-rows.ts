import type { Assignment } from '../domain/assignment.ts'
import type { DeviceRecord, RecordKey } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { DriftCause, Verdict } from '../domain/journal.ts'
import type { Action } from '../domain/plan.ts'
import type { DeviceStatus, Face, Shape, StoredDevice } from '../domain/stored-device.ts'
import { shapeOf } from '../plan/shape.ts'
import { recordFrom, type StoredTraits } from './record-text.ts'

/** The texts that rows name by number. */
type Texts = { readonly text: (id: number) => string; readonly json: (id: number) => unknown }

/** Everything of a device in one row. `serial` and `eid` are trimmed and in upper case. */
export type DeviceRow = {
  readonly dev: number
  readonly key: RecordKey
  readonly id: string
  readonly driver: string
  readonly serial: string | null
  readonly eid: string | null
  readonly enrolled_at: number | null
  /** null: as the record has it. */
  readonly shape: Shape | null
  readonly proven_at: number | null
  readonly unanswered_at: number | null
  readonly erased_at: number | null
  readonly version: number
  readonly gone_since: number | null
  readonly assignment: number | null
  readonly verdict: Verdict | null
  readonly action: Action | null
  readonly drift_cause: DriftCause | null
  readonly drift_since: number | null
  readonly without_since: number | null
  readonly converged_to: number | null
  readonly wanted_since: number | null
  readonly wanted_digest: number | null
  readonly awaits_sight: number
  /** 0: nobody shares its serial number or EID; where it is not kept nobody knows. */
  readonly twin?: number
  /** Where they stand apart from the record: what selectors ask for. */
  readonly traits?: string
  readonly record: string
  readonly findings: string | null
  readonly seen_at: number | null
  readonly installed_at: number | null
  readonly esims_at: number | null
}

type Growing<T> = { -readonly [K in keyof T]: T[K] }

/** The device that a row holds. Its record is parsed when somebody asks for it: planning seldom does. */
export function storedDevice(row: DeviceRow, texts: Texts): StoredDevice {
  let parsed: DeviceRecord | undefined
  let traits: StoredTraits | undefined
  function apart(text: string): StoredTraits {
    traits ??= JSON.parse(text) as StoredTraits
    return traits
  }
  function record(): DeviceRecord {
    parsed ??= recordFrom(row.record, frameOf(row), row.traits === undefined ? undefined : apart(row.traits))
    return parsed
  }
  const stored: Growing<StoredDevice> = {
    dev: row.dev,
    version: row.version,
    get record() {
      return record()
    },
    face: faceOf(row),
    get traits() {
      return row.traits === undefined ? record() : { driver: row.driver, ...apart(row.traits) }
    },
    shape: row.shape ?? shapeOf(record()),
    status: statusOf(row, texts),
  }
  if (row.twin === 0) stored.isSingle = true
  if (row.gone_since !== null) stored.goneSince = row.gone_since
  if (row.assignment !== null) stored.assignment = texts.json(row.assignment) as Assignment
  return stored
}

function frameOf(row: DeviceRow): Parameters<typeof recordFrom>[1] {
  const frame: Growing<Parameters<typeof recordFrom>[1]> = { key: row.key, driver: row.driver, id: row.id }
  if (row.seen_at !== null) frame.lastSeenAt = row.seen_at
  if (row.installed_at !== null) frame.installedObservedAt = row.installed_at
  if (row.esims_at !== null) frame.esimsObservedAt = row.esims_at
  return frame
}

function faceOf(row: DeviceRow): Face {
  const face: Growing<Face> = frameOf(row)
  if (row.serial !== null) face.serialNumber = row.serial
  if (row.eid !== null) face.eid = row.eid
  if (row.enrolled_at !== null) face.enrolledAt = row.enrolled_at
  return face
}

const NO_FINDINGS: readonly Finding[] = []

function statusOf(row: DeviceRow, texts: Texts): DeviceStatus {
  const status: Growing<DeviceStatus> = {
    findings: row.findings === null ? NO_FINDINGS : (JSON.parse(row.findings) as Finding[]),
  }
  if (row.verdict !== null) status.verdict = row.verdict
  if (row.action !== null) status.action = row.action
  if (row.drift_cause !== null && row.drift_since !== null)
    status.drift = { cause: row.drift_cause, since: row.drift_since }
  if (row.without_since !== null) status.withoutEsimSince = row.without_since
  if (row.converged_to !== null) status.convergedTo = texts.text(row.converged_to)
  if (row.wanted_since !== null) status.wantedSince = row.wanted_since
  if (row.wanted_digest !== null) status.wantedDigest = texts.text(row.wanted_digest)
  return status
}
