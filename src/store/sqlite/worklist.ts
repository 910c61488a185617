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
  const bySerial = db.prepare<[string], { dev: number }>('select dev from identity where serial = ?')
  const byEid = db.prepare<[string], { dev: number }>('select dev from identity where eid = ?')
  const identity = db.prepare<[number], { serial: string | null; eid: string | null }>(
    'select serial, eid from identity where dev = ?',
  )
  // A new seq each time: whoever is planning the device just now must not take it off the list.
  const insert = db.prepare<[number]>(
    'insert or replace into work(dev) select dev from device where dev = (select ?)',
  )

  function reach(touched: Touched): number[] {
    const devs = new Set(touched.devs)
    for (const serial of touched.serials) for (const { dev } of bySerial.all(serial)) devs.add(dev)
    for (const eid of touched.eids) for (const { dev } of byEid.all(eid)) devs.add(dev)
    return [...devs].sort((a, b) => a - b)
  }

  return {
    reach,
    enlist: (touched) => reach(touched).reduce((count, dev) => count + insert.run(dev).changes, 0),
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
