import { type Touched, touchRecord } from '../touched.ts'
import type { Connection } from './connection.ts'

export type Worklist = {
  /**
   * Puts everything touched on the list, each device once, in order of `dev`; gives how many. Whose serial number or EID
   * another record has too is marked, for good: nobody else has to be asked for siblings.
   */
  readonly enlist: (touched: Touched) => number
  /** The devices touched and their siblings. */
  readonly reach: (touched: Touched) => readonly number[]
  /** Adds what a device's stored identity names. */
  readonly touch: (touched: Touched, dev: number) => void
}

export function openWorklist({ db }: Connection): Worklist {
  const sharing = (column: 'serial' | 'eid') =>
    db
      .prepare<[string], [name: string, dev: number]>(
        `select b.value, i.dev from json_each(?) b cross join identity i indexed by identity_${column} on i.${column} = b.value`,
      )
      .raw()
  const bySerial = sharing('serial')
  const byEid = sharing('eid')
  const identity = db.prepare<[number], { serial: string | null; eid: string | null }>(
    'select serial, eid from identity where dev = ?',
  )
  // Whoever has a device row has one in `seen`, which is small and was just written.
  // A new seq each time: whoever is planning the device just now must not take it off the list.
  const insert = db.prepare<[string]>(
    'insert or replace into work(dev) select s.dev from json_each(?) b cross join seen s on s.dev = b.value',
  )

  const mark = db.prepare<[string]>(
    'update device set twin = 1 where twin = 0 and dev in (select value from json_each(?))',
  )

  /** `twins`: those that share a name with another. */
  function reached(touched: Touched): {
    readonly devs: readonly number[]
    readonly twins: readonly number[]
  } {
    const devs = new Set(touched.devs)
    const twins: number[] = []
    for (const [names, statement] of [
      [touched.serials, bySerial],
      [touched.eids, byEid],
    ] as const) {
      if (names.size === 0) continue
      const bearers = new Map<string, number>()
      for (const [name, dev] of statement.all(JSON.stringify([...names]))) {
        devs.add(dev)
        const other = bearers.get(name)
        if (other === undefined) bearers.set(name, dev)
        else twins.push(other, dev)
      }
    }
    return { devs: [...devs].sort((a, b) => a - b), twins }
  }

  return {
    reach: (touched) => reached(touched).devs,
    enlist: (touched) => {
      const { devs, twins } = reached(touched)
      if (twins.length > 0) mark.run(JSON.stringify(twins))
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
