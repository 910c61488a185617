import type { DesiredState } from '../domain/desired.ts'
import type { Plan } from '../domain/plan.ts'
import type { Duration, Instant } from '../domain/time.ts'
import { age, ageRange } from './ages.ts'
import { counted } from './numbers.ts'
import { shortRevision } from './revisions.ts'
import { brief } from './visible.ts'

/** What a plan was made from. */
export type PlanContext = {
  readonly desired?: {
    readonly revision: string
    readonly subject?: string
    readonly author?: string
    readonly ageMs?: Duration
  }
  readonly state: {
    readonly devices: number
    readonly complete: boolean
    readonly observedFrom?: Instant
    readonly observedTo?: Instant
  }
  readonly desiredState?: DesiredState
  /** Devices that want each configuration, by its name. */
  readonly wanted?: ReadonlyMap<string, number>
  /** List every device, however many. */
  readonly all?: boolean
  readonly now: Instant
}

/** `1f3c9aa "Move laptops to Neo", Jane Doe, 12 min ago` */
function desiredText(plan: Pick<Plan, 'revision'>, context: PlanContext): string {
  const { desired } = context
  const revision = desired?.revision ?? plan.revision
  if (revision === undefined) return 'the files given, without git'
  const subject = desired?.subject === undefined ? '' : ` "${brief(desired.subject, 50)}"`
  const rest = [
    ...(desired?.author === undefined ? [] : [brief(desired.author, 30)]),
    ...(desired?.ageMs === undefined ? [] : [`${age(desired.ageMs)} ago`]),
  ]
  return [`${shortRevision(revision)}${subject}`, ...rest].join(', ')
}

/** `42 devices, inventory complete, observed 4 to 38 s ago` */
export function stateText(context: PlanContext): string {
  const { devices, complete, observedFrom, observedTo } = context.state
  const parts = [
    counted(devices, 'device'),
    complete ? 'inventory complete' : 'INVENTORY INCOMPLETE: nothing destructive is planned',
  ]
  if (observedFrom !== undefined && observedTo !== undefined) {
    parts.push(`observed ${ageRange(context.now - observedTo, context.now - observedFrom)} ago`)
  }
  return parts.join(', ')
}

/** The three lines a plan begins with. */
export function planHeader(
  plan: Pick<Plan, 'revision'>,
  context: PlanContext,
  legend: string,
): readonly string[] {
  return [`Desired  ${desiredText(plan, context)}`, `State    ${stateText(context)}`, `Legend   ${legend}`]
}
