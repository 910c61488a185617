import type { DesiredState, DeviceGroup, EsimConfiguration, Retirement } from '../domain/desired.ts'
import type { Finding, FindingCode } from '../domain/finding.ts'
import { FINDING_CODES } from '../domain/finding.ts'
import { VERDICTS } from '../domain/journal.ts'
import type { Verdict } from '../domain/journal.ts'
import type { StoredHold } from '../domain/hold-store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import type { Instant } from '../domain/time.ts'

/** The document that a screen about one configuration, group or retirement is about. */
export type TargetDocument =
  | { readonly kind: 'configuration'; readonly document: EsimConfiguration }
  | { readonly kind: 'group'; readonly document: DeviceGroup }
  | { readonly kind: 'retirement'; readonly document: Retirement }

/** What the screen of one configuration, group or retirement is told from. */
export type TargetInput = TargetDocument & {
  readonly desired: DesiredState
  /** Those that want it, its members, its targets. */
  readonly devices: readonly StoredDevice[]
  /** Every hold of the fleet. */
  readonly holds: readonly StoredHold[]
  /** What reading the revision found. */
  readonly findings: readonly Finding[]
  readonly now: Instant
}

/** The numbers of one configuration, group or retirement. */
export type TargetNumbers = {
  readonly devices: number
  readonly byVerdict: Readonly<Record<Verdict, number>>
  readonly withoutEsim: number
  /** Proven empty and handed to a person. */
  readonly released: number
  /** Holds of its devices, with how many of them each holds. */
  readonly holds: readonly { readonly hold: StoredHold; readonly devices: number }[]
  /** Findings of its devices by code, the most frequent first. */
  readonly findings: readonly { readonly code: FindingCode; readonly devices: number }[]
  /** What the MDM said went wrong with a configuration, the most frequent first. */
  readonly errors: readonly { readonly error: string; readonly devices: number }[]
}

/** Counts a target's devices. */
export function targetNumbers({ devices, holds }: TargetInput): TargetNumbers {
  const keys = new Set(devices.map(({ record }) => record.key))
  const of = (verdict: Verdict): number => devices.filter(({ status }) => status.verdict === verdict).length
  const byVerdict = Object.fromEntries(VERDICTS.map((verdict) => [verdict, of(verdict)])) as Record<
    Verdict,
    number
  >
  const held = holds.map((hold) => {
    const theirs = hold.steps.filter((step) => keys.has(step.device)).map((step) => step.device)
    return { hold, devices: new Set(theirs).size }
  })
  const codes = FINDING_CODES.map((code) => ({
    code,
    devices: devices.filter(({ status }) => status.findings.some((finding) => finding.code === code)).length,
  }))
  return {
    devices: devices.length,
    byVerdict,
    withoutEsim: devices.filter(({ status }) => status.withoutEsimSince !== undefined).length,
    released: devices.filter(({ record }) => record.released !== undefined).length,
    holds: held.filter((each) => each.devices > 0),
    findings: mostFirst(codes.filter((each) => each.devices > 0)),
    errors: errorsOf(devices),
  }
}

function errorsOf(devices: readonly StoredDevice[]): TargetNumbers['errors'] {
  const seen = new Map<string, number>()
  for (const { record } of devices) {
    if (record.installed === 'unknown') continue
    const errors = record.installed.flatMap(({ error }) =>
      error === undefined ? [] : [`${error.code} ${error.message}`],
    )
    for (const error of new Set(errors)) seen.set(error, (seen.get(error) ?? 0) + 1)
  }
  return mostFirst([...seen].map(([error, count]) => ({ error, devices: count })))
}

function mostFirst<T extends { readonly devices: number }>(all: readonly T[]): readonly T[] {
  return [...all].sort((a, b) => b.devices - a.devices)
}

/** Where a target stands, in one word: the first of these that is true of one of its devices. */
export function targetWord({ devices, byVerdict }: TargetNumbers): Verdict | 'nobody' {
  if (devices === 0) return 'nobody'
  const order = ['working', 'failed', 'drifted', 'held', 'in-sync', 'not-eligible'] as const
  return order.find((verdict) => byVerdict[verdict] > 0) ?? 'in-sync'
}

/** Findings of the revision that are about this document. */
export function documentFindings({ kind, document, findings }: TargetInput): readonly Finding[] {
  return findings.filter(
    (finding) =>
      finding.device === undefined &&
      ((kind === 'configuration' && finding.configuration === document.name) ||
        (finding.place?.file === document.place.file && finding.place.line >= document.place.line)),
  )
}
