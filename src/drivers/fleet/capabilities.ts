import type { Capabilities } from '../../domain/driver.ts'

/**
 * Windows: profiles that go to single hosts are labelled ones, which only Fleet Premium has. There is no `update`: a
 * device would move from one profile to another, and whether Fleet then deletes the server in between, which downloads
 * again, differs between its versions. Turning MDM off is for Apple's devices alone. No list of eSIMs is complete.
 */
export function capabilitiesOf(premium: boolean): Capabilities {
  return {
    windows: {
      steps: premium ? ['install', 'uninstall', 'reset', 'delete-record'] : ['reset', 'delete-record'],
      seesEveryEsim: false,
    },
    ios: { steps: ['install', 'retire', 'delete-record'], seesEveryEsim: false },
    idempotent: true,
  }
}
