import type { DeviceRecord } from '../domain/device.ts'
import type { Instant } from '../domain/time.ts'

/** A fleet at an instant (contracts.md section 2): what a driver reports, an export writes and offline planning reads. */
export type FleetSnapshot = {
  readonly takenAt: Instant
  /** false: a partial inventory; a device that is not in it may well exist. */
  readonly complete: boolean
  readonly records: readonly DeviceRecord[]
}

/** What stands in front of the devices. */
export type SnapshotEnvelope = Pick<FleetSnapshot, 'takenAt' | 'complete'>

/** One JSON document, or one JSON object a line for big fleets. */
export type SnapshotFormat = 'json' | 'ndjson'
