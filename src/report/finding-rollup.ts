import type { RecordKey } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import { SEVERITIES } from './severity.ts'

/** Findings of many devices as one: the first stands for all. */
export type RolledUp = {
  readonly finding: Finding
  /** How many findings it stands for. */
  readonly count: number
  /** At most ten of their devices, in the order given. */
  readonly devices: readonly RecordKey[]
}

const SHOWN = 10

/**
 * Findings that name a device are gathered by code, severity and configuration (contracts.md section 3); the others
 * stand alone. The worst severity first, otherwise in the order given.
 */
export function rollUp(findings: Iterable<Finding>): readonly RolledUp[] {
  const bySubject = new Map<string, { finding: Finding; count: number; devices: RecordKey[] }>()
  let alone = 0
  for (const finding of findings) {
    const { device } = finding
    const subject =
      device === undefined
        ? `${(alone += 1)}`
        : JSON.stringify([finding.code, finding.severity, finding.configuration])
    const known = bySubject.get(subject)
    if (known === undefined) {
      bySubject.set(subject, { finding, count: 1, devices: device === undefined ? [] : [device] })
      continue
    }
    known.count += 1
    if (device !== undefined && known.devices.length < SHOWN) known.devices.push(device)
  }
  const rolled = [...bySubject.values()]
  return SEVERITIES.flatMap((severity) => rolled.filter((each) => each.finding.severity === severity))
}
