import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { becomeExecutor, openRecordedState, openSource, storeName, surroundings } from './app.ts'
import type { Given, Setting } from './app.ts'
import type { Check } from './domain/check.ts'
import { SimplaneError } from './domain/error.ts'
import { MINUTE, SECOND } from './domain/time.ts'
import { checkDriver, trialWebhook } from './drivers/registry.ts'
import { openListener } from './http/listener.ts'
import { tryWebhook, type Trial } from './http/trial.ts'
import { counted, sizeText } from './report/numbers.ts'
import { openForge } from './reviews.ts'
import { DEFAULT_HTTP } from './settings/http.ts'
import { clockAhead } from './source/server-clock.ts'
import { openStore } from './store/sqlite/open.ts'
import { MIGRATIONS } from './store/sqlite/schema.ts'

/** A check, and what it is about: source, store, clock, reports, webhook, or the name of a driver. */
export type Examined = Check & { readonly about: string }

type Around = Pick<Given, 'clock' | 'log'>

const MEBIBYTE = 1024 * 1024
/** Below this the database can soon not be written. */
const NO_ROOM = 64 * MEBIBYTE
/** Below this a person should know. */
const LITTLE_ROOM = 1024 * MEBIBYTE
const OFF = 30 * SECOND
const FAR_OFF = 5 * MINUTE

/** Looks at everything the service depends on, one after the other. Nothing is changed: no device, and nothing in an MDM. */
export async function* diagnose(setting: Setting, around: Around): AsyncGenerator<Examined> {
  yield* examined('source', () => checkSource(setting, around))
  yield* examined('store', () => checkStore(setting))
  yield* examined('clock', () => checkClock(setting, around))
  if (setting.settings.reports !== undefined) yield* examined('reports', () => checkReports(setting, around))
  const given = surroundings(setting, around)
  for (const driver of setting.settings.drivers) {
    yield* examined(driver.name, async () => {
      const simulated = { result: 'ok' as const, message: 'simulated: there is no MDM to ask' }
      return (await checkDriver(driver, given)) ?? [simulated]
    })
    yield* examined('webhook', () => checkWebhook(setting, around, driver.name))
  }
}

/** Trouble that has a name is something that was found. */
async function* examined(about: string, work: () => Promise<readonly Check[]>): AsyncGenerator<Examined> {
  try {
    for (const check of await work()) yield { about, ...check }
  } catch (error) {
    if (!(error instanceof SimplaneError) || error.code === 'internal') throw error
    const { message, hint } = error
    yield { about, result: 'fail', message, ...(hint === undefined ? {} : { hint }) }
  }
}

async function checkReports(setting: Setting, around: Around): Promise<readonly Check[]> {
  await using forge = await openForge(setting, around)
  return (await forge?.check()) ?? []
}

async function checkSource(setting: Setting, { clock }: Around): Promise<readonly Check[]> {
  const began = clock.now()
  await using source = await openSource(setting)
  const { revision } = await source.head()
  const { files } = await source.list(revision.id)
  const { source: wanted } = setting.settings
  const took = `${((clock.now() - began) / SECOND).toFixed(1)} s`
  const where =
    wanted.kind === 'folder' ? wanted.path : `${source.name} @ ${revision.id.slice(0, 7)}, fetched in ${took}`
  return [{ result: 'ok', message: `${where}, ${counted(files.length, 'file')}` }]
}

async function checkStore(setting: Setting): Promise<readonly Check[]> {
  const name = storeName(setting)
  const { store } = setting.settings
  if (store.kind === 'postgres') {
    await using opened = await openRecordedState(setting)
    const { devices } = await opened.counts()
    return [{ result: 'ok', message: `${name}, ${counted(devices, 'device')}` }]
  }
  const path = resolve(setting.base, store.path)
  const there = existsSync(path)
  const place = there ? path : nearestFolder(dirname(path))
  const blocked = [place, nearestFolder(dirname(path))].find((each) => !mayWrite(each))
  if (blocked !== undefined) {
    const hint = 'Let the user who runs simplane write it, or name another place under store.'
    return [{ result: 'fail', message: `${name}: ${blocked} may not be written`, hint }]
  }
  const room = checkRoom(name, place)
  if (!there)
    return [{ result: 'ok', message: `${name} is not there yet: the first start makes it` }, ...room]
  await using opened = await openStore(path, { readonly: true })
  const { devices } = await opened.counts()
  return [
    { result: 'ok', message: `${name}, format ${MIGRATIONS.length}, ${counted(devices, 'device')}` },
    ...room,
  ]
}

