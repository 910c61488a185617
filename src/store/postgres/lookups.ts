import type { DeviceReference } from '../../domain/desired.ts'
import type { FleetStore } from '../../domain/fleet-store.ts'
import type { StoredDevice } from '../../domain/stored-device.ts'
import { keysOf, referenceKey } from '../../plan/references.ts'
import { foldedCode, foldedName } from '../lookup-text.ts'
import type { Connection } from './connection.ts'
import type { DeviceReads } from './device-reads.ts'
import type { Session } from './session.ts'

export type Lookups = Pick<FleetStore, 'find' | 'referenced'>

const FOUND = `select dev from (
  select dev from identity where serial = $1 union select dev from identity where eid = $1
  union select dev from identity where imei = $1
  union select dev from identity where name = $2 union select dev from identity where owner = $2
  union select r.dev from identity i join record r on r.dev = i.dev where i.id = $1 and r.id = $3
  union select r.dev from record r join device d on d.dev = r.dev where r.key = $3) x order by dev limit $4`
/** By identity alone, each as often as it is found: $1 codes, $2 what may be an id. */
export const NAMED = `select i.dev from unnest($1::text[]) b(code) join identity i on i.serial = b.code
  union all select i.dev from unnest($1::text[]) b(code) join identity i on i.eid = b.code
  union all select i.dev from unnest($2::text[]) b(code) join identity i on i.id = b.code`

/** Who is meant by a text. */
export function openLookups({ read }: Connection, reads: DeviceReads): Lookups {
  async function named(
    session: Session,
    references: readonly DeviceReference[],
  ): Promise<readonly StoredDevice[]> {
    const { codes, ids } = namesIn(references)
    const rows = await session.rows<{ dev: number }>(NAMED, codes, ids)
    return reads.byDevs(session, [...new Set(rows.map(({ dev }) => dev))])
  }

  return {
    find: (text, limit) =>
      read(async (session) => {
        const code = foldedCode(text) ?? ''
        const name = foldedName(text) ?? ''
        const rows = await session.rows<{ dev: number }>(FOUND, code, name, text.trim(), limit)
        return reads.byDevs(
          session,
          rows.map(({ dev }) => dev),
        )
      }),
    referenced: (references) =>
      read(async (session) => {
        const found = new Map<string, StoredDevice[]>(
          references.map((reference) => [referenceKey(reference), []]),
        )
        for (const device of await named(session, references))
          for (const key of new Set(keysOf(device.record))) found.get(key)?.push(device)
        return new Map([...found].filter(([, devices]) => devices.length > 0))
      }),
  }
}

/** What references may say: codes, and ids, which `driver/id` ends with. */
export function namesIn(references: readonly DeviceReference[]): {
  readonly codes: readonly string[]
  readonly ids: readonly string[]
} {
  const codes = new Set(references.map(({ text }) => foldedCode(text) ?? ''))
  const ids = new Set(references.flatMap(({ text }) => idsIn(foldedCode(text) ?? '')))
  return { codes: [...codes], ids: [...ids] }
}

function idsIn(code: string): string[] {
  return [code, code.slice(code.indexOf('/') + 1)]
}
