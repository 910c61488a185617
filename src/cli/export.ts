import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { Command, Option } from 'commander'
import { adoptFleet, type Adoption } from '../desired/adopt.ts'
import { parseDesired } from '../desired/parse.ts'
import type { DeviceRecord } from '../domain/device.ts'
import { SimplaneError } from '../domain/error.ts'
import { planFleet } from '../plan/fleet.ts'
import { count, counted } from '../report/numbers.ts'
import { brief } from '../report/visible.ts'
import { padEnd, padStart } from '../report/width.ts'
import { walkFleet } from '../reconcile/walk.ts'
import { writeSnapshot } from '../snapshot/write.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Options = GlobalOptions & {
  readonly fleet?: boolean
  readonly desired?: string
  readonly output: 'text' | 'json'
  readonly format: 'json' | 'ndjson'
}

const HELP = `
Examples:
  simplane export --fleet > fleet.json
  simplane export --fleet --format ndjson > fleet.ndjson
  simplane export --desired esim/desired-state      the fleet as desired state that plans nothing`

/** `simplane export`: the fleet as a snapshot, or as desired state that plans empty. */
export function exportCommand(io: Io, finish: Finish): Command {
  return new Command('export')
    .description('the fleet as a snapshot, or as desired state that plans nothing')
    .option('--fleet', 'the recorded fleet as a snapshot, on stdout')
    .option('--desired <dir>', 'the configurations of the fleet as desired state, into an empty folder')
    .addOption(new Option('--format <format>', 'of the snapshot').choices(['json', 'ndjson']).default('json'))
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await run(io, command.optsWithGlobals<Options>())),
    )
}

async function run(io: Io, options: Options): Promise<ExitCode> {
  if ((options.fleet === true) === (options.desired !== undefined)) {
    throw new SimplaneError('usage', 'Say what to export: --fleet, or --desired DIR.')
  }
  await using session = await openSession(io, options)
  if (options.desired !== undefined)
    return await exportDesired(io, session, options.desired, options.output === 'json')
  const inventories = await session.store.inventories()
  const complete = inventories.length > 0 && inventories.every((each) => each.complete)
  for await (const part of writeSnapshot(
    { takenAt: io.clock.now(), complete },
    records(session),
    options.format,
  ))
    io.out(part)
  return EXIT.done
}

async function* records({ store }: Session): AsyncGenerator<DeviceRecord> {
  for await (const { record } of walkFleet(store)) yield record
}

async function exportDesired(io: Io, { store }: Session, folder: string, asJson: boolean): Promise<ExitCode> {
  const fleet = (await Array.fromAsync(walkFleet(store)))
    .filter((each) => each.goneSince === undefined)
    .map((each) => each.record)
  const adoption = adoptFleet(fleet)
  const root = resolve(io.cwd, folder)
  await refuseOverwriting(root, adoption)
  for (const [path, text] of adoption.files) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), text)
  }
  const steps = stepsPlanned(adoption, fleet, io.clock.now())
  if (asJson) {
    const { configurations, foreignEsims } = adoption
    const files = [...adoption.files.keys()]
    printJson(io, {
      apiVersion: 'simplane/v1',
      kind: 'Export',
      folder: root,
      files,
      configurations,
      foreignEsims,
      steps,
    })
    return steps === 0 ? EXIT.done : EXIT.error
  }
  describe(io, adoption)
  const check = steps === 0 ? 'is empty (0 steps)' : `has ${counted(steps, 'step')}`
  io.out(
    `Wrote ${counted(adoption.files.size, 'file')}. Check: the plan against today's fleet ${check}. mode: observe.\n`,
  )
  return steps === 0 ? EXIT.done : EXIT.error
}

/** Reads back what was written and plans it, as if its mode were enforce: the proof that adopting changes nothing. */
function stepsPlanned(adoption: Adoption, fleet: readonly DeviceRecord[], now: number): number {
  const files = [...adoption.files].map(([path, text]) => ({
    path,
    blob: path,
    bytes: new TextEncoder().encode(text.replaceAll('mode: observe', 'mode: enforce')),
  }))
  const { desired, findings } = parseDesired(files)
  if (desired === undefined)
    throw new SimplaneError('internal', `What was exported is not valid: ${findings[0]?.message ?? ''}`)
  const plan = planFleet({ desired, records: fleet, now })
  return plan.devices.reduce(
    (sum, device) => sum + device.steps.filter((step) => step.kind !== 'delete-record').length,
    0,
  )
}

async function refuseOverwriting(root: string, adoption: Adoption): Promise<void> {
  const there: readonly string[] = await readdir(root, { recursive: true }).catch(() => [])
  const taken = [...adoption.files.keys()].filter((path) => there.includes(path) && path !== 'policy.yaml')
  if (taken.length > 0)
    throw new SimplaneError('usage', `${taken[0] ?? ''} is there already; nothing was written.`, {
      hint: 'Name an empty folder.',
    })
  if (there.includes('policy.yaml')) (adoption.files as Map<string, string>).delete('policy.yaml')
}

function describe(io: Io, adoption: Adoption): void {
  const { configurations, foreignEsims } = adoption
  const devices = configurations.reduce((sum, each) => sum + each.devices, 0)
  io.out(`${counted(configurations.length, 'configuration')} found on ${counted(devices, 'device')}\n`)
  for (const { name, devices: on, address, by } of configurations) {
    const how = 'mdmGroup' in by ? `group by mdmGroups ${brief(by.mdmGroup, 40)}` : by.list
    io.out(`  ${padEnd(name, 24)} ${padStart(count(on), 8)}   ${brief(address, 40)} -> ${how}\n`)
  }
  if (foreignEsims > 0)
    io.out(
      `  besides: ${counted(foreignEsims, 'eSIM')} that came from elsewhere -> not written: foreign-esim\n`,
    )
}
