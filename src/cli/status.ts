import { Command } from 'commander'
import { createTask } from 'node-cron'
import { MINUTE, type Duration } from '../domain/time.ts'
import { explainJson } from '../report/explain-json.ts'
import { deviceStatusText } from '../report/explain-text.ts'
import { statusJson } from '../report/status-json.ts'
import { statusText } from '../report/status-text.ts'
import type { StatusInput } from '../report/status.ts'
import { targetJson } from '../report/target-json.ts'
import { targetText } from '../report/target-text.ts'
import { resolveTarget } from '../reconcile/target.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'
import { deviceInput, documentInput } from './target-input.ts'

type Options = GlobalOptions & { readonly output: 'text' | 'json'; readonly healthy?: boolean }

const HELP = `
Examples:
  simplane status
  simplane status acme-laptops       a configuration, group or retirement
  simplane status LAP-0023           a device: by serial number, EID, IMEI, id, name or user
  simplane status -o json

A word that means several things is written configuration/NAME, group/NAME, retirement/NAME or device/ID.
With --healthy: exit code 0 while a service is running whose last pass began within 15 minutes, or within three
times the schedule where that is longer; else 1. For a container's health check.`

/** `simplane status [TARGET]`: is the fleet as git says, and what is in the way. */
export function statusCommand(io: Io, finish: Finish): Command {
  return new Command('status')
    .description('is the fleet as git says, and what is in the way')
    .argument('[TARGET]', 'fleet, a configuration, group, retirement or device', 'fleet')
    .addOption(outputOption('json'))
    .option('--healthy', 'print nothing, answer by the exit code')
    .addHelpText('after', HELP)
    .action(async (target: string, _options: unknown, command: Command) =>
      finish(await status(io, target, command.optsWithGlobals<Options>())),
    )
}

async function status(io: Io, text: string, options: Options): Promise<ExitCode> {
  await using session = await openSession(io, options)
  if (options.healthy === true) return (await isHealthy(io, session)) ? EXIT.done : EXIT.error
  const inForce = await session.store.inForce()
  const target = await resolveTarget(session.store, inForce?.desired, text)
  const asJson = options.output === 'json'
  if (target.kind === 'fleet') {
    const input = await statusInput(io, session)
    if (asJson) printJson(io, statusJson(input))
    else io.out(statusText(input, io.paint))
    return input.serving === false ? EXIT.error : EXIT.done
  }
  if (target.kind === 'device') {
    const input = await deviceInput(io, session, target)
    if (asJson) printJson(io, explainJson(input))
    else io.out(deviceStatusText(input, io.paint))
    return EXIT.done
  }
  const input = await documentInput(io, session, target, inForce)
  if (asJson) printJson(io, targetJson(input, false))
  else io.out(targetText(input, false, io.paint))
  return EXIT.done
}

const QUIET_AT_MOST: Duration = 15 * MINUTE

async function isHealthy(io: Io, { store, serving, setting }: Session): Promise<boolean> {
  const [run] = await store.runs(1)
  if (run === undefined || !(await serving())) return false
  const allowed = Math.max(QUIET_AT_MOST, 3 * (await gapOf(setting.settings.schedule)))
  return io.clock.now() - (run.endedAt ?? run.startedAt) <= allowed
}

/** The longest time between two of the next passes of a schedule. */
async function gapOf(schedule: string): Promise<Duration> {
  const task = createTask(schedule, () => undefined)
  const next = task.getNextRuns(10).map((date) => date.getTime())
  await task.destroy()
  return Math.max(0, ...next.slice(1).map((at, index) => at - (next[index] ?? at)))
}

/** What the screen of the fleet is told from. */
export async function statusInput(io: Io, { store, serving }: Session): Promise<StatusInput> {
  const inForce = await store.inForce()
  const latest = await store.latest()
  const [run] = await store.runs(1)
  return {
    now: io.clock.now(),
    ...(inForce === undefined ? {} : { inForce, desired: inForce.desired }),
    ...(latest?.state === 'refused' ? { refused: latest } : {}),
    counts: await store.counts(),
    holds: await store.holds(),
    inventories: await store.inventories(),
    ...(run === undefined ? {} : { run }),
    serving: await serving(),
  }
}
