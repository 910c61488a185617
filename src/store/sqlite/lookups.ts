import type { DeviceReference } from '../../domain/desired.ts'
import type { FleetStore } from '../../domain/fleet-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import { keysOf, referenceKey } from '../../plan/references.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import { foldedCode, foldedName } from '../lookup-text.ts'

export type Lookups = Pick<FleetStore, 'find' | 'referenced'> & {
  /** The devices that a reference may name, by identity alone. Within a transaction. */
  readonly devsNamedBy: (reference: DeviceReference) => readonly number[]
}

type Sought = Record<'code' | 'name' | 'exact' | 'limit', string | number>

/** Who is meant by a text. */
export function openLookups({ db, read }: Connection, reads: DeviceReads): Lookups {
  const found = db.prepare<[Sought], { dev: number }>(
    `select dev from (
       select dev from identity where serial = @code union select dev from identity where eid = @code
       union select dev from identity where imei = @code
       union select dev from identity where name = @name union select dev from identity where owner = @name
       union select r.dev from identity i join record r using(dev) where i.id = @code and r.id = @exact
       union select r.dev from record r join device using(dev) where r.key = @exact
     ) order by dev limit @limit`,
  )
  const named = db.prepare<[Record<'code' | 'id', string>], { dev: number }>(
    `select dev from identity where serial = @code union select dev from identity where eid = @code
       union select dev from identity where id = @code union select dev from identity where id = @id`,
  )

  function devsNamedBy(reference: DeviceReference): number[] {
    const code = foldedCode(reference.text) ?? ''
    // `driver/id` names the record with that id.
    const id = code.slice(code.indexOf('/') + 1)
    return named.all({ code, id }).map(({ dev }) => dev)
  }

  function matching(reference: DeviceReference): StoredDevice[] {
    const key = referenceKey(reference)
    return reads.byDevs(devsNamedBy(reference)).filter(({ record }) => keysOf(record).includes(key))
  }

  return {
    devsNamedBy,
    find: (text, limit) =>
      read(() => {
        const exact = text.trim()
        const rows = found.all({ code: foldedCode(text) ?? '', name: foldedName(text) ?? '', exact, limit })
        return reads.byDevs(rows.map(({ dev }) => dev))
      }),
    referenced: (references) =>
      read(() => {
        const all = references.map((reference) => [referenceKey(reference), matching(reference)] as const)
        return new Map(all.filter(([, devices]) => devices.length > 0))
      }),
  }
}
