import type { ToldStep } from '../../domain/plan-outline.ts'
import type { DevicePlan, PlannedStep } from '../../domain/plan.ts'

/** What devices whose plans read alike have in common. */
export type Pattern = Pick<DevicePlan, 'action'> & { readonly steps: readonly ToldStep[] }

/** Patterns by number, each written once. Numbers begin with 0 and are given in the order of writing. */
export interface PatternBook {
  readonly patterns: readonly Pattern[]
  /** The number of the pattern with this action and these steps. */
  numberOf(plan: {
    readonly action?: Pattern['action']
    readonly steps: readonly (ToldStep | PlannedStep)[]
  }): number
}

/** A book to write in. */
export function openPatternBook(): PatternBook {
  const patterns: Pattern[] = []
  const numbers = new Map<string, number>()
  return {
    patterns,
    numberOf({ action, steps }) {
      const signature = signatureOf(action, steps)
      const known = numbers.get(signature)
      if (known !== undefined) return known
      const number = patterns.length
      numbers.set(signature, number)
      patterns.push({ ...(action === undefined ? {} : { action }), steps: steps.map(toldStep) })
      return number
    },
  }
}

/** Every field of a told step is in it, so that two signatures are equal exactly when the steps are. */
function signatureOf(action: string | undefined, steps: readonly (ToldStep | PlannedStep)[]): string {
  const told = steps.map((step) => [
    step.action,
    step.kind,
    step.configuration,
    step.record,
    step.retirement,
    step.redownload,
    step.rule,
    step.because,
    step.state,
    step.heldBy,
    step.holdsFor?.codes,
    step.holdsFor?.configuration,
  ])
  return JSON.stringify([action, told])
}

function toldStep(step: ToldStep | PlannedStep): ToldStep {
  const { id: _id, spec: _spec, onRemove: _onRemove, ...told } = step as PlannedStep
  return told
}
