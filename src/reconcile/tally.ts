import { ACTIONS, type Action, type DevicePlan } from '../domain/plan.ts'
import { compareText } from '../domain/text.ts'

/** Devices of one action in a pass. */
export type ActionTally = {
  readonly action: Action
  readonly devices: number
  readonly held: number
  /** Devices by the configuration they get or lose, the most first. */
  readonly configurations: readonly { readonly name: string; readonly devices: number }[]
  /** Why the first of them gets it, and the rule. */
  readonly because: string
  readonly rule: string
}

type Growing = {
  devices: number
  held: number
  readonly names: Map<string, number>
  because: string
  rule: string
}

/** Counts planned devices by action, without keeping them. */
export class Tally {
  readonly #actions = new Map<Action, Growing>()
  #resets = 0

  /** Devices with an eSIM reset that may run. */
  get resets(): number {
    return this.#resets
  }

  add({ action, steps }: Pick<DevicePlan, 'action' | 'steps'>): void {
    if (action === undefined) return
    const main =
      steps.find((step) => step.action === action && step.kind === 'reset') ??
      steps.find((step) => step.action === action)
    if (main === undefined) return
    const known = this.#actions.get(action)
    const growing: Growing = known ?? {
      devices: 0,
      held: 0,
      names: new Map(),
      because: main.because,
      rule: main.rule,
    }
    if (known === undefined) this.#actions.set(action, growing)
    growing.devices += 1
    if (steps.some((step) => step.state === 'held')) growing.held += 1
    const name =
      steps.findLast((step) => step.configuration !== undefined)?.configuration ??
      steps.find((step) => step.retirement !== undefined)?.retirement
    if (name !== undefined) growing.names.set(name, (growing.names.get(name) ?? 0) + 1)
    if (steps.some((step) => step.kind === 'reset' && step.state === 'ready')) this.#resets += 1
  }

  /** The most far-reaching action first. */
  actions(): ActionTally[] {
    return [...ACTIONS].reverse().flatMap((action) => {
      const growing = this.#actions.get(action)
      if (growing === undefined) return []
      const { names, ...rest } = growing
      const configurations = [...names].map(([name, devices]) => ({ name, devices }))
      return [
        {
          action,
          ...rest,
          configurations: configurations.sort((a, b) => b.devices - a.devices || compareText(a.name, b.name)),
        },
      ]
    })
  }
}
