import type { Policy } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { DevicePlan } from '../domain/plan.ts'
import type { Try } from '../domain/journal-store.ts'
import { DAY, MINUTE, SECOND, type Duration, type Instant } from '../domain/time.ts'

/** What earlier tries make of a plan: wait until `notBefore`, or stop (`barred`) until the revision or the device changes. */
export type Retried = {
  readonly plan: DevicePlan
  readonly attempt: number
  readonly notBefore?: Instant
  readonly barred: boolean
}

/** How long a step waits that must not be sent yet, before somebody looks again whether it may. */
export const LOOK_AGAIN: Duration = DAY

/**
 * Looks at what became of earlier tries of the first step. Tries count under the same revision and within the Policy's
 * window before the last of them, so that what gave up stays so; a permanent failure ends them at once, and an effect nothing could show under any revision (planning.md
 * section 5). `outstanding`: an expired command may still run on the device, which was not seen since.
 */
export function afterTries(
  plan: DevicePlan,
  tries: readonly Try[],
  given: {
    readonly policy: Policy
    readonly revision: string
    readonly now: Instant
    readonly outstanding: boolean
  },
): Retried {
  const [first] = plan.steps
  const { policy, revision, now, outstanding } = given
  const of = tries.filter(
    (each) => each.id === first?.id && (each.revision === revision || each.state === 'unproven'),
  )
  const last = of.find((each) => each.state === 'unproven') ?? of[0]
  const waits = outstanding ? { notBefore: now + LOOK_AGAIN } : {}
  if (first === undefined || last === undefined) return { plan, attempt: 1, barred: false, ...waits }
  const attempt = last.attempt + 1
  const recent = of.filter((each) => last.settledAt - each.settledAt < policy.retries.within)
  const said = last.error === undefined ? '' : `: ${last.error.message} (${last.error.code})`
  if (last.state === 'unproven') {
    const message = `"${first.kind}" was sent and nothing shows whether it took effect${said}; it is not sent again by itself`
    return barred(plan, attempt, {
      code: 'unproven',
      severity: 'error',
      message,
      rule: 'S36',
      device: plan.device,
      hint: retryHint(plan),
    })
  }
  if (last.error?.permanent === true || recent.length >= policy.retries.attempts) {
    const tried = last.error?.permanent === true ? 'cannot succeed' : `failed ${recent.length} times`
    const message = `"${first.kind}" ${tried}${said}; it is not tried again until the revision or the device changes`
    return barred(plan, attempt, {
      code: 'retry-exhausted',
      severity: 'error',
      message,
      rule: 'S28',
      device: plan.device,
      hint: retryHint(plan),
    })
  }
  return {
    plan,
    attempt,
    barred: false,
    notBefore: last.settledAt + backOff(recent.length, first.id),
    ...waits,
  }
}

function barred(plan: DevicePlan, attempt: number, finding: Finding): Retried {
  const { action: _action, ...rest } = plan
  return { plan: { ...rest, steps: [], findings: [...plan.findings, finding] }, attempt, barred: true }
}

function retryHint(plan: DevicePlan): string {
  return `mend the cause, then simplane retry device/${plan.device}`
}

/** Doubling from 5 seconds to 15 minutes, spread by a fifth; the spread comes from the step, so that plans stay pure. */
function backOff(failures: number, seed: string): Duration {
  const base = Math.min(15 * MINUTE, 5 * SECOND * 2 ** Math.max(0, failures - 1))
  const spread = Number.parseInt(seed.slice(0, 4), 16)
  return Math.round(base * (0.9 + ((Number.isNaN(spread) ? 0 : spread) / 0xffff) * 0.2))
}
