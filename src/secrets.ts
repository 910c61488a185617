import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Setting } from './app.ts'
import { SimplaneError } from './domain/error.ts'
import { secretsOfDriver } from './settings/drivers.ts'
import { secretsOfWebhooks } from './settings/http-webhooks.ts'
import { secretsOfChannels } from './settings/notify.ts'
import { secretsOfForge } from './settings/reports.ts'
import { findSecret, type SecretRef } from './settings/secret.ts'
import type { StoreSettings } from './settings.ts'

/** Every secret that the settings name, for the log's last scrubbing. Throws `settings` for one that cannot be read. */
export function secretsOf(setting: Setting): string[] {
  const { source, store, drivers, http, notify, reports } = setting.settings
  const token = source.kind === 'git' && source.auth?.kind === 'token' ? [source.auth.token] : []
  const ofDrivers = drivers.flatMap((driver) => secretsOfDriver(driver).map(([, ref]) => ref))
  const refs = [
    ...token,
    ...ofDrivers,
    ...secretsOfWebhooks(http?.webhooks),
    ...secretsOfChannels(notify),
    ...secretsOfForge(reports?.forge),
  ]
  const secrets = refs.map((ref) => reveal(setting, ref))
  if (store.kind !== 'postgres') return secrets
  const { password } = new URL(databaseUrl(setting, store))
  return password === '' ? secrets : [...secrets, password, decodeURIComponent(password)]
}

/** A secret of the settings, looked up anew. Throws `settings` where it is not. */
export function reveal({ base, env }: Pick<Setting, 'base' | 'env'>, ref: SecretRef): string {
  return findSecret(ref, env, (path) => readFileSync(resolve(base, path), 'utf8')).reveal()
}

/** The address of the database with its password, where that is kept elsewhere. */
export function databaseUrl(setting: Setting, store: StoreSettings & { kind: 'postgres' }): string {
  if (store.password === undefined) return store.url.reveal()
  const url = new URL(store.url.reveal())
  url.password = encodeURIComponent(reveal(setting, store.password))
  return url.href
}

/** The text of a file that the settings name. Throws `settings` where it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new SimplaneError('settings', `The settings name the file ${path}, which cannot be read (${why}).`)
  }
}
