import type { Instant } from '../../domain/time.ts'
import { tell, type Context, type Told } from './context.ts'
import { instantOf, objectOf, textOf } from './json.ts'
import { registrationOf, platformOf } from './registration.ts'
import type { Managed, ReadingRow } from './rows.ts'
import { readInventory } from './script-output.ts'
import { inventoryScript, type Script } from './scripts.ts'
import { FIRST_PATIENCE, LONGEST_PATIENCE } from './timing.ts'
import { unreachable } from './trouble.ts'

const SCRIPTS = '/beta/deviceManagement/deviceHealthScripts'
/** Changes with the text of the script: a device may run an old one still. */
const INVENTORY = 'eSIM inventory 1'

/** One line of what scripts did on a device. */
export type ScriptRun = {
  readonly script: string
  readonly at?: Instant
  readonly output?: string
  readonly afterwards?: string
  readonly state?: string
}

/** Path of what scripts did on a device, below the version (`/beta`). */
export function runsPath(id: string): string {
  return `/deviceManagement/managedDevices/${id}/deviceHealthScriptStates`
}

export function readRuns(value: readonly unknown[]): readonly ScriptRun[] {
  return value.flatMap((each) => {
    const json = objectOf(each)
    const script = textOf(json?.['policyId'])
    if (json === undefined || script === undefined) return []
    const at = instantOf(json['lastStateUpdateDateTime'])
    const output = textOf(json['preRemediationDetectionScriptOutput'])
    const afterwards = textOf(json['postRemediationDetectionScriptOutput'])
    const state = textOf(json['remediationState'])
    return [
      {
        script,
        ...(at === undefined ? {} : { at }),
        ...(output === undefined ? {} : { output }),
        ...(afterwards === undefined ? {} : { afterwards }),
        ...(state === undefined ? {} : { state }),
      },
    ]
  })
}

/** Everything that scripts did on one device. */
export async function runsOf({ graph }: Context, id: string): Promise<readonly ScriptRun[]> {
  const runs: ScriptRun[] = []
  for await (const page of graph.list('script-states', `/beta${runsPath(id)}`)) runs.push(...readRuns(page))
  return runs
}

/** Takes note of what the inventory script said on a device, when it is newer and can be read. */
export function noteRuns({ memory, prefix }: Context, device: string, runs: readonly ScriptRun[]): void {
  const script = memory.read((rows) => rows.meta(`script:${prefix} ${INVENTORY}`))
  const run = runs
    .filter((each) => each.script === script)
    .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
    .at(-1)
  if (run?.at === undefined || run.output === undefined || readInventory(run.output) === undefined) return
  const { at, output } = run
  memory.write((rows) => {
    const before = rows.reading(device)
    if (before.at !== undefined && before.at >= at) return
    rows.setReading({ ...before, at, output, tries: 0 })
  })
}

/** Is a device to be asked what its eUICC holds? `since`: an answer from before is no use. */
export function isAskDue(
  managed: Managed,
  reading: ReadingRow,
  now: Instant,
  readEvery: number,
  since: Instant = -Infinity,
): boolean {
  if (platformOf(managed) !== 'windows' || registrationOf(managed) !== 'active') return false
  const { at = -Infinity, askedAt = -Infinity, tries } = reading
  if (at > Math.max(now - readEvery, since, managed.enrolledAt ?? -Infinity)) return false
  const isOpen = askedAt > at && askedAt > since
  if (!isOpen) return true
  const patience = Math.min(LONGEST_PATIENCE, FIRST_PATIENCE * 2 ** Math.max(0, tries - 1))
  return askedAt <= now - patience
}

/** Has the device run the inventory script. That it is asked is written once it is. */
export async function askInventory(context: Context, device: string): Promise<Told> {
  const script = await ensureScript(context, `${context.prefix} ${INVENTORY}`, inventoryScript())
  if (typeof script !== 'string') return script
  const told = await runScript(context, device, script)
  if (told.kind !== 'ok') return told
  context.memory.write((rows) => {
    const before = rows.reading(device)
    const isAgain = (before.askedAt ?? -Infinity) > (before.at ?? -Infinity)
    rows.setReading({ ...before, askedAt: context.clock.now(), tries: isAgain ? before.tries + 1 : 1 })
  })
  return told
}

/** Has a device run a script now. Running one twice is harmless: each of ours sees to that on the device. */
export function runScript(context: Context, device: string, script: string): Promise<Told> {
  return tell(context, {
    endpoint: 'run-script',
    method: 'POST',
    path: `/beta/deviceManagement/managedDevices/${device}/initiateOnDemandProactiveRemediation`,
    body: { scriptPolicyId: script },
    repeatable: true,
  })
}

const making = new WeakMap<Context, Map<string, Promise<string | Exclude<Told, { kind: 'ok' }>>>>()

/** The id of a script package of this name; it is looked for before it is made. */
export function ensureScript(
  context: Context,
  name: string,
  script: Script,
): Promise<string | Exclude<Told, { kind: 'ok' }>> {
  const under = making.get(context) ?? new Map<string, Promise<string | Exclude<Told, { kind: 'ok' }>>>()
  making.set(context, under)
  const now = under.get(name) ?? make(context, name, script).finally(() => under.delete(name))
  under.set(name, now)
  return now
}

async function make(
  context: Context,
  name: string,
  script: Script,
): Promise<string | Exclude<Told, { kind: 'ok' }>> {
  const { graph, memory } = context
  const content = {
    detectionScriptContent: base64(script.detection),
    remediationScriptContent: base64(script.remediation),
  }
  const known = memory.read((rows) => rows.meta(`script:${name}`)) ?? (await byName(context, name))
  const found = known === undefined ? undefined : objectOf(await graph.get('script', `${SCRIPTS}/${known}`))
  if (known !== undefined && found !== undefined) {
    if (found['detectionScriptContent'] !== content.detectionScriptContent)
      return {
        kind: 'refused',
        status: 200,
        code: 'script-changed',
        message: `Somebody changed the script "${name}".`,
      }
    memory.write((rows) => rows.setMeta(`script:${name}`, known))
    return known
  }
  const body = {
    '@odata.type': '#microsoft.graph.deviceHealthScript',
    displayName: name,
    description: 'Made and looked after by simplane.',
    publisher: 'simplane',
    runAsAccount: 'system',
    enforceSignatureCheck: false,
    runAs32Bit: false,
    ...content,
  }
  const told = await tell(context, {
    endpoint: 'script',
    method: 'POST',
    path: SCRIPTS,
    body,
    repeatable: false,
  })
  if (told.kind !== 'ok') return told
  const id = textOf(objectOf(told.body)?.['id'])
  if (id === undefined) throw unreachable(context.driver, 'the script that it made has no id')
  memory.write((rows) => rows.setMeta(`script:${name}`, id))
  return id
}

async function byName({ graph }: Context, name: string): Promise<string | undefined> {
  for await (const page of graph.list('scripts', `${SCRIPTS}?$select=id,displayName`)) {
    const found = page.map(objectOf).find((each) => each?.['displayName'] === name)
    if (found !== undefined) return textOf(found['id'])
  }
  return undefined
}

/** Takes a script package away that has done its work; one that stays is only untidy. */
export async function dropScript(context: Context, script: string): Promise<void> {
  try {
    const path = `${SCRIPTS}/${script}`
    await context.graph.write({ endpoint: 'script', method: 'DELETE', path, repeatable: true })
  } catch {
    context.log?.debug('untidy', 'A script package could not be deleted.', { driver: context.driver })
  }
}

function base64(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64')
}
