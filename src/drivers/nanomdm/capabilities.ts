import type { Capabilities } from '../../domain/driver.ts'

/**
 * Apple has one eSIM command: nothing can be taken off, erased or listed as such. Retiring and deleting records are not
 * in NanoMDM's API. The lists of plans are not known to be complete.
 */
export const CAPABILITIES: Capabilities = {
  windows: { steps: [], seesEveryEsim: false },
  ios: { steps: ['install'], seesEveryEsim: false },
  idempotent: true,
}
