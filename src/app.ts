import { readFileSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import type { Driver } from './domain/driver.ts'
import type { Log } from './domain/log.ts'
import type { Source } from './domain/source.ts'
import type { Store } from './domain/store.ts'
import type { Clock, Duration } from './domain/time.ts'
import { CAPABILITIES } from './drivers/simulator/mdm-rules.ts'
import { openSimulator } from './drivers/simulator/simulator.ts'
import type { Parts, Screen } from './reconcile/parts.ts'
import type { PlanningParts } from './reconcile/question.ts'
import { findSecret } from './settings/secret.ts'
import type { DriverSettings, Settings, SourceAuth, SourceSettings } from './settings.ts'
import { openGitSource } from './source/git.ts'
import type { GitAuth } from './source/git-environment.ts'
import { openWorkingTree } from './source/working-tree.ts'
import { acquireExecutorLock, executorHolder } from './store/sqlite/lock.ts'
import { openStore } from './store/sqlite/open.ts'

/** Settings with the folder their relative paths start from, and the environment their secrets are in. */
export type Setting = {
  readonly settings: Settings
  readonly base: string
  readonly env: Readonly<Record<string, string | undefined>>
}

/** Opens the store. Throws what `openStore` throws. */
export function openRecordedState({ settings, base }: Setting): Promise<Store> {
  return openStore(resolve(base, settings.store))
}

/** Makes this process the one that issues steps; `undefined` while another one is. */
export function becomeExecutor({ settings, base }: Setting): AsyncDisposable | undefined {
  return acquireExecutorLock(resolve(base, settings.store))
}

/** A command that only looks whether somebody holds the lock has it for a moment: who is to work waits that long. */
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

/** The process that issues steps, for a message. */
export function otherExecutor({ settings, base }: Setting): number | undefined {
  return executorHolder(resolve(base, settings.store))
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

/** Every secret that the settings name, for the log's last scrubbing. Throws `settings` for one that cannot be read. */
export function secretsOf({ settings, base, env }: Setting): string[] {
  const { source } = settings
  if (source.kind !== 'git' || source.auth?.kind !== 'token') return []
  return [findSecret(source.auth.token, env, (path) => readFileSync(resolve(base, path), 'utf8')).reveal()]
}

function gitAuth(auth: SourceAuth, base: string, env: Setting['env']): GitAuth {
  if (auth.kind === 'ssh')
    return { kind: 'ssh', key: resolve(base, auth.key), knownHosts: resolve(base, auth.knownHosts) }
  const read = (path: string): string => readFileSync(resolve(base, path), 'utf8')
  const { username } = auth
  return {
    kind: 'token',
    token: () => findSecret(auth.token, env, read).reveal(),
    ...(username === undefined ? {} : { username }),
  }
}

/** What planning reads of the drivers, without opening one. */
export function driverFaces({ settings }: Setting): PlanningParts['drivers'] {
  return settings.drivers.map(({ name }) => ({ name, capabilities: CAPABILITIES }))
}

async function openDriver(
  driver: DriverSettings,
  base: string,
  clock: Clock,
  progress?: (written: number) => void,
): Promise<Driver> {
  const { name, path, devices, seed, latency } = driver
  return await openSimulator({
    name,
    path: resolve(base, path),
    devices,
    seed,
    clock,
    ...(latency === undefined ? {} : { dials: { latency } }),
    ...(progress === undefined ? {} : { progress }),
  })
}

export type Given = {
  readonly clock: Clock
  readonly log: Log
  readonly screen: Screen
  /** Told how many devices of a new simulated fleet are written. */
  readonly progress?: (written: number) => void
}

/** Everything the reconciler works with, opened; disposed in reverse order. */
export type Running = AsyncDisposable & { readonly parts: Parts }

export async function openRunning(setting: Setting, given: Given): Promise<Running> {
  const stack = new AsyncDisposableStack()
  try {
    const store = stack.use(await openRecordedState(setting))
    const source = stack.use(await openSource(setting))
    const drivers: Driver[] = []
    for (const driver of setting.settings.drivers) {
      drivers.push(stack.use(await openDriver(driver, setting.base, given.clock, given.progress)))
    }
    const { clock, log, screen } = given
    const { ignore, limits } = setting.settings
    const parts: Parts = { store, source, drivers, clock, log, screen, ignore, ceiling: limits.mode }
    return { parts, [Symbol.asyncDispose]: () => stack.disposeAsync() }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
