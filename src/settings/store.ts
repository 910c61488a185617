import type { StoreSettings, Written } from '../settings.ts'
import type { Trouble } from './check.ts'
import type { Environment } from './environment.ts'
import { createSecret } from './secret.ts'

const DEFAULT_FILE = './state/simplane.db'
const POSTGRES = /^postgres(?:ql)?:\/\//i

/** Where the state is: a file of SQLite, or a database of PostgreSQL. */
export function completeStore({ store = DEFAULT_FILE, storePassword }: Written): StoreSettings {
  if (!POSTGRES.test(store)) return { kind: 'sqlite', path: store }
  const shown = new URL(store)
  shown.username = ''
  shown.password = ''
  shown.search = ''
  return {
    kind: 'postgres',
    url: createSecret(store),
    ...(storePassword === undefined ? {} : { password: storePassword }),
    shown: shown.href,
  }
}

/** What no schema can say of `store`. A text that may hold a password is never repeated. */
export function storeTroubles({ store, storePassword }: Written, env: Environment): readonly Trouble[] {
  const isPostgres = store !== undefined && POSTGRES.test(store)
  if (storePassword !== undefined && !isPostgres) {
    return wrong(
      ['storePassword'],
      'storePassword means nothing without a store in PostgreSQL',
      'write store: postgres://user@host/database, or take it out',
    )
  }
  if (store === undefined || !/^[a-z][a-z0-9+.-]*:\/\//i.test(store)) return []
  if (!isPostgres) {
    const hint = 'write ./state/simplane.db, or postgres://user@host/database'
    return wrong(['store'], 'store must be a file, or the address of a PostgreSQL database', hint)
  }
  if (!URL.canParse(store) || new URL(store).pathname.length < 2) {
    const hint = 'write postgres://user@host/database, special characters as %XX'
    return wrong(['store'], 'store is no complete address of a PostgreSQL database', hint)
  }
  const byVariable = (env['SIMPLANE_STORE'] ?? '') !== ''
  if (!byVariable && (new URL(store).password !== '' || new URL(store).searchParams.has('password'))) {
    const hint = 'take it out of store, and write storePassword: { env: NAME } or { file: PATH }'
    return wrong(['store'], 'store holds a password, which is never written here', hint)
  }
  return []
}

function wrong(path: Trouble['path'], message: string, hint: string): readonly Trouble[] {
  return [{ path, severity: 'error', reason: 'bad-value', message, hint }]
}
