import type { Capabilities } from '../../domain/driver.ts'

/**
 * Apple has one eSIM command: nothing can be taken off or erased. No list of plans is known to be complete. Jamf Pro can
 * unmanage devices and delete records; what it answers then could not be confirmed, so that a person does that.
 */
export const CAPABILITIES: Capabilities = {
  windows: { steps: [], seesEveryEsim: false },
  ios: { steps: ['install'], seesEveryEsim: false },
  idempotent: true,
}
