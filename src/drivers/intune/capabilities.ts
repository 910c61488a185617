import type { Capabilities } from '../../domain/driver.ts'

/**
 * Intune has no eSIM reset and shows no eSIM of a Windows device. Both go through a script of ours that runs on the
 * device as SYSTEM, which an administrator has to allow; it lists the eSIMs of the enterprise alone. On iPhones and iPads
 * one ICCID is shown, and nothing can be taken off (S33). Ids of commands are ours to remember: Graph takes none.
 */
export function capabilitiesOf(scripts: boolean): Capabilities {
  return {
    windows: {
      steps: [
        'install',
        'update',
        'uninstall',
        ...(scripts ? (['reset'] as const) : []),
        'delete-record',
        'retire',
      ],
      seesEveryEsim: false,
    },
    ios: { steps: ['install', 'delete-record', 'retire'], seesEveryEsim: false },
    idempotent: true,
  }
}
