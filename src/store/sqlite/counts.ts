import type { FindingCode } from '../../domain/finding.ts'
import { type DriftCause, type Verdict, VERDICTS } from '../../domain/journal.ts'
import type { FleetCounts, ReadStore } from '../../domain/read-store.ts'
import { compareText } from '../../domain/text.ts'
import type { Connection } from './connection.ts'
import { given } from '../given.ts'
import { UNDER_WAY } from '../step-rows.ts'

type Totals = {
  readonly devices: number
  readonly active: number
  readonly without: number
  readonly without_since: number | null
}

const NONE_OPEN: FleetCounts['open'] = { ready: 0, held: 0, underWay: 0 }

/** The numbers of the status screen, by aggregates over the narrow columns alone. */
export function openCounts(connection: Connection): Pick<ReadStore, 'counts' | 'active' | 'unsettled'> {
  const { db, texts, read } = connection
  const totals = db.prepare<[], Totals>(
    `select count(*) as devices, count(*) filter (where registration = 'active') as active,
       count(without_since) as without, min(without_since) as without_since from device`,
  )
  const verdicts = db.prepare<[], { verdict: Verdict; devices: number }>(
    'select verdict, count(*) as devices from device where verdict is not null group by verdict',
  )
  const platforms = db.prepare<[], { platform: string; devices: number }>(
    'select platform, count(*) as devices from device group by platform order by platform',
  )
  const findings = db.prepare<[], { code: number; devices: number }>(
    'select code, count(*) as devices from finding group by code',
  )
  const drift = db.prepare<[], { cause: DriftCause; devices: number; since: number }>(
    `select drift_cause as cause, count(*) as devices, min(drift_since) as since from device
       where drift_cause is not null group by drift_cause order by drift_cause`,
  )
  const configurations = db.prepare<[], { configuration: number; verdict: Verdict | null; devices: number }>(
    `select a.configuration, d.verdict, sum(d.devices) as devices from (
         select assignment, verdict, count(*) as devices from device where assignment is not null
           group by assignment, verdict) d
       cross join assigned a on a.assignment = d.assignment where a.configuration is not null
       group by a.configuration, d.verdict`,
  )
  const retirements = db.prepare<[], Record<'retirement' | 'devices' | 'ready' | 'working' | 'held', number>>(
    `select a.retirement, count(*) as devices,
       count(*) filter (where d.released = a.retirement or d.verdict = 'in-sync') as ready,
       count(*) filter (where d.verdict = 'working') as working, count(*) filter (where d.verdict = 'held') as held
       from assigned a cross join device d indexed by device_assignment on d.assignment = a.assignment
       where a.retirement is not null group by a.retirement`,
  )
  const open = db.prepare<[], FleetCounts['open']>(
    `select (select count(*) from step where state = 'ready') as ready,
       (select count(*) from step where state = 'held') as held,
       (select count(*) from step where ${UNDER_WAY}) as underWay`,
  )
  const kept = db.prepare<[], { active: number } & FleetCounts['open']>(
    'select active, ready, held, under_way as underWay from total',
  )
  const seen = db.prepare<[], { oldest: number | null; newest: number | null }>(
    'select min(at) as oldest, max(at) as newest from seen',
  )

  function byConfiguration(): FleetCounts['configurations'] {
    const found = new Map<number, Record<Verdict | 'wanted', number>>()
    for (const { configuration, verdict, devices } of configurations.all()) {
      const counts = found.get(configuration) ?? { wanted: 0, ...noVerdicts() }
      counts.wanted += devices
      if (verdict !== null) counts[verdict] += devices
      found.set(configuration, counts)
    }
    return named([...found].map(([id, counts]) => ({ name: texts.text(id), ...counts })))
  }

  function counted(): FleetCounts {
    const total = totals.get() ?? { devices: 0, active: 0, without: 0, without_since: null }
    const byVerdict = noVerdicts()
    for (const { verdict, devices } of verdicts.all()) byVerdict[verdict] = devices
    const ages = seen.get()
    return {
      devices: total.devices,
      active: total.active,
      byVerdict,
      byPlatform: Object.fromEntries(platforms.all().map(({ platform, devices }) => [platform, devices])),
      withoutEsim: total.without,
      ...given('withoutEsimSince', total.without_since),
      findings: findings
        .all()
        .map(({ code, devices }) => ({ code: texts.text(code) as FindingCode, devices }))
        .sort((a, b) => b.devices - a.devices || compareText(a.code, b.code)),
      drift: drift.all(),
      configurations: byConfiguration(),
      retirements: named(
        retirements.all().map(({ retirement, ...counts }) => ({ name: texts.text(retirement), ...counts })),
      ),
      open: open.get() ?? NONE_OPEN,
      ...given('oldestSeen', ages?.oldest ?? null),
      ...given('newestSeen', ages?.newest ?? null),
    }
  }

  return {
    counts: () => read(counted),
    active: () => read(() => kept.get()?.active ?? 0),
    unsettled: () =>
      read(() => {
        const { ready, held, underWay } = kept.get() ?? NONE_OPEN
        return { ready, held, underWay }
      }),
  }
}

function noVerdicts(): Record<Verdict, number> {
  return Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>
}

function named<T extends { readonly name: string }>(rows: readonly T[]): readonly T[] {
  return [...rows].sort((a, b) => compareText(a.name, b.name))
}
