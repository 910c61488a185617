import type { Plan, PlannedDevice } from '../domain/plan.ts'
import type { PlanMember, PlanOutline, PlanPattern, ToldStep } from '../domain/plan-outline.ts'
import { rollUp } from './finding-rollup.ts'

/** The outline of a plan that is in memory. */
export function outlineOf(plan: Plan): PlanOutline {
  const { devices, findings, ...rest } = plan
  return {
    ...rest,
    patterns: patternsOf(devices),
    findings: rollUp(findings),
    eachDevice: () => devices,
    eachFinding: () => findings,
  }
}

function patternsOf(devices: readonly PlannedDevice[]): readonly PlanPattern[] {
  const alike = new Map<string, { readonly first: PlannedDevice; readonly members: PlanMember[] }>()
  for (const [position, device] of devices.entries()) {
    const signature = JSON.stringify([device.action, device.holds, device.steps.map(toldStep)])
    const member = { ...device, position }
    const known = alike.get(signature)
    if (known === undefined) alike.set(signature, { first: device, members: [member] })
    else known.members.push(member)
  }
  return [...alike.values()].map(({ first, members }) => ({
    ...(first.action === undefined ? {} : { action: first.action }),
    holds: first.holds,
    steps: first.steps.map(toldStep),
    devices: members.length,
    members: () => members,
  }))
}

function toldStep({
  id: _id,
  spec: _spec,
  onRemove: _onRemove,
  ...told
}: PlannedDevice['steps'][number]): ToldStep {
  return told
}

/** The members of several patterns as one list, in the order of the plan. */
export function* inOrder(patterns: readonly PlanPattern[]): Generator<PlanMember, void> {
  const waiting = patterns.flatMap((pattern) => {
    const rest = pattern.members()[Symbol.iterator]()
    const head = rest.next()
    return head.done === true ? [] : [{ head: head.value, rest }]
  })
  for (;;) {
    const next = waiting.reduce<(typeof waiting)[number] | undefined>(
      (least, each) => (least === undefined || each.head.position < least.head.position ? each : least),
      undefined,
    )
    if (next === undefined) return
    yield next.head
    const following = next.rest.next()
    if (following.done === true) waiting.splice(waiting.indexOf(next), 1)
    else next.head = following.value
  }
}
