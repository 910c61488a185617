import type { DeviceRecord } from '../../domain/device.ts'
import { eidOf, serialOf } from '../../plan/identity.ts'
import type { Connection } from './connection.ts'

/** What one transaction touched: these devices, and whoever shares an identity with them, are to be planned again. */
export type Touched = {
  readonly devs: Set<number>
  readonly serials: Set<string>
  readonly eids: Set<string>
}

export type Worklist = {
  /** Puts everything touched on the list, each device once, in order of `dev`; gives how many. */
  readonly enlist: (touched: Touched) => number
  /** The devices touched and their siblings. */
  readonly reach: (touched: Touched) => number[]
  /** Adds what a device's stored identity names. */
  readonly touch: (touched: Touched, dev: number) => void
}

export function nothingTouched(): Touched {
  return { devs: new Set(), serials: new Set(), eids: new Set() }
}

/** Adds what a record names; before and after a change, both. A value that identifies nothing names nobody. */
export function touchRecord(touched: Touched, record: Pick<DeviceRecord, 'serialNumber' | 'eid'>): void {
  const serial = serialOf(record)
  const eid = eidOf(record)
  if (serial !== undefined) touched.serials.add(serial)
  if (eid !== undefined) touched.eids.add(eid)
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
