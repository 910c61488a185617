import type { DesiredState, EsimConfiguration, Mode, Policy } from '../domain/desired.ts'
import type { Capabilities } from '../domain/driver.ts'
import type { StepId } from '../domain/plan.ts'
import type { Instant } from '../domain/time.ts'

/** All that planning a device needs beside the device. */
export type PlanContext = {
  readonly now: Instant
  readonly policy: Policy
  readonly configurations: ReadonlyMap<string, EsimConfiguration>
  /** Why nothing destructive may be planned for devices of this driver; `undefined`: it may. */
  readonly brake: (driver: string) => 'inventory-incomplete' | 'empty-source' | undefined
  readonly capabilities: (driver: string) => Capabilities
  /** Is this very step covered by an approval? */
  readonly approved: (step: StepId) => boolean
  /** The operator's ceiling (settings `limits.mode`). */
  readonly ceiling: Mode
}

/** What an MDM can do that is like the simulator: the rule of the domain, and offline planning's assumption. */
export const FULL_CAPABILITIES: Capabilities = {
  windows: {
    steps: ['delete-record', 'uninstall', 'reset', 'install', 'update', 'retire'],
    seesEveryEsim: true,
  },
  ios: { steps: ['delete-record', 'install', 'retire'], seesEveryEsim: true },
  idempotent: true,
}

export function planContext(
  desired: DesiredState,
  given: { readonly now: Instant } & Partial<PlanContext>,
): PlanContext {
  return {
    policy: desired.policy,
    configurations: new Map(desired.configurations.map((each) => [each.name, each])),
    brake: () => undefined,
    capabilities: () => FULL_CAPABILITIES,
    approved: () => false,
    ceiling: 'enforce',
    ...given,
  }
}

const CAUTION: Readonly<Record<Mode, number>> = { observe: 0, propose: 1, enforce: 2 }

/** The most cautious of several modes; `enforce` of none. */
export function mostCautious(modes: readonly Mode[]): Mode {
  return modes.reduce<Mode>((least, mode) => (CAUTION[mode] < CAUTION[least] ? mode : least), 'enforce')
}
