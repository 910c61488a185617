import type { FindingCode } from '../../domain/finding.ts'
import { type DriftCause, type Verdict, VERDICTS } from '../../domain/journal.ts'
import type { FleetCounts, ReadStore } from '../../domain/read-store.ts'
import { compareText } from '../../domain/text.ts'
import { given } from '../given.ts'
import { UNDER_WAY } from '../step-rows.ts'
import type { Connection } from './connection.ts'

/** Devices that are alike in all that is counted. */
type Alike = {
  readonly devices: number
  readonly registration: string
  readonly platform: string
  readonly verdict: Verdict | null
  readonly configuration: number | null
  readonly retirement: number | null
  readonly released: boolean
  readonly drift_cause: DriftCause | null
  readonly drift_since: number | null
  readonly without: number
  readonly without_since: number | null
}

const ALIKE = `select sum(devices)::bigint as devices, registration, platform, verdict, a.configuration, a.retirement,
    coalesce(released = a.retirement, false) as released, drift_cause, min(drift_since) as drift_since,
    sum(without)::bigint as without, min(without_since) as without_since
  from (
    select count(*) as devices, registration, platform, verdict, assignment, released, drift_cause,
      min(drift_since) as drift_since, count(without_since) as without, min(without_since) as without_since
    from device group by registration, platform, verdict, assignment, released, drift_cause) d
  left join assigned a on a.assignment = d.assignment
  group by registration, platform, verdict, a.configuration, a.retirement,
    coalesce(released = a.retirement, false), drift_cause`
const FINDINGS = 'select code, count(*) as devices from finding group by code'
const SEEN = 'select min(at) as oldest, max(at) as newest from seen'
const OPEN = `select (select count(*) from step where state = 'ready') as ready,
  (select count(*) from step where state = 'held') as held,
  (select count(*) from step where ${UNDER_WAY}) as under_way`
const ACTIVE = 'select coalesce(sum(active), 0)::bigint as active from total'

/** The numbers of the status screen, by aggregates over the narrow columns alone. */
export function openCounts({
  texts,
  read,
  survey,
}: Connection): Pick<ReadStore, 'counts' | 'active' | 'unsettled'> {
  return {
    counts: () =>
      survey(async (session) => {
        const alike = await session.rows<Alike>(ALIKE)
        const findings = await session.rows<{ code: number; devices: number }>(FINDINGS)
        const [ages] = await session.rows<{ oldest: number | null; newest: number | null }>(SEEN)
        const [open] = await session.rows<OpenRow>(OPEN)
        const names = await texts.named(session, [
          ...alike.flatMap(({ configuration, retirement }) => [configuration, retirement]),
          ...findings.map(({ code }) => code),
        ])
        const withoutSince = earliest(alike.map(({ without_since: since }) => since))
        return {
          devices: total(alike),
          active: total(alike.filter(({ registration }) => registration === 'active')),
          byVerdict: byVerdict(alike),
          byPlatform: byPlatform(alike),
          withoutEsim: alike.reduce((sum, { without }) => sum + without, 0),
          ...given('withoutEsimSince', withoutSince),
          findings: findings
            .map(({ code, devices }) => ({ code: names.text(code) as FindingCode, devices }))
            .sort((a, b) => b.devices - a.devices || compareText(a.code, b.code)),
          drift: drift(alike),
          configurations: grouped(alike, 'configuration', names.text).map(({ name, rows }) => ({
            name,
            wanted: total(rows),
            ...byVerdict(rows),
          })),
          retirements: grouped(alike, 'retirement', names.text).map(({ name, rows }) => ({
            name,
            devices: total(rows),
            ready: total(rows.filter(({ released, verdict }) => released || verdict === 'in-sync')),
            working: byVerdict(rows).working,
            held: byVerdict(rows).held,
          })),
          open: openFrom(open),
          ...given('oldestSeen', ages?.oldest ?? null),
          ...given('newestSeen', ages?.newest ?? null),
        }
      }),
    active: () => read(async (session) => (await session.rows<{ active: number }>(ACTIVE))[0]?.active ?? 0),
    unsettled: () => read(async (session) => openFrom((await session.rows<OpenRow>(OPEN))[0])),
  }
}

type OpenRow = { readonly ready: number; readonly held: number; readonly under_way: number }

function openFrom(row: OpenRow | undefined): FleetCounts['open'] {
  return { ready: row?.ready ?? 0, held: row?.held ?? 0, underWay: row?.under_way ?? 0 }
}

function total(rows: readonly Alike[]): number {
  return rows.reduce((sum, { devices }) => sum + devices, 0)
}

function earliest(moments: readonly (number | null)[]): number | null {
  const known = moments.filter((at) => at !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function byVerdict(rows: readonly Alike[]): Record<Verdict, number> {
  const counts = Object.fromEntries(VERDICTS.map((verdict) => [verdict, 0])) as Record<Verdict, number>
  for (const { verdict, devices } of rows) if (verdict !== null) counts[verdict] += devices
  return counts
}

function byPlatform(rows: readonly Alike[]): Record<string, number> {
  const platforms = [...Map.groupBy(rows, ({ platform }) => platform)]
  platforms.sort(([a], [b]) => compareText(a, b))
  return Object.fromEntries(platforms.map(([platform, mine]) => [platform, total(mine)]))
}

function drift(rows: readonly Alike[]): FleetCounts['drift'] {
  const causes = [...Map.groupBy(rows, ({ drift_cause: cause }) => cause)]
  return causes
    .flatMap(([cause, mine]) => {
      const since = earliest(mine.map(({ drift_since: at }) => at))
      return cause === null || since === null ? [] : [{ cause, devices: total(mine), since }]
    })
    .sort((a, b) => compareText(a.cause, b.cause))
}

/** The rows of each name that stands in a column, by name. */
function grouped(
  rows: readonly Alike[],
  column: 'configuration' | 'retirement',
  text: (id: number) => string,
): readonly { readonly name: string; readonly rows: readonly Alike[] }[] {
  return [...Map.groupBy(rows, (row) => row[column])]
    .flatMap(([id, mine]) => (id === null ? [] : [{ name: text(id), rows: mine }]))
    .sort((a, b) => compareText(a.name, b.name))
}
