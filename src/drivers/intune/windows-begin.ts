import type { Submission } from '../../domain/driver.ts'
import { MINUTE } from '../../domain/time.ts'
import { knownOf, type Context } from './context.ts'
import { activeOf, holdsEsimOf, serversOn } from './euicc-shown.ts'
import { readEuiccsOf, type Known } from './facts.ts'
import { NO_ENTRA } from './membership.ts'
import { askInventory, isAskDue } from './remediation.ts'
import type { CommandRow, Managed, Membership } from './rows.ts'
import { isTarget, targetOf } from './targets.ts'
import { SILENT_TRIES } from './timing.ts'
import { LEAVE_ALONE, refused, type Refused } from './trouble.ts'

type Deferred = Extract<Submission, { kind: 'deferred' }>

/** How install, update and uninstall begin on a Windows device, or why they do not. */
export async function prepareWindows(
  context: Context,
  managed: Managed,
  row: CommandRow,
): Promise<CommandRow | Refused | Deferred> {
  const { configuration, spec } = row
  const known = context.memory.read((rows) => knownOf(rows, managed.id))
  if (known === undefined) return refused('not-found', 'Intune has no such device.')
  if (configuration === undefined)
    return refused('incomplete-command', `The ${row.kind} names no configuration.`)
  if (spec !== undefined && spec.platform !== 'windows')
    return refused('wrong-platform', `${configuration} is for ${spec.platform}.`)
  if (managed.entraId === undefined) return refused(NO_ENTRA.code, NO_ENTRA.message)
  const all = known.memberships.filter((each) =>
    spec === undefined ? each.configuration === configuration : serverOf(known, each) === spec.serverName,
  )
  // Already on its way off: an uninstall waits for that, too.
  if (row.kind === 'uninstall') return prepareUninstall(known, row, all)
  const mine = all.filter((each) => each.state !== 'leaving')
  if (spec === undefined) return refused('incomplete-command', `${configuration} carries no content.`)
  const target = targetOf(context.prefix, spec, managed.osVersion)
  if (!isTarget(target)) return target
  context.memory.write((rows) => {
    if (rows.target(target.name) === undefined) rows.setTarget(target)
  })
  if (row.kind === 'update') {
    if (mine.length === 0) return refused('not-installed', `${configuration} is not on the device.`)
    const others = mine.filter((each) => each.target !== target.name)
    return { ...row, target: target.name, before: namesOf(others), phase: 'joining' }
  }
  const notYet = await waitForReading(context, managed, known)
  return notYet ?? prepareInstall(context, known, { ...row, target: target.name, spec }, mine)
}

/** The device has to say what it holds before anything is put there: what follows is judged by the difference. */
async function waitForReading(
  context: Context,
  managed: Managed,
  known: Known,
): Promise<Deferred | undefined> {
  const { reading } = known
  if (!context.scripts || readEuiccsOf(known) !== undefined || reading.tries >= SILENT_TRIES) return undefined
  const now = context.clock.now()
  if (isAskDue(managed, reading, now, context.readEvery)) {
    const told = await askInventory(context, managed.id)
    if (told.kind === 'throttled') return { kind: 'deferred', reason: LEAVE_ALONE, retryAt: told.retryAt }
  }
  return { kind: 'deferred', reason: 'The device is asked what it holds first.', retryAt: now + 5 * MINUTE }
}

/**
 * Intune honours one server name on a device. A former spec of the same configuration leaves first; one of another
 * configuration is in the way. Where the configuration is already, it has to leave and come again: only creating the
 * server's node on the device asks that server.
 */
function prepareInstall(
  context: Context,
  known: Known,
  row: CommandRow,
  mine: readonly Membership[],
): CommandRow | Refused {
  const { configuration = '', spec, target } = row
  if (spec?.platform !== 'windows') return refused('wrong-platform', `${configuration} is not for Windows.`)
  const { serverName } = spec
  const euicc = context.scripts ? activeOf(known) : undefined
  const others = known.memberships.filter((each) => serverOf(known, each) !== serverName)
  const inTheWay = others.find((each) => each.state !== 'leaving' && each.configuration !== configuration)
  if (inTheWay !== undefined)
    return refused(
      'one-server-per-device',
      `The device has ${inTheWay.configuration}, and Intune honours one server on a device: ${configuration} would do nothing.`,
    )
  const servers = new Set([serverName, ...known.memberships.map((each) => serverOf(known, each))])
  const foreign = serversOn(euicc).find((name) => !servers.has(name))
  if (foreign !== undefined)
    return refused(
      'one-server-per-device',
      `The device has the server ${foreign}, which is not from here, and honours one server: ${configuration} would do nothing.`,
    )
  const now = context.clock.now()
  if (euicc !== undefined && holdsEsimOf(euicc, serverName)) {
    const message = `An eSIM of ${serverName} is on the device already, and it downloads no second one.`
    const error = { code: 'already-downloaded', message, permanent: true, alreadyDownloaded: true }
    return { ...row, phase: 'joining', end: { kind: 'failed', at: now, ...error } }
  }
  const there = mine.find((each) => each.target === target && each.state === 'applied')
  if (there !== undefined && !context.scripts) {
    const message = `${configuration} is on the device already: giving it again downloads nothing, and whether its eSIM is there Intune does not show.`
    return {
      ...row,
      phase: 'joining',
      end: { kind: 'failed', at: now, code: 'already-configured', message, permanent: true },
    }
  }
  const confirmed = mine.filter((each) => each.confirmed || each.target !== target)
  const leaving = [...others, ...confirmed]
  return { ...row, before: namesOf(leaving), phase: leaving.length > 0 ? 'leaving' : 'joining' }
}

function prepareUninstall(known: Known, row: CommandRow, mine: readonly Membership[]): CommandRow | Refused {
  if (mine.length === 0) return refused('not-installed', nowhere(known, row))
  const first = known.targets.get(mine[0]?.target ?? '')?.spec
  return {
    ...row,
    ...(row.spec === undefined && first !== undefined ? { spec: first } : {}),
    before: namesOf(mine),
    phase: 'leaving',
  }
}

function serverOf(known: Known, { target }: Membership): string {
  return known.targets.get(target)?.spec.serverName ?? target
}

function namesOf(memberships: readonly Membership[]): string {
  return JSON.stringify(memberships.map(({ target }) => target))
}

function nowhere(known: Known, { configuration = '', spec }: CommandRow): string {
  const stays = spec?.platform === 'windows' && serversOn(activeOf(known)).includes(spec.serverName)
  return stays
    ? `Nothing in Intune gives ${configuration} to the device, and it has it all the same: take it off by hand.`
    : `${configuration} is not on the device.`
}
