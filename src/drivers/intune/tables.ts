import type { Database } from 'better-sqlite3'
import type { Instant } from '../../domain/time.ts'
import { withoutAbsent } from './json.ts'
import type {
  CommandRow,
  DeviceRow,
  Managed,
  Membership,
  MembershipState,
  Origin,
  ReadingRow,
  Target,
} from './rows.ts'

type RawDevice = {
  readonly seq: number
  readonly managed: string
  readonly detail_at: number | null
  readonly retired_at: number | null
  readonly groups: string | null
}
type RawMembership = {
  readonly device: string
  readonly target: string
  readonly configuration: string
  readonly state: MembershipState
  readonly since: number
  readonly confirmed: number
  readonly confirmed_at: number | null
}
type RawTarget = {
  readonly name: string
  readonly spec: string
  readonly with_discovery: number
  readonly policy: string | null
  readonly grp: string | null
}
type RawReading = {
  readonly device: string
  readonly at: number | null
  readonly output: string | null
  readonly asked_at: number | null
  readonly tries: number
}

/** Reads and writes the rows. Opens no transaction: whoever writes does. */
export type Tables = ReturnType<typeof tables>

export function tables(db: Database) {
  const sql = {
    device: db.prepare<[string], RawDevice>('select * from device where id = ?'),
    page: db.prepare<[number, number], RawDevice>('select * from device where seq > ? order by seq limit ?'),
    count: db.prepare<[], { n: number }>('select count(*) as n from device'),
    add: db.prepare('insert into device (id, managed, sweep, detail_at) values (?, ?, ?, ?)'),
    set: db.prepare(
      `update device set managed = ?, sweep = max(sweep, ?), detail_at = coalesce(?, detail_at), retired_at = null
         where id = ?`,
    ),
    retired: db.prepare('update device set retired_at = ? where id = ?'),
    groups: db.prepare('update device set groups = ? where id = ?'),
    allGroups: db.prepare('update device set groups = ?'),
    unseen: db.prepare<[number], { id: string }>(
      'select id from device where sweep < ? and retired_at is null order by seq',
    ),
    remove: ['device', 'reading', 'origin', 'membership'].map((table) =>
      db.prepare(`delete from ${table} where ${table === 'device' ? 'id' : 'device'} = ?`),
    ),
    undetailed: db.prepare<[number, number, number], { id: string }>(
      `select id from device where retired_at is null and (coalesce(detail_at, -1) < ?
         or (managed ->> 'managementState' <> 'managed' and detail_at < ?)) order by detail_at, seq limit ?`,
    ),
    askable: db.prepare<[number, number], { id: string }>(
      `select id from device left join reading on reading.device = device.id
         where retired_at is null and lower(managed ->> 'os') = 'windows' and coalesce(at, -1) <= ?
         order by coalesce(asked_at, -1), seq limit ?`,
    ),
    byEntra: db.prepare<[], { id: string; entra: string }>(
      `select id, managed ->> 'entraId' as entra from device where managed ->> 'entraId' is not null`,
    ),
    newest: db.prepare<[], { at: number | null }>(`select max(managed ->> 'lastSyncAt') as at from device`),
    meta: db.prepare<[string], { value: string }>('select value from meta where key = ?'),
    setMeta: db.prepare(
      'insert into meta (key, value) values (?, ?) on conflict (key) do update set value = excluded.value',
    ),
    target: db.prepare<[string], RawTarget>('select * from target where name = ?'),
    targets: db.prepare<[], RawTarget>('select * from target order by name'),
    setTarget: db.prepare(
      `insert into target (name, spec, with_discovery, policy, grp) values (?, ?, ?, ?, ?)
         on conflict (name) do update set policy = excluded.policy, grp = excluded.grp`,
    ),
    membership: db.prepare<[string, string], RawMembership>(
      'select * from membership where device = ? and target = ?',
    ),
    memberships: db.prepare<[string], RawMembership>(
      'select * from membership where device = ? order by target',
    ),
    members: db.prepare<[string], RawMembership>('select * from membership where target = ?'),
    unsettled: db.prepare<[number], { device: string }>(
      `select distinct device from membership where state in ('joining', 'leaving') limit ?`,
    ),
    setMembership: db.prepare(
      `insert into membership (device, target, configuration, state, since, confirmed, confirmed_at)
         values (?, ?, ?, ?, ?, ?, ?) on conflict (device, target) do update set
         configuration = excluded.configuration, state = excluded.state, since = excluded.since,
         confirmed = excluded.confirmed, confirmed_at = excluded.confirmed_at`,
    ),
    dropMembership: db.prepare('delete from membership where device = ? and target = ?'),
    command: db.prepare<[string], { row: string }>('select row from command where step = ?'),
    commands: db.prepare<[string], { row: string }>(
      'select row from command where device = ? order by at, step',
    ),
    setCommand: db.prepare(
      `insert into command (step, device, kind, at, open, row) values (?, ?, ?, ?, ?, ?)
         on conflict (step) do update set open = excluded.open, row = excluded.row`,
    ),
    dropCommand: db.prepare('delete from command where step = ?'),
    oldRetired: db.prepare('delete from device where retired_at < ?'),
    oldCommands: db.prepare('delete from command where at < ?'),
    openOf: db.prepare<[string, number], { n: number }>(
      'select count(*) as n from command where open = 1 and kind = ? and at >= ?',
    ),
    reading: db.prepare<[string], RawReading>('select * from reading where device = ?'),
    setReading: db.prepare(
      `insert into reading (device, at, output, asked_at, tries) values (?, ?, ?, ?, ?)
         on conflict (device) do update set at = excluded.at, output = excluded.output,
         asked_at = excluded.asked_at, tries = excluded.tries`,
    ),
    unanswered: db.prepare<[number], { device: string }>(
      'select device from reading where asked_at > coalesce(at, -1) order by asked_at limit ?',
    ),
    origins: db.prepare<[string], Origin>(
      'select iccid, configuration, identity from origin where device = ?',
    ),
    addOrigin: db.prepare(
      'insert or ignore into origin (device, iccid, configuration, identity) values (?, ?, ?, ?)',
    ),
  }

  return {
    device: (id: string): DeviceRow | undefined => deviceOf(sql.device.get(id)),
    page: (after: number, limit: number): readonly DeviceRow[] =>
      sql.page.all(after, limit).map((raw) => deviceOf(raw) as DeviceRow),
    countDevices: (): number => sql.count.get()?.n ?? 0,
    /** Takes what Graph said of a device; what a list leaves out is kept. */
    setDevice(managed: Managed, sweep: number, detailAt?: Instant): void {
      const known = deviceOf(sql.device.get(managed.id))
      if (known === undefined) {
        sql.add.run(managed.id, JSON.stringify(managed), sweep, detailAt ?? null)
        return
      }
      const { iccid, eid, actions } = known.managed
      const kept = detailAt === undefined ? withoutAbsent({ iccid, eid, actions }) : withoutAbsent({ eid })
      // An empty list of actions, in a list of devices, says as little as none.
      const { actions: told, ...rest } = managed
      const shown = told === undefined || (detailAt === undefined && told.length === 0) ? rest : managed
      sql.set.run(JSON.stringify({ ...kept, ...shown }), sweep, detailAt ?? null, managed.id)
    },
    setRetired: (id: string, at: Instant): void => void sql.retired.run(at, id),
    setGroups(groups: ReadonlyMap<string, readonly string[]> | undefined): void {
      sql.allGroups.run(groups === undefined ? null : '[]')
      for (const [id, names] of groups ?? []) sql.groups.run(JSON.stringify(names), id)
    },
    removeDevice(id: string): void {
      for (const statement of sql.remove) statement.run(id)
    },
    /** Devices that this sweep did not see. */
    unseen: (sweep: number): readonly string[] => sql.unseen.all(sweep).map(({ id }) => id),
    /** Never asked for alone, or not for long; those that are not plainly managed at every pass. */
    undetailed: (before: Instant, now: Instant, limit: number): readonly string[] =>
      sql.undetailed.all(before, now, limit).map(({ id }) => id),
    /** Windows devices without an answer since then; those first that were asked the longest time ago. */
    askable: (before: Instant, limit: number): readonly string[] =>
      sql.askable.all(before, limit).map(({ id }) => id),
    /** Ids of devices by the deviceId of Entra; several enrolments may have one. */
    byEntra: () => Map.groupBy(sql.byEntra.all(), ({ entra }) => entra),
    newestSync: (): Instant | undefined => sql.newest.get()?.at ?? undefined,
    meta: (key: string): string | undefined => sql.meta.get(key)?.value,
    setMeta: (key: string, value: string): void => void sql.setMeta.run(key, value),
    target: (name: string): Target | undefined => targetOf(sql.target.get(name)),
    targets: (): readonly Target[] => sql.targets.all().map((raw) => targetOf(raw) as Target),
    setTarget: ({ name, spec, withDiscovery, policy, group }: Target): void =>
      void sql.setTarget.run(
        name,
        JSON.stringify(spec),
        withDiscovery ? 1 : 0,
        policy ?? null,
        group ?? null,
      ),
    membership: (device: string, target: string): Membership | undefined =>
      membershipOf(sql.membership.get(device, target)),
    memberships: (device: string): readonly Membership[] =>
      sql.memberships.all(device).map((raw) => membershipOf(raw) as Membership),
    members: (target: string): readonly Membership[] =>
      sql.members.all(target).map((raw) => membershipOf(raw) as Membership),
    unsettled: (limit: number): readonly string[] => sql.unsettled.all(limit).map(({ device }) => device),
    setMembership: (each: Membership): void =>
      void sql.setMembership.run(
        each.device,
        each.target,
        each.configuration,
        each.state,
        each.since,
        each.confirmed ? 1 : 0,
        each.confirmedAt ?? null,
      ),
    dropMembership: (device: string, target: string): void => void sql.dropMembership.run(device, target),
    command(step: string): CommandRow | undefined {
      const raw = sql.command.get(step)
      return raw === undefined ? undefined : (JSON.parse(raw.row) as CommandRow)
    },
    commands: (device: string): readonly CommandRow[] =>
      sql.commands.all(device).map(({ row }) => JSON.parse(row) as CommandRow),
    setCommand: (row: CommandRow): void =>
      void sql.setCommand.run(
        row.step,
        row.device,
        row.kind,
        row.at,
        row.end === undefined && row.phase !== 'put-off' ? 1 : 0,
        JSON.stringify(row),
      ),
    dropCommand: (step: string): void => void sql.dropCommand.run(step),
    forgetCommands: (before: Instant): void => void sql.oldCommands.run(before),
    forgetRetired: (before: Instant): void => void sql.oldRetired.run(before),
    countOpen: (kind: string, since: number): number => sql.openOf.get(kind, since)?.n ?? 0,
    reading: (device: string): ReadingRow => readingOf(device, sql.reading.get(device)),
    setReading: ({ device, at, output, askedAt, tries }: ReadingRow): void =>
      void sql.setReading.run(device, at ?? null, output ?? null, askedAt ?? null, tries),
    unanswered: (limit: number): readonly string[] => sql.unanswered.all(limit).map(({ device }) => device),
    origins: (device: string): readonly Origin[] => sql.origins.all(device),
    addOrigin: (device: string, { iccid, configuration, identity }: Origin): void =>
      void sql.addOrigin.run(device, iccid, configuration, identity),
  }
}