function checkRoom(name: string, place: string): readonly Check[] {
  const { bavail, bsize } = statfsSync(place)
  const free = bavail * bsize
  const message = `${sizeText(free)} free where ${name} is`
  if (free >= LITTLE_ROOM) return [{ result: 'ok', message }]
  return [
    { result: free < NO_ROOM ? 'fail' : 'warn', message, hint: 'Make room: a full disk stops the service.' },
  ]
}

function nearestFolder(folder: string): string {
  return existsSync(folder) || dirname(folder) === folder ? folder : nearestFolder(dirname(folder))
}

function mayWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}

async function checkClock({ settings }: Setting, { clock }: Around): Promise<readonly Check[]> {
  const { source } = settings
  const ahead = source.kind === 'git' ? await clockAhead(source.repo, clock) : undefined
  if (ahead === undefined) return []
  const off = Math.abs(ahead)
  if (off < OFF)
    return [{ result: 'ok', message: `within ${Math.ceil(off / SECOND) + 1} s of the git server's` }]
  const message = `${counted(Math.round(off / SECOND), 'second')} ${ahead > 0 ? 'ahead of' : 'behind'} the git server's`
  const hint = 'Set this machine by a time server: budgets, freshness and redownloads go by its clock.'
  return [{ result: off < FAR_OFF ? 'warn' : 'fail', message, hint }]
}

/** Sends the service what the MDM of a driver would send, where that pushes anything. */
async function checkWebhook(setting: Setting, around: Around, name: string): Promise<readonly Check[]> {
  const driver = setting.settings.drivers.find((each) => each.name === name)
  const trial = driver === undefined ? undefined : trialWebhook(driver, surroundings(setting, around))
  if (trial === undefined) return []
  const { http = DEFAULT_HTTP } = setting.settings
  if (http.port === 0) return [{ result: 'ok', message: 'each start takes a free port: nothing to try' }]
  const came = await tryWebhook(http, name, trial)
  if (came.kind !== 'nobody') return [judged(came, `${http.host}:${http.port}`, name)]
  if (await isServing(setting)) {
    const message = `the service runs, and nobody listens at ${http.host}:${http.port}`
    return [{ result: 'fail', message, hint: 'Start the service again: it was started with other settings.' }]
  }
  // Throws when it cannot be listened there.
  const listener = await openListener({
    ...http,
    log: around.log,
    answer: async () => ({ status: 503, text: '' }),
  })
  await listener[Symbol.asyncDispose]()
  return [{ result: 'ok', message: `${listener.address} is free: the service will listen there` }]
}

async function isServing(setting: Setting): Promise<boolean> {
  const { store } = setting.settings
  if (store.kind === 'postgres' || !existsSync(resolve(setting.base, store.path))) return false
  const lock = becomeExecutor(setting)
  await lock?.[Symbol.asyncDispose]()
  return lock === undefined
}

function judged(came: Exclude<Trial, { kind: 'nobody' }>, at: string, driver: string): Check {
  if (came.kind === 'silent')
    return failed(`${at} does not answer: ${came.why}`, 'Another program may listen there: see http.listen.')
  const { status, text } = came
  if (status === 200)
    return { result: 'ok', message: `${at} took a test as the MDM of ${driver} would send it` }
  if (status === 401)
    return failed(
      `${at} refused a test with the key of the settings: ${text}`,
      'Start the service again: it still has another key.',
    )
  if (status === 404)
    return failed(
      `who listens at ${at} does not know driver ${driver}`,
      'Start the service again if it has other settings, or name another address under http.listen.',
    )
  return failed(`${at} answered a test with HTTP ${status}: ${text}`, 'The log of the service says why.')
}

function failed(message: string, hint: string): Check {
  return { result: 'fail', message, hint }
}
