import { specAddress } from '../domain/esim.ts'
import type { DeviceRecord, Esim } from '../domain/device.ts'
import type { Instant } from '../domain/time.ts'
import { ageOf } from './ages.ts'
import type { ExplainInput } from './explain.ts'
import { shortIccid } from './masking.ts'
import { brief } from './visible.ts'

/** One thing known of the device: what, its value, who says so, how old that is. */
export type Evidence = readonly [what: string, value: string, evidence: string, age: string]

/** The two axes of a device (what is installed, which eSIMs are there), its other network and its other records. */
export function evidenceRows(input: ExplainInput): readonly Evidence[] {
  const { record, assignment } = input.device
  const seen = ageOf(record.lastSeenAt, input.now)
  return [
    ...installedRows(record, input.now),
    ...esimRows(record, input.now),
    ...(record.eraseOwed.length === 0
      ? []
      : [
          [
            'erasure owed',
            record.eraseOwed.map((name) => brief(name, 30)).join(', '),
            'remembered',
            '-',
          ] as const,
        ]),
    [
      'another way online',
      assignment?.otherConnectivity ?? record.otherConnectivity ?? 'unknown',
      assignment?.otherConnectivity === undefined ? reporter(record) : 'Policy connectivity',
      assignment?.otherConnectivity === undefined ? seen : '-',
    ],
    ...(record.released === undefined
      ? []
      : [
          [
            'released for',
            brief(record.released.retirement, 40),
            'proven empty',
            ageOf(record.released.at, input.now),
          ] as const,
        ]),
    ...input.twins.map(
      (twin) =>
        [
          'another record',
          `${brief(twin.record.key, 40)}, ${twin.record.registration}`,
          'same hardware',
          ageOf(twin.record.lastSeenAt, input.now),
        ] as const,
    ),
  ]
}

function reporter(record: DeviceRecord): string {
  return `reported by ${brief(record.driver, 20)}`
}

function installedRows(record: DeviceRecord, now: Instant): readonly Evidence[] {
  const age = ageOf(record.installedObservedAt ?? record.lastSeenAt, now)
  const by = reporter(record)
  if (record.installed === 'unknown') return [['configuration', 'unknown: could not be read', by, age]]
  if (record.installed.length === 0) return [['configuration', 'none', by, age]]
  return record.installed.map((each, index) => {
    const state = each.state === 'installed' ? '' : `, ${each.state}`
    const error = each.error === undefined ? '' : ` (${brief(each.error.message, 60)})`
    const ours = each.managed ? '' : ', not installed by simplane'
    const value = `${brief(each.configuration, 40)} with ${brief(specAddress(each.spec), 60)}${state}${error}${ours}`
    return [index === 0 ? 'configuration' : '', value, by, age]
  })
}

function esimRows(record: DeviceRecord, now: Instant): readonly Evidence[] {
  const age = ageOf(record.esimsObservedAt ?? record.lastSeenAt, now)
  const by = reporter(record)
  if (record.esims === 'unknown') return [['eSIMs', 'unknown: could not be read', by, age]]
  const rows = record.esims.map((esim, index): Evidence => [
    index === 0 ? 'eSIMs' : '',
    esimText(esim),
    by,
    age,
  ])
  const partial: Evidence = [
    rows.length === 0 ? 'eSIMs' : '',
    'there may be others: the list is not complete',
    by,
    age,
  ]
  if (!record.esimsComplete) return [...rows, partial]
  return rows.length === 0 ? [['eSIMs', 'none', by, age]] : rows
}

/** `8933…0231 from smdp.acme.example, enabled` */
export function esimText(esim: Esim): string {
  const { source } = esim
  const server = source?.identity?.replace(/^(windows|ios):/, '')
  const from = source === undefined ? 'not ours' : `from ${brief(server ?? source.configuration, 60)}`
  const states = { true: ', enabled', false: ', switched off', undefined: '' } as const
  return `${shortIccid(esim.iccid)} ${from}${states[`${esim.enabled}`]}`
}
