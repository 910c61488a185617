import type { Capabilities, SentKind } from '../../domain/driver.ts'

/** What the MDM can be asked for, given its settings. */
export function capabilitiesOf(resetAttribute: string | undefined): Capabilities {
  const common: readonly SentKind[] = ['install', 'uninstall', 'retire', 'delete-record']
  return {
    windows: { steps: resetAttribute === undefined ? common : [...common, 'reset'], seesEveryEsim: false },
    ios: { steps: common, seesEveryEsim: false },
    idempotent: true,
  }
}
