import { isApple, type DeviceRecord } from '../domain/device.ts'
import { sameFlags, specIdentity } from '../domain/esim.ts'
import type { PlannedStep } from '../domain/plan.ts'
import type { Instant } from '../domain/time.ts'

/** What was so when the step was issued. */
export type Before = { readonly issuedAt: Instant; readonly baseline: readonly string[] }

/**
 * Does the record, observed after the step was issued, show its effect (S36)? Only an observation newer than the step
 * counts; an incomplete list proves presence, never absence. `record` undefined: the MDM has no such record.
 */
export function isProven(step: PlannedStep, before: Before, record: DeviceRecord | undefined): boolean {
  if (step.kind === 'delete-record') return record === undefined
  if (record === undefined) return false
  switch (step.kind) {
    case 'install':
      return isNewer(record.esimsObservedAt, record, before) && downloaded(step, before, record)
    case 'update':
      return isNewer(record.installedObservedAt, record, before) && hasFlags(step, record)
    case 'uninstall':
      return isNewer(record.installedObservedAt, record, before) && !has(step, record)
    case 'reset':
      return isNewer(record.esimsObservedAt, record, before) && isErased(before, record)
    case 'retire':
      return record.registration === 'retired'
    case 'forget':
    case 'release':
      return true
  }
}

function isNewer(observedAt: Instant | undefined, record: DeviceRecord, { issuedAt }: Before): boolean {
  return (observedAt ?? record.lastSeenAt ?? -Infinity) > issuedAt
}

/** C's eSIM is listed and, where nothing had to be erased first, was not before. */
function downloaded(step: PlannedStep, { baseline }: Before, record: DeviceRecord): boolean {
  const { spec } = step
  if (spec === undefined || record.esims === 'unknown') return false
  const identity = specIdentity(spec)
  const fresh = record.esims.some(
    (esim) => esim.source?.identity === identity && !baseline.includes(esim.iccid),
  )
  return fresh && (isApple(record.platform) || record.installed === 'unknown' || has(step, record))
}

function has({ spec }: PlannedStep, record: DeviceRecord): boolean {
  if (spec === undefined || record.installed === 'unknown') return true
  return record.installed.some(
    (entry) => entry.state !== 'failed' && specIdentity(entry.spec) === specIdentity(spec),
  )
}

function hasFlags({ spec }: PlannedStep, record: DeviceRecord): boolean {
  if (spec === undefined || record.installed === 'unknown') return false
  return record.installed.some(
    (entry) => specIdentity(entry.spec) === specIdentity(spec) && sameFlags(entry.spec, spec),
  )
}

function isErased({ baseline }: Before, record: DeviceRecord): boolean {
  if (record.esims === 'unknown' || !record.esimsComplete) return false
  // With nothing known to have been there, only an empty eUICC shows that it was erased.
  if (baseline.length === 0) return record.esims.length === 0
  const listed = new Set(record.esims.map((esim) => esim.iccid))
  return !baseline.some((iccid) => listed.has(iccid))
}
