import type { IvantiSettings } from '../../settings/ivanti.ts'
import type { DriverKind, Surroundings } from '../kind.ts'
import { capabilitiesOf } from './capabilities.ts'
import type { IvantiOptions } from './ivanti.ts'

/** Devices in Ivanti Neurons for MDM. Loaded when it is needed: most commands never talk to an MDM. */
export const IVANTI: DriverKind<IvantiSettings> = {
  capabilities: ({ resetAttribute }) => capabilitiesOf(resetAttribute),
  async open(settings, around) {
    const { openIvanti } = await import('./ivanti.ts')
    return await openIvanti(optionsOf(settings, around))
  },
  async check(settings, around) {
    const { checkIvanti } = await import('./check.ts')
    return await checkIvanti(optionsOf(settings, around))
  },
}

function optionsOf(settings: IvantiSettings, { clock, pathOf, textOf, reveal }: Surroundings): IvantiOptions {
  const { path, password, attribute, configurations, resetAttribute, ca, maxRequestsPerSecond, ...same } =
    settings
  return {
    ...same,
    path: pathOf(path),
    clock,
    password: () => reveal(password),
    targeting: { attribute, configurations, ...(resetAttribute === undefined ? {} : { resetAttribute }) },
    perSecond: maxRequestsPerSecond,
    ...(ca === undefined ? {} : { ca: textOf(ca) }),
  }
}