function deviceOf(raw: RawDevice | undefined): DeviceRow | undefined {
  if (raw === undefined) return undefined
  const { seq, managed, detail_at, retired_at, groups } = raw
  return {
    seq,
    managed: JSON.parse(managed) as Managed,
    ...(detail_at === null ? {} : { detailAt: detail_at }),
    ...(retired_at === null ? {} : { retiredAt: retired_at }),
    ...(groups === null ? {} : { groups: JSON.parse(groups) as readonly string[] }),
  }
}

function targetOf(raw: RawTarget | undefined): Target | undefined {
  if (raw === undefined) return undefined
  const { name, spec, with_discovery, policy, grp } = raw
  return {
    name,
    spec: JSON.parse(spec) as Target['spec'],
    withDiscovery: with_discovery === 1,
    ...(policy === null ? {} : { policy }),
    ...(grp === null ? {} : { group: grp }),
  }
}

function membershipOf(raw: RawMembership | undefined): Membership | undefined {
  if (raw === undefined) return undefined
  const { confirmed, confirmed_at, ...rest } = raw
  return {
    ...rest,
    confirmed: confirmed === 1,
    ...(confirmed_at === null ? {} : { confirmedAt: confirmed_at }),
  }
}

function readingOf(device: string, raw: RawReading | undefined): ReadingRow {
  if (raw === undefined) return { device, tries: 0 }
  const { at, output, asked_at, tries } = raw
  return {
    device,
    tries,
    ...(at === null ? {} : { at }),
    ...(output === null ? {} : { output }),
    ...(asked_at === null ? {} : { askedAt: asked_at }),
  }
}
