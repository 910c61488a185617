import type { LabelQuery, Reach } from '../../domain/reach.ts'
import type { Connection } from './connection.ts'
import type { Labels } from './labels.ts'
import type { Lookups } from './lookups.ts'

/** Beyond so many devices it does not matter which line of a query is asked first. */
const COUNTED = 20_000

/** Puts on the worklist whom a revision reaches, in order of `dev`. Within a write. */
export function openReaching(
  { db, texts }: Connection,
  labels: Labels,
  devsNamedBy: Lookups['devsNamedBy'],
): (reach: Reach) => void {
  db.exec('create temp table if not exists reached(dev integer primary key)')
  const everybody = db.prepare<[]>('insert or replace into work(dev) select dev from device order by dev')
  const none = db.prepare<[]>('delete from reached')
  const enlist = db.prepare<[]>(
    'insert or replace into work(dev) select r.dev from reached r cross join device using(dev) order by r.dev',
  )
  const add = db.prepare<[number]>('insert or ignore into reached(dev) values(?)')
  const by = (where: string) =>
    db.prepare<[number | string]>(`insert or ignore into reached(dev) select dev from ${where}`)
  const wanting = by(assignedDevices('assigned', 'configuration'))
  const naming = by('mention where name = (select ?)')
  const members = by(assignedDevices('assigned_group', 'grp'))
  const retiring = by(assignedDevices('assigned', 'retirement'))
  const platform = by('device where platform = (select ?)')
  const found = by('finding where code = (select ?)')
  const count = db.prepare<[string], { devices: number }>(
    `select count(*) as devices from (select 1 from device_label
       where label in (select value from json_each(?)) limit ${COUNTED})`,
  )

  function labelled(query: LabelQuery): void {
    const lines = query
      .map(({ key, values }) => JSON.stringify(labels.find(key, values)))
      .map((line) => ({ line, devices: count.get(line)?.devices ?? 0 }))
      .sort((a, b) => a.devices - b.devices)
      .map(({ line }) => line)
    const rest = lines
      .slice(1)
      .map(
        () =>
          `and exists (select 1 from device_label b where b.dev = a.dev and b.label in (select value from json_each(?)))`,
      )
    db.prepare<string[]>(
      `insert or ignore into reached(dev) select a.dev from device_label a
         where a.label in (select value from json_each(?)) ${rest.join(' ')}`,
    ).run(...lines)
  }

  function each(names: readonly string[], ...statements: ReturnType<typeof by>[]): void {
    for (const name of names) {
      // A text that the database has never seen is on no device.
      const id = texts.find(name)
      if (id !== undefined) for (const statement of statements) statement.run(id)
    }
  }

  return (reach) => {
    if (reach === 'all') {
      everybody.run()
      return
    }
    none.run()
    each(reach.configurations, wanting, naming)
    each(reach.groups, members)
    each(reach.retirements, retiring)
    each(['retry-exhausted'], found)
    for (const one of reach.platforms) platform.run(one)
    for (const query of reach.labelled) labelled(query)
    for (const reference of reach.references) for (const dev of devsNamedBy(reference)) add.run(dev)
    enlist.run()
    none.run()
  }
}

function assignedDevices(table: 'assigned' | 'assigned_group', column: string): string {
  return `${table} a cross join device d indexed by device_assignment on d.assignment = a.assignment where a.${column} = (select ?)`
}
