import { DAY, toRfc3339 } from '../../domain/time.ts'
import { knownOf, type Context } from './context.ts'
import { originOf } from './facts.ts'
import { readGroups, readMembers } from './groups.ts'
import { objectOf } from './json.ts'
import { detailPath, isDeviceId, listPath, readManaged } from './managed-device.ts'
import { platformOf } from './registration.ts'
import { afterStates, readStates } from './states.ts'
import { askInventory, isAskDue, noteRuns, readRuns, runsOf, runsPath } from './remediation.ts'
import type { Managed } from './rows.ts'
import { ATTRIBUTED_WITHIN, DETAILS_EVERY, DETAILS_PER_PASS, OVERLAP, QUESTIONS_PER_PASS } from './timing.ts'
import { unreachable } from './trouble.ts'

/** Devices that are asked for at once; Graph gives fewer when it likes. */
const PAGE_SIZE = 1_000
/** How long a device that we retired is shown after Intune forgot it. */
const RETIRED_KEPT = 90 * DAY
const COMMANDS_KEPT = 90 * DAY

/**
 * Reads what changed: every device that checked in since, and once in a while all of them, for only a whole list shows
 * that one is gone. Then what has to be asked for one by one. Throws when a page did not arrive whole.
 */
export async function refreshAll(context: Context): Promise<void> {
  const { memory, clock, sweepEvery } = context
  const now = clock.now()
  const sweptAt = Number(memory.read((rows) => rows.meta('swept-at')) ?? -Infinity)
  if (now - sweptAt >= sweepEvery || now < sweptAt) await readAll(context)
  else await readPages(context, sweepOf(context), sinceNewest(context))
  await readDetails(context)
  await settleStates(context)
  if (context.scripts) await readAnswers(context)
}

function sweepOf({ memory }: Context): number {
  return Number(memory.read((rows) => rows.meta('sweep')) ?? 0)
}

function sinceNewest({ memory }: Context): string | undefined {
  const newest = memory.read((rows) => rows.newestSync())
  return newest === undefined ? undefined : `lastSyncDateTime gt ${toRfc3339(newest - OVERLAP)}`
}

async function readPages(context: Context, sweep: number, filter?: string): Promise<void> {
  for await (const page of context.graph.list('devices', listPath(PAGE_SIZE, filter))) {
    const devices = page.map(readManaged)
    if (!devices.every((each) => each !== undefined))
      throw unreachable(context.driver, 'a page of devices holds what is no device')
    context.memory.write((rows) => {
      for (const each of devices) rows.setDevice(each, sweep)
    })
  }
}

async function readAll(context: Context): Promise<void> {
  const { memory, clock } = context
  const number = sweepOf(context) + 1
  const startedAt = clock.now()
  memory.write((rows) => rows.setMeta('sweep', String(number)))
  await readPages(context, number)
  await lookForMissing(context, number)
  await readMembers(context)
  await readGroups(context)
  memory.write((rows) => {
    rows.setMeta('swept-at', String(startedAt))
    rows.forgetRetired(startedAt - RETIRED_KEPT)
    rows.forgetCommands(startedAt - COMMANDS_KEPT)
  })
}

/** A list that changes while it is read may leave one out: only "there is no such device" makes it gone. */
async function lookForMissing(context: Context, sweep: number): Promise<void> {
  const missing = context.memory.read((rows) => rows.unseen(sweep))
  await readEach(context, missing)
}

/** Asks for each of these alone, twenty at a time. */
async function readEach(context: Context, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return
  const { graph, clock, memory } = context
  const answers = await graph.batch('beta', ids.map(detailPath))
  const sweep = sweepOf(context)
  // One flush to disk for all of them.
  memory.write((rows) => {
    for (const id of ids) {
      const answer = answers.get(detailPath(id))
      if (answer?.kind === 'absent') noteGone(context, id)
      const managed = answer?.kind === 'ok' ? readManaged(answer.body) : undefined
      if (managed?.id !== id) continue
      rows.setDevice(managed, sweep, clock.now())
      noteIccid(context, managed)
    }
  })
}

async function readDetails(context: Context): Promise<void> {
  const { memory, clock } = context
  const due = memory.read((rows) =>
    rows.undetailed(clock.now() - DETAILS_EVERY, clock.now(), DETAILS_PER_PASS),
  )
  await readEach(context, due)
}

/** Intune has no such record. One that we retired is remembered as retired, which nothing else shows. */
export function noteGone({ memory, clock }: Context, id: string): void {
  memory.write((rows) => {
    const device = rows.device(id)
    if (device === undefined || device.retiredAt !== undefined) return
    const isOurs = rows.commands(id).some(({ kind, end }) => kind === 'retire' && end?.kind !== 'refused')
    if (isOurs) rows.setRetired(id, clock.now())
    else rows.removeDevice(id)
  })
}

