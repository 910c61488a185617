import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Driver } from './domain/driver.ts'
import { ALONE, type Leadership } from './domain/leadership.ts'
import type { Log } from './domain/log.ts'
import type { Source } from './domain/source.ts'
import type { Store } from './domain/store.ts'
import type { Clock, Duration } from './domain/time.ts'
import type { Surroundings } from './drivers/kind.ts'
import { capabilitiesOf, openDriver } from './drivers/registry.ts'
import type { Desk } from './drivers/runbook/desk.ts'
import type { Parts, Screen } from './reconcile/parts.ts'
import type { PlanningParts } from './reconcile/question.ts'
import type { StorePlace } from './planner-thread.ts'
import { openPlanner } from './planner.ts'
import { databaseUrl, readText, reveal } from './secrets.ts'
import type { Settings, SourceAuth, SourceSettings } from './settings.ts'
import { openGitSource } from './source/git.ts'
import type { GitAuth } from './source/git-environment.ts'
import { openWorkingTree } from './source/working-tree.ts'
import type { PutBackDatabase } from './store/postgres/restored.ts'
import { acquireExecutorLock, executorHolder } from './store/sqlite/lock.ts'
import { openStore } from './store/sqlite/open.ts'

/** Settings with the folder their relative paths start from, and the environment their secrets are in. */
export type Setting = {
  readonly settings: Settings
  readonly base: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The recorded state, and who may plan on it. Disposing the store ends both. */
type RecordedState = {
  readonly store: Store
  readonly leadership: Leadership
  /** For another thread that reads it too. */
  readonly place: StorePlace
}

/** Opens the store of the engine that the settings name. Throws what `openStore` and `openPostgres` throw. */
async function openEngine(setting: Setting): Promise<RecordedState> {
  const { store } = setting.settings
  if (store.kind === 'sqlite') {
    const path = resolve(setting.base, store.path)
    return { store: await openStore(path), leadership: ALONE, place: { kind: 'sqlite', path } }
  }
  // Who works on a file needs nothing of this, and starts the sooner without.
  const { openPostgres } = await import('./store/postgres/open.ts')
  const url = databaseUrl(setting, store)
  const opened = await openPostgres(url)
  return { store: opened, leadership: opened.leadership, place: { kind: 'postgres', url } }
}

/** Opens the store. Throws what `openStore` and `openPostgres` throw. */
export async function openRecordedState(setting: Setting): Promise<Store> {
  return (await openEngine(setting)).store
}

/**
 * Opens the PostgreSQL database of the settings that other tools have put back; `undefined` when the store is no such
 * one. Throws what `openPutBack` throws.
 */
export async function openPutBackDatabase(setting: Setting): Promise<PutBackDatabase | undefined> {
  const { store } = setting.settings
  if (store.kind !== 'postgres') return undefined
  const { openPutBack } = await import('./store/postgres/restored.ts')
  return openPutBack(databaseUrl(setting, store))
}

/** Where the recorded state is, for a message: without user and password. */
export function storeName({ settings: { store } }: Pick<Setting, 'settings'>): string {
  return store.kind === 'sqlite' ? store.path : store.shown
}

/** May there be recorded state? Whether a database of PostgreSQL holds some, only opening it tells. */
export function mayHoldState({ settings: { store }, base }: Setting): boolean {
  return store.kind === 'postgres' || existsSync(resolve(base, store.path))
}

/**
 * Makes this process one that issues steps; `undefined` while that is another one's alone. On PostgreSQL many may, and
 * one of them plans.
 */
export function becomeExecutor({ settings: { store }, base }: Setting): AsyncDisposable | undefined {
  if (store.kind === 'postgres') return { [Symbol.asyncDispose]: async () => undefined }
  return acquireExecutorLock(resolve(base, store.path))
}

/** Does a service work on this store? `store`: the setting's, opened. */
export async function isServed(setting: Setting, store: Store): Promise<boolean> {
  if (setting.settings.store.kind === 'postgres') return (await leaderOf(store)) !== undefined
  const lock = becomeExecutor(setting)
  await lock?.[Symbol.asyncDispose]()
  return lock === undefined
}

async function leaderOf(store: Store): Promise<string | undefined> {
  const { leadership } = store as Partial<RecordedState>
  return await leadership?.leader()
}

/** A command that only looks holds the lock for a moment: who is to work waits that long. */
const LOOKS_TAKE: Duration = 500

/** As `becomeExecutor`, but not misled by a command that only looks. */
export async function becomeExecutorSoon(
  setting: Setting,
  clock: Clock,
): Promise<AsyncDisposable | undefined> {
  for (let waited = 0; waited < LOOKS_TAKE; waited += 100) {
    const lock = becomeExecutor(setting)
    if (lock !== undefined) return lock
    await clock.sleep(100)
  }
  return becomeExecutor(setting)
}

/** The process that alone issues steps, for a message. */
export function otherExecutor({ settings: { store }, base }: Setting): number | undefined {
  return store.kind === 'postgres' ? undefined : executorHolder(resolve(base, store.path))
}

/** Opens the source of desired state: a folder, or git through a bare mirror. */
export function openSource({ settings, base, env }: Setting): Promise<Source> {
  const { source } = settings
  if (source.kind === 'folder') return Promise.resolve(openWorkingTree({ path: resolve(base, source.path) }))
  return openGitSource({
    repo: repoOf(source, base),
    ref: source.ref,
    path: source.path,
    mirror: resolve(base, source.mirror),
    ambient: env,
    ...(source.auth === undefined ? {} : { auth: gitAuth(source.auth, base, env) }),
  })
}

/** A local path is relative to the settings; an address stays as it is. */
function repoOf({ repo }: SourceSettings & { kind: 'git' }, base: string): string {
  return repo.startsWith('.') || isAbsolute(repo) ? resolve(base, repo) : repo
}

function gitAuth(auth: SourceAuth, base: string, env: Setting['env']): GitAuth {
  if (auth.kind === 'ssh')
    return { kind: 'ssh', key: resolve(base, auth.key), knownHosts: resolve(base, auth.knownHosts) }
  const { username } = auth
  return {
    kind: 'token',
    token: () => reveal({ base, env }, auth.token),
    ...(username === undefined ? {} : { username }),
  }
}

/** What planning reads of the drivers, without opening one. */
export function driverFaces({ settings }: Setting): PlanningParts['drivers'] {
  return settings.drivers.map((driver) => ({ name: driver.name, capabilities: capabilitiesOf(driver) }))
}

/** Opens what persons are asked to do; `undefined`: no driver hands anything to a person. */
export async function openTasks({ settings, base }: Setting): Promise<Desk | undefined> {
  if (settings.tasks === undefined) return undefined
  const { openDesk } = await import('./drivers/runbook/desk.ts')
  return openDesk(resolve(base, settings.tasks))
}

/** What the drivers of a setting are opened in. */
export function surroundings(
  setting: Setting,
  given: Pick<Given, 'clock' | 'log' | 'progress'>,
): Surroundings {
  const { clock, log, progress } = given
  const pathOf = (written: string): string => resolve(setting.base, written)
  return {
    clock,
    log,
    pathOf,
    textOf: (written) => readText(pathOf(written)),
    reveal: (secret) => reveal(setting, secret),
    ...(progress === undefined ? {} : { progress }),
  }
}

export type Given = {
  readonly clock: Clock
  readonly log: Log
  readonly screen: Screen
  /** The program's version. */
  readonly program: string
  /** Told how many devices of a new simulated fleet are written. */
  readonly progress?: (written: number) => void
}

/** Everything the reconciler works with, opened; disposed in reverse order. */
export type Running = AsyncDisposable & { readonly parts: Parts }

export async function openRunning(setting: Setting, given: Given): Promise<Running> {
  const stack = new AsyncDisposableStack()
  try {
    const { store, leadership, place } = await openEngine(setting)
    stack.use(store)
    const source = stack.use(await openSource(setting))
    const desk = await openTasks(setting)
    if (desk !== undefined) stack.use(desk)
    const drivers: Driver[] = []
    for (const driver of setting.settings.drivers) {
      drivers.push(stack.use(await openDriver(driver, surroundings(setting, given), desk)))
    }
    const { clock, log, screen } = given
    const { ignore, limits, retention } = setting.settings
    const parts: Parts = {
      store,
      source,
      drivers,
      clock,
      log,
      screen,
      ignore,
      ceiling: limits.mode,
      program: given.program,
      history: retention.history,
      leadership,
      planner: openPlanner(place, log),
    }
    return { parts, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
