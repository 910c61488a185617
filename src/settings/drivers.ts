import type { SentKind } from '../domain/driver.ts'
import type { Trouble } from './check.ts'
import { milliseconds } from './duration.ts'
import type { Environment } from './environment.ts'
import { completeFleet, type FleetSettings, type WrittenFleet } from './fleet.ts'
import { completeIntune, type IntuneSettings, type WrittenIntune } from './intune.ts'
import { completeIvanti, type IvantiSettings, type WrittenIvanti } from './ivanti.ts'
import { completeJamf, type JamfSettings, type WrittenJamf } from './jamf.ts'
import { completeNanoMdm, type NanoMdmSettings, type WrittenNanoMdm } from './nanomdm.ts'
import type { SecretRef } from './secret.ts'
import { completeSimpleMdm, type SimpleMdmSettings, type WrittenSimpleMdm } from './simplemdm.ts'
import { completeSimulator, type SimulatorSettings, type WrittenSimulator } from './simulator.ts'

/** The settings of each kind of driver. */
export type SettingsByKind = {
  readonly simulator: SimulatorSettings
  readonly nanomdm: NanoMdmSettings
  readonly fleet: FleetSettings
  readonly intune: IntuneSettings
  readonly ivanti: IvantiSettings
  readonly jamf: JamfSettings
  readonly simplemdm: SimpleMdmSettings
}

export type Kind = keyof SettingsByKind

/** What every driver may have. */
type Shared = {
  /** The steps that a person does in the console, whether or not the MDM could (docs/drivers/runbook.md). */
  readonly manual?: readonly SentKind[]
}

/** One entry of `drivers`, with every default filled in. */
export type DriverSettings<K extends Kind = Kind> = {
  [P in K]: SettingsByKind[P] & Shared & { readonly kind: P }
}[K]

/** As the schema accepts it. */
export type WrittenDriver = Shared &
  (
    | WrittenSimulator
    | WrittenNanoMdm
    | WrittenFleet
    | WrittenIntune
    | WrittenIvanti
    | WrittenJamf
    | WrittenSimpleMdm
  )

/** The keys of each kind that name a secret; a word in the place of one is none. */
const SECRETS = {
  simulator: [],
  nanomdm: ['apiKey', 'webhookKey'],
  fleet: ['token'],
  intune: ['clientSecret'],
  ivanti: ['password'],
  jamf: ['clientSecret'],
  simplemdm: ['apiKey'],
} as const satisfies Readonly<Record<Kind, readonly string[]>>

/** With the defaults. `beside`: the folder of the store, where drivers keep their files. */
export function completeDriver(written: WrittenDriver, beside: string): DriverSettings {
  const path = `${beside}${written.name}.db`
  switch (written.kind) {
    case 'simulator':
      return completeSimulator(written, path)
    case 'nanomdm':
      return completeNanoMdm(written, path)
    case 'fleet':
      return completeFleet(written, path)
    case 'intune':
      return completeIntune(written, path)
    case 'ivanti':
      return completeIvanti(written, path)
    case 'jamf':
      return completeJamf(written, path)
    case 'simplemdm':
      return completeSimpleMdm(written, path)
  }
}

/** Does it hand any step to a person? */
export function isPartlyByHand({ manual = [] }: Shared): boolean {
  return manual.length > 0
}

/** Where the secrets of a driver are, by the key that says so. */
export function secretsOfDriver(driver: WrittenDriver | DriverSettings): readonly [string, SecretRef][] {
  const values: Readonly<Record<string, unknown>> = driver
  const keys: Readonly<Record<string, readonly string[]>> = SECRETS
  // A kind that is none is told of elsewhere.
  return (keys[driver.kind] ?? []).flatMap((key) => {
    const value = values[key]
    return typeof value === 'object' && value !== null ? [[key, value as SecretRef]] : []
  })
}

/** What no schema can say of `drivers`. */
export function driverTroubles(drivers: readonly WrittenDriver[], env: Environment): readonly Trouble[] {
  return drivers.flatMap((driver, index) => {
    const at = ['drivers', index]
    const first = drivers.findIndex(({ name }) => name === driver.name)
    return [
      ...(first === index
        ? []
        : [wrong([...at, 'name'], `two drivers are named "${driver.name}"`, 'give each its own name')]),
      ...latencyTroubles(driver, at),
      ...secretTroubles(driver, at, env),
    ]
  })
}

function latencyTroubles(driver: WrittenDriver, at: Trouble['path']): readonly Trouble[] {
  if (driver.kind !== 'simulator' || driver.latency === undefined) return []
  const { min, max } = driver.latency
  if (milliseconds(min) <= milliseconds(max)) return []
  return [wrong([...at, 'latency'], 'latency.min is more than latency.max', 'exchange them')]
}

function secretTroubles(driver: WrittenDriver, at: Trouble['path'], env: Environment): readonly Trouble[] {
  return secretsOfDriver(driver).flatMap(([key, ref]) =>
    'env' in ref && (env[ref.env] ?? '') === ''
      ? [wrong([...at, key, 'env'], `the environment variable ${ref.env} is not set`, `set it to the ${key}`)]
      : [],
  )
}

function wrong(path: Trouble['path'], message: string, hint: string): Trouble {
  return { path, severity: 'error', reason: 'bad-value', message, hint }
}
