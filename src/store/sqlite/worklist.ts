import { type Touched, touchRecord } from '../touched.ts'
import type { Connection } from './connection.ts'

export type Worklist = {
  /** Puts everything touched on the list, each device once, in order of `dev`; gives how many. */
  readonly enlist: (touched: Touched) => number
  /** The devices touched and their siblings. */
  readonly reach: (touched: Touched) => number[]
  /** Adds what a device's stored identity names. */
  readonly touch: (touched: Touched, dev: number) => void
}

export function openWorklist({ db }: Connection): Worklist {
  const sharing = (column: 'serial' | 'eid') =>
    db
      .prepare<[string], number>(
        `select i.dev from json_each(?) b cross join identity i indexed by identity_${column} on i.${column} = b.value`,
      )
      .pluck()
  const bySerial = sharing('serial')
  const byEid = sharing('eid')
  const identity = db.prepare<[number], { serial: string | null; eid: string | null }>(
    'select serial, eid from identity where dev = ?',
  )
  // A new seq each time: whoever is planning the device just now must not take it off the list.
  const insert = db.prepare<[string]>(
    'insert or replace into work(dev) select d.dev from json_each(?) b cross join device d on d.dev = b.value',
  )

  function reach(touched: Touched): number[] {
    const devs = new Set(touched.devs)
    if (touched.serials.size > 0)
      for (const dev of bySerial.all(JSON.stringify([...touched.serials]))) devs.add(dev)
    if (touched.eids.size > 0) for (const dev of byEid.all(JSON.stringify([...touched.eids]))) devs.add(dev)
    return [...devs].sort((a, b) => a - b)
  }

  return {
    reach,
    enlist: (touched) => {
      const devs = reach(touched)
      return devs.length === 0 ? 0 : insert.run(JSON.stringify(devs)).changes
    },
    touch: (touched, dev) => {
      touched.devs.add(dev)
      const named = identity.get(dev)
      touchRecord(touched, {
        ...(named?.serial ? { serialNumber: named.serial } : {}),
        ...(named?.eid ? { eid: named.eid } : {}),
      })
    },
  }
}
