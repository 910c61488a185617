import type { Capabilities } from '../../domain/driver.ts'

/** Apple has one eSIM command, and SimpleMDM tells neither under which id it took it nor what became of it. */
export const CAPABILITIES: Capabilities = {
  windows: { steps: [], seesEveryEsim: false },
  ios: { steps: ['install'], seesEveryEsim: false },
  idempotent: false,
}
