import type { SimpleMdmSettings } from '../../settings/simplemdm.ts'
import type { DriverKind, Surroundings } from '../kind.ts'
import { CAPABILITIES } from './capabilities.ts'
import type { SimpleMdmOptions } from './options.ts'

/** iPhones and iPads in SimpleMDM. Loaded when it is needed: most commands never talk to an MDM. */
export const SIMPLEMDM: DriverKind<SimpleMdmSettings> = {
  capabilities: () => CAPABILITIES,
  async open(settings, around) {
    const { openSimpleMdm } = await import('./simplemdm.ts')
    return await openSimpleMdm(optionsOf(settings, around))
  },
  async check(settings, around) {
    const { checkSimpleMdm } = await import('./check.ts')
    return await checkSimpleMdm(optionsOf(settings, around))
  },
}

function optionsOf(
  { name, path, address, apiKey, maxRequestsPerSecond, ca }: SimpleMdmSettings,
  { clock, pathOf, textOf, reveal }: Surroundings,
): SimpleMdmOptions {
  return {
    name,
    path: pathOf(path),
    clock,
    address,
    apiKey: () => reveal(apiKey),
    perSecond: maxRequestsPerSecond,
    ...(ca === undefined ? {} : { ca: textOf(ca) }),
  }
}
