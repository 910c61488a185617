import type { DeviceRecord, Esim, EsimSource, InstalledConfiguration } from '../domain/device.ts'
import { toRfc3339 } from '../domain/time.ts'
import type { Instant } from '../domain/time.ts'
import type { SnapshotEnvelope, SnapshotFormat } from './snapshot.ts'

/**
 * A fleet snapshot piece by piece, each ending with a newline; records are taken as they come, so that memory holds
 * one device and not the fleet. `readSnapshot` gives back equal records.
 */
export async function* writeSnapshot(
  envelope: SnapshotEnvelope,
  records: Iterable<DeviceRecord> | AsyncIterable<DeviceRecord>,
  format: SnapshotFormat,
): AsyncGenerator<string, void> {
  const head = {
    apiVersion: 'simplane/v1',
    kind: 'FleetSnapshot',
    takenAt: toRfc3339(envelope.takenAt),
    complete: envelope.complete,
  }
  if (format === 'ndjson') {
    yield `${JSON.stringify(head)}\n`
    let devices = 0
    for await (const record of records) {
      devices += 1
      yield `${JSON.stringify(snapshotDevice(record))}\n`
    }
    yield `${JSON.stringify({ kind: 'FleetSnapshotEnd', devices, complete: envelope.complete })}\n`
    return
  }
  yield `${JSON.stringify(head).slice(0, -1)},"devices":[\n`
  let previous: string | undefined
  for await (const record of records) {
    if (previous !== undefined) yield `${previous},\n`
    previous = JSON.stringify(snapshotDevice(record))
  }
  if (previous !== undefined) yield `${previous}\n`
  yield ']}\n'
}

/** One device as the snapshot writes it. What is unknown is left out. */
export function snapshotDevice(record: DeviceRecord): Readonly<Record<string, unknown>> {
  return {
    id: record.id,
    driver: record.driver,
    name: record.name,
    user: record.user,
    platform: record.platform,
    osVersion: record.osVersion,
    edition: record.edition,
    model: record.model,
    serialNumber: record.serialNumber,
    eid: record.eid,
    imei: record.imei,
    euicc: record.euicc,
    registration: record.registration,
    ownership: record.ownership,
    userEnrolled: record.userEnrolled,
    enrolledAt: time(record.enrolledAt),
    lastSeenAt: time(record.lastSeenAt),
    otherConnectivity: record.otherConnectivity,
    labels: record.labels,
    groups: record.groups,
    provisionedBefore: record.provisionedBefore,
    installed: record.installed === 'unknown' ? 'unknown' : record.installed.map(writeInstalled),
    installedObservedAt: time(record.installedObservedAt),
    esims: record.esims === 'unknown' ? 'unknown' : record.esims.map(writeEsim),
    esimsComplete: record.esimsComplete,
    esimsObservedAt: time(record.esimsObservedAt),
    eraseOwed: record.eraseOwed,
    released:
      record.released === undefined ? null : { ...record.released, at: toRfc3339(record.released.at) },
  }
}

function writeInstalled(entry: InstalledConfiguration) {
  const { platform, ...block } = entry.spec
  return {
    configuration: entry.configuration,
    platform,
    [platform]: block,
    installedAt: time(entry.installedAt),
    managed: entry.managed,
    onRemove: entry.onRemove,
    mode: entry.mode,
    state: entry.state,
    error: entry.error === undefined ? undefined : { ...entry.error, at: toRfc3339(entry.error.at) },
  }
}

function writeEsim(esim: Esim) {
  return {
    iccid: esim.iccid,
    source: esim.source === undefined ? null : writeSource(esim.source),
    enabled: esim.enabled,
  }
}

function writeSource(source: EsimSource) {
  const [, platform, address] = /^(windows|ios):(.*)$/s.exec(source.identity ?? '') ?? []
  return {
    configuration: source.configuration,
    serverName: platform === 'windows' ? address : undefined,
    carrierUrl: platform === 'ios' ? address : undefined,
    onRemove: source.onRemove,
    mode: source.mode,
  }
}

function time(instant: Instant | undefined): string | undefined {
  return instant === undefined ? undefined : toRfc3339(instant)
}
