import type { DeviceReference } from './desired.ts'
import type { Platform } from './device.ts'

/** Whom a revision may concern: everybody, or whom at least one of these lines names. Too many is right, too few is not. */
export type Reach =
  | 'all'
  | {
      /** Names of configurations: devices that want one, or whose record names one (installed, an eSIM of it, an erasure owed). */
      readonly configurations: readonly string[]
      /** Names of DeviceGroups: their present members, as last planned. */
      readonly groups: readonly string[]
      /** Names of Retirements: devices that are to be retired by one. */
      readonly retirements: readonly string[]
      readonly references: readonly DeviceReference[]
      readonly platforms: readonly Platform[]
      /** Whoever carries these labels, planned as a member or not. */
      readonly labelled: readonly LabelQuery[]
    }

/** Every line holds for the device. A query has at least one line. */
export type LabelQuery = readonly LabelLine[]

/**
 * The device has the label `key` with one of `values`, or with any. Besides its labels a device has `simplane/platform`,
 * `simplane/model`, `simplane/ownership`, `simplane/driver`, `simplane/os-version`, and one `simplane/mdm-group` for
 * each of its MDM groups.
 */
export type LabelLine = { readonly key: string; readonly values: readonly string[] | 'any' }
