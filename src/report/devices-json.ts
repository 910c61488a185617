import { toRfc3339 } from '../domain/time.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { wantedWord } from './devices.ts'
import { findingJson } from './findings-json.ts'

/** One device as `devices -o json` and `explain -o json` write it. */
export function deviceJson(device: StoredDevice) {
  const { record, status } = device
  return {
    device: record.key,
    serialNumber: record.serialNumber ?? null,
    eid: record.eid ?? null,
    name: record.name ?? null,
    user: record.user ?? null,
    platform: record.platform,
    osVersion: record.osVersion ?? null,
    registration: record.registration,
    verdict: status.verdict ?? null,
    action: status.action ?? null,
    wanted: wantedWord(device) ?? null,
    groups: device.assignment?.groups ?? null,
    drift:
      status.drift === undefined ? null : { cause: status.drift.cause, since: toRfc3339(status.drift.since) },
    withoutEsimSince: status.withoutEsimSince === undefined ? null : toRfc3339(status.withoutEsimSince),
    lastSeenAt: record.lastSeenAt === undefined ? null : toRfc3339(record.lastSeenAt),
    goneSince: device.goneSince === undefined ? null : toRfc3339(device.goneSince),
    findings: status.findings.map(findingJson),
  }
}

/** What `devices -o json` prints. */
export function devicesJson(devices: readonly StoredDevice[]) {
  return { apiVersion: 'simplane/v1', kind: 'Devices', devices: devices.map(deviceJson) }
}
