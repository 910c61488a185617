import type { Check } from '../domain/check.ts'
import type { Capabilities, Driver, WebhookRequest } from '../domain/driver.ts'
import type { DriverSettings, Kind, SettingsByKind } from '../settings/drivers.ts'
import { FLEET } from './fleet/kind.ts'
import { INTUNE } from './intune/kind.ts'
import { IVANTI } from './ivanti/kind.ts'
import { JAMF } from './jamf/kind.ts'
import type { DriverKind, Surroundings } from './kind.ts'
import { NANOMDM } from './nanomdm/kind.ts'
import type { Desk } from './runbook/desk.ts'
import { IVANTI_GUIDE, PLAIN_GUIDE } from './runbook/guide.ts'
import { joined } from './runbook/hand-over.ts'
import { SIMPLEMDM } from './simplemdm/kind.ts'
import { SIMULATOR } from './simulator/kind.ts'

/** Every kind of driver there is: a folder of its own, and a line here. */
const KINDS: { readonly [K in Kind]: DriverKind<SettingsByKind[K]> } = {
  simulator: SIMULATOR,
  nanomdm: NANOMDM,
  fleet: FLEET,
  intune: INTUNE,
  ivanti: IVANTI,
  jamf: JAMF,
  simplemdm: SIMPLEMDM,
}

/** What a driver can do, with the person who does part of it; it need not be opened for that. */
export function capabilitiesOf<K extends Kind>(driver: DriverSettings<K>): Capabilities {
  return joined(KINDS[driver.kind].capabilities(driver), driver.manual ?? [])
}

/**
 * Opens a driver. `desk`: where the tasks are that a person does; needed where the settings say so. Throws `settings`, or
 * `driver-unreachable` for its own file.
 */
export async function openDriver<K extends Kind>(
  driver: DriverSettings<K>,
  around: Surroundings,
  desk?: Desk,
): Promise<Driver> {
  const { kind, manual = [] } = driver
  const opened = await KINDS[driver.kind].open(driver, around)
  if (manual.length === 0 || desk === undefined) return opened
  const { withRunbook } = await import('./runbook/runbook.ts')
  const guide = kind === 'ivanti' ? IVANTI_GUIDE : PLAIN_GUIDE
  return withRunbook(opened, { manual, desk, clock: around.clock, guide })
}

/** Asks its MDM whether it would let us in; changes nothing. `undefined`: this kind has nobody to ask. */
export async function checkDriver<K extends Kind>(
  driver: DriverSettings<K>,
  around: Surroundings,
): Promise<readonly Check[] | undefined> {
  return await KINDS[driver.kind].check?.(driver, around)
}

/** A webhook as its MDM would send it, which means nothing; `undefined`: its MDM sends none. */
export function trialWebhook<K extends Kind>(
  driver: DriverSettings<K>,
  around: Surroundings,
): WebhookRequest | undefined {
  return KINDS[driver.kind].trial?.(driver, around)
}
