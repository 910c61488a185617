import type { BigIntStats } from 'node:fs'
import { SECOND } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'

/** What the file system says of a file without reading it. Writing to it changes this, whatever its length and date become. */
export type Stamp = {
  readonly device: bigint
  readonly node: bigint
  readonly size: bigint
  readonly modified: bigint
  /** No program can set this one. */
  readonly changed: bigint
}

/** The coarsest clock of a file system that is in use. */
const TICK = 2n * BigInt(SECOND) * 1_000_000n

/** Of what `stat` says, in nanoseconds. */
export function stampOf(found: BigIntStats): Stamp {
  const { dev, ino, size, mtimeNs, ctimeNs } = found
  return { device: dev, node: ino, size, modified: mtimeNs, changed: ctimeNs }
}

/** Equal in everything: the file was not written in between, unless within one tick of the clock. */
export function isSameStamp(a: Stamp, b: Stamp): boolean {
  return (
    a.changed === b.changed &&
    a.modified === b.modified &&
    a.size === b.size &&
    a.node === b.node &&
    a.device === b.device
  )
}

/**
 * Whether every later write must change the stamp of a file that was read at `at`: one within the same tick of the
 * clock as the last might not (git's "racy" files), so that such a file is read again.
 */
export function isSettled({ modified, changed }: Stamp, at: Instant): boolean {
  const last = modified > changed ? modified : changed
  return last + TICK <= BigInt(at) * 1_000_000n
}
