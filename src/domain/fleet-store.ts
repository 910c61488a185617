import type { DeviceReference } from './desired.ts'
import type { DeviceRecord, RecordKey } from './device.ts'
import type { Observation } from './driver.ts'
import type { StoredDevice } from './stored-device.ts'
import type { Instant } from './time.ts'

/** How an observation becomes a record; pure, and run inside the transaction. Same record: nothing changed. */
export interface Merge {
  (before: Pick<StoredDevice, 'record'> | undefined, observation: Observation): DeviceRecord
  /**
   * Would exactly this observation, made again later, change nothing of the record that it led to but how old it is?
   * What was read is then as old as the observation says, what could not be read keeps its age. Absent: nobody can tell.
   */
  readonly repeats?: (record: DeviceRecord, observation: Observation) => boolean
}

export interface FleetStore {
  /**
   * Records one page of observations. A record whose digest (volatile `lastSeenAt` and observation times left out)
   * is unchanged costs one read and a batched last-seen write; a changed or new one enters the worklist together
   * with every record that shares its serial number or EID; an unchanged one does when its plan awaits sight of it and
   * it was seen later than before. `listing` names the inventory under way, or is absent for a look at one device.
   */
  observe(
    driver: string,
    observations: readonly Observation[],
    merge: Merge,
    listing?: number,
  ): Promise<{ changed: number }>
  /** Starts an inventory of a driver and names it. */
  beginListing(driver: string, at: Instant): Promise<number>
  /**
   * Ends an inventory. `complete`: records of the driver that the listing did not see become gone (and enter the
   * worklist); those seen again are gone no more. Not complete: nobody becomes gone. When it is complete and the
   * driver's one before was not (or never was), or the other way round, every device of the driver that has steps not
   * issued or the finding `inventory-incomplete` enters the worklist.
   */
  endListing(driver: string, listing: number, complete: boolean, at: Instant): Promise<{ gone: number }>
  /** Each driver's last inventories. */
  inventories(): Promise<readonly Inventory[]>
  /** Replaces one record by hand of the reconciler (a step settled); `undefined`: it is deleted in the MDM and forgotten. */
  putRecord(key: RecordKey, record: DeviceRecord | undefined): Promise<void>
  /** Keyset walk over all records in order of `dev`; `after` 0 begins. */
  scan(after: number, limit: number): Promise<readonly StoredDevice[]>
  get(keys: readonly RecordKey[]): Promise<readonly StoredDevice[]>
  /** Devices whose serial number, EID, IMEI, id, key, name or user equals `text` (names and users without case), at most `limit`. */
  find(text: string, limit: number): Promise<readonly StoredDevice[]>
  /** The records that each reference fits, by `kind:text` as plan/references.ts writes it; those that fit nobody are absent. */
  referenced(references: readonly DeviceReference[]): Promise<ReadonlyMap<string, readonly StoredDevice[]>>
  /** All records that share a serial number or EID (case folded) with one of these devs, these included, by dev. */
  siblings(devs: readonly number[]): Promise<readonly StoredDevice[]>
}

export type Inventory = {
  readonly driver: string
  readonly listing: number
  readonly startedAt: Instant
  readonly endedAt?: Instant
  readonly complete: boolean
}
