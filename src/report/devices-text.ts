import type { StoredDevice } from '../domain/stored-device.ts'
import type { Instant } from '../domain/time.ts'
import { ageOf } from './ages.ts'
import { wantedWord } from './devices.ts'
import { count, counted } from './numbers.ts'
import { plainPaint } from './paint.ts'
import type { Paint } from './paint.ts'
import { table } from './table.ts'
import { brief } from './visible.ts'

const TITLES = [
  { title: 'NAME', max: 18 },
  { title: 'SERIAL', max: 14 },
  { title: 'USER', max: 16 },
  { title: 'PLATFORM' },
  { title: 'VERDICT' },
  { title: 'WANTED', max: 20 },
  { title: 'LAST SEEN' },
]

/** Devices as a table. `total`: how many there are, when these are not all. */
export function devicesText(
  devices: readonly StoredDevice[],
  now: Instant,
  total = devices.length,
  paint: Paint = plainPaint,
): string {
  if (devices.length === 0) return 'No device fits.\n'
  const rows = devices.map(({ record, status, ...rest }) => [
    brief(record.name ?? record.id, 60),
    brief(record.serialNumber ?? '-', 60),
    brief(record.user ?? '-', 60),
    record.platform,
    status.verdict ?? '-',
    brief(wantedWord({ record, status, ...rest }) ?? '-', 80),
    record.lastSeenAt === undefined ? 'never' : ageOf(record.lastSeenAt, now),
  ])
  const [head = '', ...lines] = table(TITLES, rows)
  const rest =
    total > devices.length
      ? [`${count(devices.length)} of ${counted(total, 'device')}; -o csv and -o json have them all`]
      : []
  return `${[paint.bold(head), ...lines, ...rest].join('\n')}\n`
}
