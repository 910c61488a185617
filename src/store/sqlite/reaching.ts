import type { Reach } from '../../domain/reach.ts'
import type { Connection } from './connection.ts'
import { type Labels, NAMED } from './labels.ts'
import type { Lookups } from './lookups.ts'

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
  const members = by(assignedDevices('assigned_group', 'grp'))
  const retiring = by(assignedDevices('assigned', 'retirement'))
  const platform = by('device where platform = (select ?)')
  const found = by('finding where code = (select ?)')

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
    each(reach.configurations, wanting)
    each(reach.groups, members)
    each(reach.retirements, retiring)
    each(['retry-exhausted'], found)
    for (const one of reach.platforms) platform.run(one)
    const naming = { key: NAMED, values: reach.configurations }
    for (const query of [[naming], ...reach.labelled]) for (const dev of labels.carriers(query)) add.run(dev)
    for (const reference of reach.references) for (const dev of devsNamedBy(reference)) add.run(dev)
    enlist.run()
    none.run()
  }
}

function assignedDevices(table: 'assigned' | 'assigned_group', column: string): string {
  return `${table} a cross join device d indexed by device_assignment on d.assignment = a.assignment where a.${column} = (select ?)`
}
