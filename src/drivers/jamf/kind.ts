import type { JamfSettings } from '../../settings/jamf.ts'
import type { DriverKind, Surroundings } from '../kind.ts'
import { CAPABILITIES } from './capabilities.ts'
import type { JamfOptions } from './options.ts'

/** iPhones and iPads in a Jamf Pro. Loaded when it is needed: most commands never talk to an MDM. */
export const JAMF: DriverKind<JamfSettings> = {
  capabilities: () => CAPABILITIES,
  async open(settings, around) {
    const { openJamf } = await import('./jamf.ts')
    return await openJamf(optionsOf(settings, around))
  },
  async check(settings, around) {
    const { checkJamf } = await import('./check.ts')
    return await checkJamf(optionsOf(settings, around))
  },
}

function optionsOf(settings: JamfSettings, { clock, pathOf, textOf, reveal }: Surroundings): JamfOptions {
  const { name, path, address, clientId, clientSecret, askInventory, maxRequestsPerSecond, ca } = settings
  return {
    name,
    path: pathOf(path),
    clock,
    address,
    clientId,
    clientSecret: () => reveal(clientSecret),
    asksInventory: askInventory,
    perSecond: maxRequestsPerSecond,
    ...(ca === undefined ? {} : { ca: textOf(ca) }),
  }
}