/** A new ICCID on an iPhone or iPad, and the install that it comes from. */
function noteIccid({ memory, clock }: Context, { id, iccid, ...managed }: Managed): void {
  const platform = platformOf(managed)
  if (iccid === undefined || (platform !== 'ios' && platform !== 'ipados')) return
  memory.write((rows) => {
    const known = knownOf(rows, id)
    const origin = known === undefined ? undefined : originOf(known, iccid, clock.now(), ATTRIBUTED_WITHIN)
    if (origin !== undefined) rows.addOrigin(id, origin)
  })
}

/** Reads one device as it is now, and what goes with it; `undefined`: Intune has no such record. */
export async function refreshOne(context: Context, id: string): Promise<Managed | undefined> {
  if (!isDeviceId(id)) return undefined
  const { graph, memory, clock } = context
  const body = await graph.get('device', `/beta${detailPath(id)}`)
  if (body === undefined) {
    noteGone(context, id)
    return undefined
  }
  const managed = readManaged(body)
  if (managed?.id.toLowerCase() !== id.toLowerCase())
    throw unreachable(context.driver, 'what it says of a device cannot be read')
  memory.write((rows) => rows.setDevice(managed, sweepOf(context), clock.now()))
  noteIccid(context, managed)
  if (platformOf(managed) !== 'windows') return managed
  if (memory.read((rows) => rows.memberships(managed.id)).length > 0) await readStatesOf(context, managed)
  if (context.scripts && memory.read((rows) => rows.reading(managed.id)).askedAt !== undefined)
    noteRuns(context, managed.id, await runsOf(context, managed.id))
  return managed
}

async function readStatesOf(context: Context, managed: Managed): Promise<void> {
  const states: unknown[] = []
  for await (const page of context.graph.list('states', `/v1.0${statesPath(managed.id)}`))
    states.push(...page)
  noteStates(context, managed, states, true)
}

function statesPath(id: string): string {
  return `/deviceManagement/managedDevices/${id}/deviceConfigurationStates`
}

function noteStates(
  { memory, clock }: Context,
  { id, lastSyncAt }: Managed,
  value: readonly unknown[],
  whole: boolean,
): void {
  const states = readStates(value)
  memory.write((rows) => {
    for (const membership of rows.memberships(id)) {
      const after = afterStates(membership, states, whole, lastSyncAt, clock.now())
      if (after === 'gone') rows.dropMembership(id, membership.target)
      else if (after !== membership) rows.setMembership(after)
    }
  })
}

/** The states of devices that were told something and did not confirm it yet. */
async function settleStates(context: Context): Promise<void> {
  const { memory, graph } = context
  const ids = memory.read((rows) => rows.unsettled(DETAILS_PER_PASS))
  if (ids.length === 0) return
  const answers = await graph.batch('v1.0', ids.map(statesPath))
  for (const id of ids) {
    const answer = answers.get(statesPath(id))
    const device = memory.read((rows) => rows.device(id))
    const value = answer?.kind === 'ok' ? objectOf(answer.body)?.['value'] : undefined
    if (device === undefined || !Array.isArray(value)) continue
    const more = objectOf((answer as { readonly body: unknown }).body)?.['@odata.nextLink']
    noteStates(context, device.managed, value, more === undefined || more === null)
  }
}

async function readAnswers(context: Context): Promise<void> {
  const { memory, graph, clock, readEvery } = context
  const ids = memory.read((rows) => rows.unanswered(DETAILS_PER_PASS))
  const answers = ids.length === 0 ? undefined : await graph.batch('beta', ids.map(runsPath))
  memory.write(() => {
    for (const id of ids) {
      const answer = answers?.get(runsPath(id))
      const value = answer?.kind === 'ok' ? objectOf(answer.body)?.['value'] : undefined
      if (Array.isArray(value)) noteRuns(context, id, readRuns(value))
    }
  })
  let asked = 0
  for (const id of memory.read((rows) => rows.askable(clock.now() - readEvery, DETAILS_PER_PASS))) {
    if (asked >= QUESTIONS_PER_PASS) return
    const managed = memory.read((rows) => rows.device(id))?.managed
    const reading = memory.read((rows) => rows.reading(id))
    if (managed === undefined || !isAskDue(managed, reading, clock.now(), readEvery)) continue
    asked += 1
    // One that cannot be asked now is due again at the next pass.
    if ((await askInventory(context, managed.id)).kind === 'throttled') return
  }
}
