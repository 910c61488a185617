import type { NanoMdmSettings } from '../../settings/nanomdm.ts'
import type { DriverKind, Surroundings } from '../kind.ts'
import { CAPABILITIES } from './capabilities.ts'
import type { NanoMdmOptions } from './nanomdm.ts'
import { trialOf } from './trial.ts'

/** iPhones and iPads behind a NanoMDM or a NanoHUB. Loaded when it is needed: most commands never talk to an MDM. */
export const NANOMDM: DriverKind<NanoMdmSettings> = {
  capabilities: () => CAPABILITIES,
  async open(settings, around) {
    const { openNanoMdm } = await import('./nanomdm.ts')
    return await openNanoMdm(optionsOf(settings, around))
  },
  async check(settings, around) {
    const { checkNanoMdm } = await import('./check.ts')
    return await checkNanoMdm(optionsOf(settings, around))
  },
  trial: ({ webhookKey }, { clock, reveal }) =>
    trialOf(webhookKey === 'unsigned' ? undefined : reveal(webhookKey), clock.now()),
}

function optionsOf(settings: NanoMdmSettings, around: Surroundings): NanoMdmOptions {
  const { path, apiKey, webhookKey, maxRequestsPerSecond, ca, ...same } = settings
  const { clock, log, pathOf, textOf, reveal } = around
  return {
    ...same,
    path: pathOf(path),
    clock,
    log,
    apiKey: () => reveal(apiKey),
    webhookKey: webhookKey === 'unsigned' ? webhookKey : () => reveal(webhookKey),
    perSecond: maxRequestsPerSecond,
    ...(ca === undefined ? {} : { ca: textOf(ca) }),
  }
}
