import { objectIdOf, tell, type Context, type Told } from './context.ts'
import { ensureTarget } from './ensure-target.ts'
import type { Managed, Target } from './rows.ts'
import { unreachable } from './trouble.ts'

/** Puts a device into the group of a target; being there already is the same. */
export async function join(
  context: Context,
  managed: Managed,
  target: Target,
  configuration: string,
): Promise<Told> {
  const ready = await ensureTarget(context, target)
  if (ready.kind !== 'ready') return ready
  const object = await objectIdOf(context, managed)
  if (object === undefined) return { kind: 'refused', status: 404, ...NO_ENTRA }
  const told = await tell(context, {
    endpoint: 'add-member',
    method: 'POST',
    path: `/v1.0/groups/${ready.group}/members/$ref`,
    body: { '@odata.id': `${context.address.href.replace(/\/$/, '')}/v1.0/directoryObjects/${object}` },
    repeatable: true,
  })
  // A group that was made a moment ago is not everywhere yet.
  if (told.kind === 'refused' && told.status === 404)
    throw unreachable(context.driver, 'the group does not show yet')
  const isThere = told.kind === 'refused' && told.status === 400 && /already exist/i.test(told.message)
  if (told.kind !== 'ok' && !isThere) return told
  const at = told.kind === 'ok' ? told.at : context.clock.now()
  context.memory.write((rows) => {
    const before = rows.membership(managed.id, target.name)
    if (before !== undefined && before.state !== 'leaving') {
      // Confirmed before and never left: it is only told again, or found in the group after an answer was lost.
      if (before.configuration !== configuration) rows.setMembership({ ...before, configuration })
      return
    }
    rows.setMembership({
      device: managed.id,
      target: target.name,
      configuration,
      state: 'joining',
      since: at,
      confirmed: false,
    })
  })
  return { kind: 'ok', at, body: {} }
}

export const NO_ENTRA = {
  code: 'no-entra-device',
  message: 'Entra has no device for this enrolment, so it can be in no group.',
} as const

/**
 * Takes a device out of the group of a target; not being there is the same. Always with `$ref`: without it Graph
 * deletes the device itself.
 */
export async function leave(context: Context, managed: Managed, target: Target): Promise<Told> {
  const object = await objectIdOf(context, managed)
  const at = context.clock.now()
  if (object !== undefined && target.group !== undefined) {
    const told = await tell(context, {
      endpoint: 'remove-member',
      method: 'DELETE',
      path: `/v1.0/groups/${target.group}/members/${object}/$ref`,
      repeatable: true,
    })
    if (told.kind !== 'ok' && !(told.kind === 'refused' && told.status === 404)) return told
    noteLeft(context, managed, target, told.kind === 'ok' ? told.at : at)
    return { kind: 'ok', at, body: {} }
  }
  noteLeft(context, managed, target, at)
  return { kind: 'ok', at, body: {} }
}

function noteLeft({ memory }: Context, { id }: Managed, { name }: Target, at: number): void {
  memory.write((rows) => {
    const before = rows.membership(id, name)
    if (before === undefined || before.state === 'leaving') return
    rows.setMembership({ ...before, state: 'leaving', since: at })
  })
}

/** Has the device check in now. A courtesy: without it, it comes by itself within eight hours. */
export async function hurry(context: Context, { id }: Managed): Promise<void> {
  const path = `/v1.0/deviceManagement/managedDevices/${id}/syncDevice`
  try {
    await context.graph.write({ endpoint: 'sync', method: 'POST', path, repeatable: false })
  } catch {
    context.log?.debug('unhurried', 'The device could not be asked to check in.', { device: id })
  }
}
