import { toRfc3339 } from '../domain/time.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { wantedWord } from './devices.ts'
import { visible } from './visible.ts'

const HEADER = [
  'Device',
  'Name',
  'Serial number',
  'EID',
  'User',
  'Platform',
  'OS version',
  'Verdict',
  'Wanted',
  'Findings',
  'Drift',
  'ICCIDs',
  'Last seen',
]

/**
 * A cell of a CSV file: quoted where needed, and one that a spreadsheet would run as a formula gets an apostrophe in
 * front.
 */
export function csvCell(text: string): string {
  const shown = visible(text)
  const safe = /^\s*[=+\-@]/.test(shown) ? `'${shown}` : shown
  return /[",;]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The header line of `devicesCsv`, for a caller that streams rows. */
export function csvHeader(): string {
  return `${HEADER.join(',')}\n`
}

/** One device a line; times in RFC 3339. The same columns as `csvHeader`. */
export function deviceCsvLine(device: StoredDevice): string {
  const { record, status } = device
  const cells = [
    record.key,
    record.name ?? '',
    record.serialNumber ?? '',
    record.eid ?? '',
    record.user ?? '',
    record.platform,
    record.osVersion ?? '',
    status.verdict ?? '',
    wantedWord(device) ?? '',
    [...new Set(status.findings.map((finding) => finding.code))].join(' '),
    status.drift?.cause ?? '',
    record.esims === 'unknown' ? 'unknown' : record.esims.map((esim) => esim.iccid).join(' '),
    record.lastSeenAt === undefined ? '' : toRfc3339(record.lastSeenAt),
  ]
  return `${cells.map(csvCell).join(',')}\n`
}

/** Devices as CSV with a header. */
export function devicesCsv(devices: readonly StoredDevice[]): string {
  return csvHeader() + devices.map(deviceCsvLine).join('')
}
