import type { Instant } from '../../domain/time.ts'
import type { Pattern } from './pattern-book.ts'

/**
 * What is kept of a stretch of devices that were planned while they passed by: some sixty bytes each. Plain data, so
 * that it may come from another thread. By index, where nothing else is said.
 */
export type Sheet = {
  readonly devices: number
  /** Where each stands, as the caller told it. */
  readonly starts: Float64Array<ArrayBuffer>
  readonly lengths: Uint32Array<ArrayBuffer>
  /** `writeSortKey` one behind the other, and where each ends. */
  readonly keys: Uint8Array<ArrayBuffer>
  readonly keyEnds: Uint32Array<ArrayBuffer>
  /** The number of its pattern and one; 0: no steps. */
  readonly patterns: Uint32Array<ArrayBuffer>
  /** The ids of all steps, one behind the other. */
  readonly ids: Uint8Array<ArrayBuffer>
  /** The number of its list of findings. */
  readonly findings: Uint32Array<ArrayBuffer>
  /** Hashes of what identifies its hardware; 0: nothing does. */
  readonly serials: Float64Array<ArrayBuffer>
  readonly eids: Float64Array<ArrayBuffer>
  /** 1: its registration is active. */
  readonly active: Uint8Array<ArrayBuffer>
  /** By group: how many members. */
  readonly members: ReadonlyMap<string, number>
  /** By index: the references that name it, by `referenceKey`. */
  readonly named: ReadonlyMap<number, readonly string[]>
  /** Has one of them, or may one have, an eSIM or a configuration of ours? */
  readonly provisioned: boolean
  readonly observedFrom?: Instant
  readonly observedTo?: Instant
  /** Written since the sheet before, in the order of their numbers. */
  readonly newPatterns: readonly Pattern[]
  readonly newLists: readonly (readonly string[])[]
}
