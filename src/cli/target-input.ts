import type { DesiredState } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import type { InForce } from '../domain/revision-store.ts'
import type { ExplainInput } from '../report/explain.ts'
import type { TargetDocument, TargetInput } from '../report/target.ts'
import { devicesOf } from '../reconcile/retry.ts'
import type { Target } from '../reconcile/target.ts'
import type { Io } from './io.ts'
import type { Session } from './session.ts'

/** What the screens about one device are told from. */
export async function deviceInput(
  io: Io,
  { store }: Session,
  target: Target & { kind: 'device' },
): Promise<ExplainInput> {
  const inForce = await store.inForce()
  const { device, records, also } = target
  return {
    device,
    steps: await store.steps(device.dev, 50),
    ...(inForce === undefined ? {} : { desired: inForce.desired }),
    events: [...(await store.history({ device: device.record.key, limit: 10 }))].sort((a, b) => b.id - a.id),
    twins: records.filter((each) => each.dev !== device.dev),
    others: also,
    holds: await store.holds(),
    now: io.clock.now(),
    time: io.time,
  }
}

/** What the screens about one configuration, group or retirement are told from. */
export async function documentInput(
  io: Io,
  { store }: Session,
  target: Exclude<Target, { kind: 'device' | 'fleet' }>,
  inForce: InForce | undefined,
): Promise<TargetInput> {
  const document = documentOf(inForce?.desired, target)
  if (inForce === undefined || document === undefined) {
    throw new SimplaneError(
      'not-found',
      `No ${target.kind} is named "${target.name}" in the revision in force.`,
    )
  }
  return {
    ...document,
    desired: inForce.desired,
    devices: await devicesOf(store, target),
    holds: await store.holds(),
    findings: inForce.findings,
    now: io.clock.now(),
  }
}

function documentOf(
  desired: DesiredState | undefined,
  { kind, name }: Exclude<Target, { kind: 'device' | 'fleet' }>,
): TargetDocument | undefined {
  const named = <T extends { readonly name: string }>(all: readonly T[] | undefined): T | undefined =>
    all?.find((each) => each.name === name)
  if (kind === 'configuration') {
    const document = named(desired?.configurations)
    return document === undefined ? undefined : { kind, document }
  }
  if (kind === 'group') {
    const document = named(desired?.groups)
    return document === undefined ? undefined : { kind, document }
  }
  const document = named(desired?.retirements)
  return document === undefined ? undefined : { kind, document }
}
