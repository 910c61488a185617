import { discoveryOutcome } from '../../syncml/effect-outcome.ts'
import { knownOf, type Context } from './context.ts'
import { activeOf, ask, serversOn } from './euicc-shown.ts'
import { hurry, join, leave } from './membership.ts'
import { done, failed, leftOf, note, notTold, type Progress } from './progress.ts'
import type { CommandRow, Managed } from './rows.ts'

/** Takes a command on a Windows device as far as it goes now. Every part of it may be done twice. */
export async function advanceWindows(
  context: Context,
  row: CommandRow,
  managed: Managed | undefined,
): Promise<Progress> {
  const left = leftOf(managed)
  if (left !== undefined || managed === undefined)
    return failed(context, row, left ?? { code: 'left', message: 'The device is gone.', permanent: false })
  switch (row.phase) {
    case 'leaving':
      return await takeOff(context, row, managed)
    case 'put-off':
    case 'sending':
    case 'sent':
    case 'joining':
      return await assign(context, row, managed)
    case 'applying':
      return await awaitApplied(context, row, managed)
    case 'showing':
      return await awaitShown(context, row, managed)
  }
}

async function takeOff(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const { memory, scripts, clock } = context
  const names = JSON.parse(row.before ?? '[]') as readonly string[]
  if (names.length > 0) {
    const trouble = await leaveAll(context, row, managed, names)
    if (trouble !== undefined) return trouble
    const still = memory
      .read((rows) => rows.memberships(managed.id))
      .filter(({ target }) => names.includes(target))
    if (still.length > 0) return { row }
    const next = note(context, row, { before: '[]', phaseAt: clock.now() })
    return scripts ? await ask(context, next, managed) : await afterLeaving(context, next, managed)
  }
  const known = memory.read((rows) => knownOf(rows, managed.id))
  if (known === undefined || (known.reading.at ?? -Infinity) <= row.phaseAt)
    return await ask(context, row, managed)
  const on = serversOn(activeOf(known))
  const { spec } = row
  const stays =
    row.kind === 'uninstall' && spec?.platform === 'windows'
      ? on.filter((name) => name === spec.serverName)
      : on
  if (stays.length === 0) return await afterLeaving(context, row, managed)
  const message = `Intune took the configuration away, and the device keeps ${stays.join(', ')} all the same.`
  return failed(context, row, { code: 'still-there', message, permanent: true })
}

async function afterLeaving(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  if (row.kind === 'uninstall') return done(context, row)
  return await assign(context, note(context, row, { phase: 'joining' }), managed)
}

async function leaveAll(
  context: Context,
  row: CommandRow,
  managed: Managed,
  names: readonly string[],
): Promise<Progress | undefined> {
  let told = false
  for (const name of names) {
    const [membership, target] = context.memory.read((rows) => [
      rows.membership(managed.id, name),
      rows.target(name),
    ])
    if (membership === undefined || membership.state === 'leaving' || target === undefined) continue
    const left = await leave(context, managed, target)
    if (left.kind !== 'ok') return notTold(context, row, left)
    told = true
  }
  if (told) await hurry(context, managed)
  return undefined
}

async function assign(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const target = context.memory.read((rows) => rows.target(row.target ?? ''))
  if (target === undefined) throw new Error('a command names no target')
  const joined = await join(context, managed, target, row.configuration ?? target.spec.serverName)
  if (joined.kind !== 'ok') return notTold(context, row, joined)
  // Not before: a check-in between the two must never find the device without any.
  const others = row.kind === 'update' ? (JSON.parse(row.before ?? '[]') as readonly string[]) : []
  const trouble = await leaveAll(context, row, managed, others)
  if (trouble !== undefined) return trouble
  await hurry(context, managed)
  return await awaitApplied(context, note(context, row, { phase: 'applying', phaseAt: joined.at }), managed)
}

async function awaitApplied(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const memberships = context.memory.read((rows) => rows.memberships(managed.id))
  const mine = memberships.find(({ target }) => target === row.target)
  if (mine === undefined || mine.state === 'leaving')
    return failed(context, row, {
      code: 'excluded',
      message: 'Somebody took the device out of the group of its configuration.',
      permanent: false,
    })
  // While the former one is there still, the two are in conflict.
  if (mine.state === 'joining' || memberships.some(({ state }) => state === 'leaving')) return { row }
  if (mine.state === 'error') return failed(context, row, APPLY_ERROR)
  if (mine.state === 'conflict') return failed(context, row, CONFLICT)
  const isShown = context.scripts && row.kind === 'install'
  const brings = row.spec?.platform === 'windows' && !row.spec.isDiscoveryServer
  if (!isShown || !brings) return done(context, row)
  return await ask(context, note(context, row, { phase: 'showing', phaseAt: context.clock.now() }), managed)
}

const APPLY_ERROR = {
  code: 'not-applied',
  message: 'The device could not apply the configuration. Has it an eUICC?',
  permanent: false,
}
const CONFLICT = {
  code: 'conflict',
  message: 'Another configuration of Intune sets the same nodes to other values.',
  permanent: true,
}

/** "compliant" is only that the server is configured: whether it was asked, the device has to show. */
async function awaitShown(context: Context, row: CommandRow, managed: Managed): Promise<Progress> {
  const known = context.memory.read((rows) => knownOf(rows, managed.id))
  const euicc = known === undefined ? undefined : activeOf(known)
  const at = known?.reading.at ?? -Infinity
  if (euicc === undefined || at <= row.phaseAt || row.spec?.platform !== 'windows')
    return await ask(context, row, managed)
  const outcome = discoveryOutcome(euicc, row.spec.serverName, at)
  switch (outcome.kind) {
    case 'done':
      return done(context, row, outcome.at)
    case 'failed':
      return failed(context, row, outcome)
    case 'unknown':
      return failed(context, row, {
        code: 'not-there',
        message: 'Intune says that it applied the configuration, and the device does not have it.',
        permanent: false,
      })
    case 'pending':
    case 'not-now':
      return await ask(context, note(context, row, { phaseAt: at }), managed)
  }
}
