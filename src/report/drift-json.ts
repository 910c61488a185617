import { toRfc3339 } from '../domain/time.ts'
import { driftGroups } from './drift.ts'
import type { DriftReport } from './drift.ts'

/** The drift report as data; every device is listed. */
export function driftJson(report: DriftReport) {
  return {
    apiVersion: 'simplane/v1',
    kind: 'Drift',
    revision: report.revision ?? null,
    appliedAt: report.appliedAt === undefined ? null : toRfc3339(report.appliedAt),
    takenAt: toRfc3339(report.now),
    summary: { devices: report.devices, drifted: report.rows.length },
    causes: driftGroups(report).map((group) => ({
      cause: group.cause,
      configuration: group.configuration ?? null,
      devices: group.devices,
      since: toRfc3339(report.now - group.oldest),
      follows: group.follows,
    })),
    devices: report.rows.map((row) => ({
      device: row.device,
      serialNumber: row.serial ?? null,
      name: row.name ?? null,
      configuration: row.configuration ?? null,
      cause: row.cause,
      since: toRfc3339(row.since),
      follows: row.follows,
    })),
  }
}
