import type { FleetSettings } from '../../settings/fleet.ts'
import type { DriverKind, Surroundings } from '../kind.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { FleetOptions } from './fleet.ts'

/** iPhones, iPads and Windows devices in a Fleet. Loaded when it is needed: most commands never talk to an MDM. */
export const FLEET: DriverKind<FleetSettings> = {
  capabilities: ({ premium }) => capabilitiesOf(premium),
  async open(settings, around) {
    const { openFleet } = await import('./fleet.ts')
    return await openFleet(optionsOf(settings, around))
  },
  async check(settings, around) {
    const { checkFleet } = await import('./check.ts')
    return await checkFleet(optionsOf(settings, around))
  },
}

function optionsOf(settings: FleetSettings, { clock, pathOf, textOf, reveal }: Surroundings): FleetOptions {
  const { path, token, readEuicc, ca, ...same } = settings
  return {
    ...same,
    path: pathOf(path),
    clock,
    token: () => reveal(token),
    readsEuicc: readEuicc,
    ...(ca === undefined ? {} : { ca: textOf(ca) }),
  }
}
