import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import { becomeExecutorSoon, openRunning, otherExecutor, storeName, type Setting } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import { NO_SCREEN } from '../reconcile/parts.ts'
import { runLoop } from '../reconcile/loop.ts'
import { Signals } from '../reconcile/signals.ts'
import { Triggers } from '../reconcile/triggers.ts'
import { openLog } from '../log/winston.ts'
import { openWebhooks } from '../listening.ts'
import { count } from '../report/numbers.ts'
import { openAnnouncements } from '../notices.ts'
import { openReviews } from '../reviews.ts'
import { secretsOf } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import type { Finish } from './program.ts'
import { SHOWN, terminalScreen } from './run-screen.ts'
import { loadSettings, type GlobalOptions } from './session.ts'
import { simulated, withFleetOptions, type FleetOptions } from './simulated-fleet.ts'

type Options = GlobalOptions & FleetOptions

const HELP = `
Examples:
  simplane run
  simplane run --driver simulator --devices 10000
  SIMPLANE_SOURCE_REPO=https://github.com/acme/esim simplane run

Ctrl-C stops (exit code 130), SIGTERM too (0); stopping is safe at any moment. On a terminal it says in words what
it does, else it logs JSON lines (log.format in simplane.yaml, or SIMPLANE_LOG_FORMAT).`

/** `simplane run`: the service. */
export function runCommand(io: Io, finish: Finish): Command {
  return withFleetOptions(new Command('run'))
    .description('the service: watch the source, reconcile, prove')
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await run(io, command.optsWithGlobals<Options>())),
    )
}

async function run(io: Io, options: Options): Promise<ExitCode> {
  const setting = loadSettings(io, options, (settings) => simulated(settings, options))
  const { settings } = setting
  expectFolder(setting)
  await using lock = await becomeExecutorSoon(setting, io.clock)
  if (lock === undefined)
    throw new SimplaneError(
      'store-busy',
      `Another simplane${holder(setting)} works on ${storeName(setting)}.`,
      {
        hint: 'Stop it first, or ask it: simplane reconcile --wait.',
      },
    )
  const human = settings.log.format === undefined ? io.terminal : settings.log.format === 'human'
  const log = openLog({
    format: human ? 'human' : 'json',
    level: human && settings.log.level === 'info' ? 'warn' : settings.log.level,
    write: (line) => io.err(line),
    secrets: secretsOf(setting),
    ...(human ? { hidden: SHOWN } : {}),
  })
  if (human) io.err(header(io, setting))
  const prefix =
    settings.source.kind === 'folder'
      ? `${relative(io.cwd, resolve(setting.base, settings.source.path)) || '.'}/`
      : ''
  const screen = human ? terminalScreen(io, { prefix, hints: hints(settings) }) : NO_SCREEN
  const progress = (written: number): void => {
    if (io.terminal) io.err(`\r\u001b[Ksimulating ${count(written)} devices`)
  }
  await using running = await openRunning(setting, {
    clock: io.clock,
    log,
    screen,
    program: io.version,
    progress,
  })
  if (io.terminal) io.err('\r\u001b[K')
  const signals = new Signals()
  const triggers = new Triggers()
  await using reports = await openReviews(setting, running.parts)
  const reviews = reports?.reviews
  await using told = await openAnnouncements(setting, running.parts)
  const beside = [
    ...(reviews === undefined ? [] : [reviews]),
    ...(told === undefined ? [] : [told.announcements]),
  ]
  const heard = { signals, triggers, ...(reviews === undefined ? {} : { reviews }) }
  await using listener = await openWebhooks(setting, running.parts, heard)
  if (human && listener !== undefined) io.err(`Listening for webhooks at http://${listener.address}\n`)
  const { schedule } = settings
  await runLoop(running.parts, { schedule, watch: true, ...heard, beside, signal: io.signal })
  if (human) io.err('\nStopped. What is under way is taken up again at the next start.\n')
  return io.signal.reason === 'SIGTERM' ? EXIT.done : EXIT.interrupted
}

/** A folder to watch must be there. Throws `source-unreachable` before anything is opened. */
export function expectFolder({ settings, base }: Setting): void {
  const { source } = settings
  if (source.kind !== 'folder' || existsSync(resolve(base, source.path))) return
  const message = `There is no desired state at ${source.path}; nothing was started, and no device was touched.`
  const hint =
    'simplane init DIR writes a starter; source.path in simplane.yaml, or SIMPLANE_SOURCE_PATH, names another folder.'
  throw new SimplaneError('source-unreachable', message, { hint })
}

function holder(setting: Setting): string {
  const pid = otherExecutor(setting)
  return pid === undefined ? '' : ` (process ${pid})`
}

function header(io: Io, { settings }: Setting): string {
  const source =
    settings.source.kind === 'folder'
      ? settings.source.path
      : `${settings.source.repo} ${settings.source.ref}`
  const simulators = settings.drivers.filter((driver) => driver.kind === 'simulator')
  const devices = simulators.reduce((sum, driver) => sum + driver.devices, 0)
  const fleet =
    simulators.length === settings.drivers.length
      ? `A simulated fleet of ${count(devices)} devices: nothing here is real, and nothing needs to be configured.\n`
      : ''
  return `\n${io.paint.bold('simplane')}    desired state ${source}    store ${storeName({ settings })}\n${fleet}\n`
}

function hints({ source, store }: Settings): string[] {
  if (source.kind !== 'folder')
    return [`Following ${source.repo} ${source.ref}. Ctrl-C stops; stopping is safe at any moment.`]
  return [
    ...(store.kind === 'sqlite'
      ? [`Start over: stop, then rm ${store.path.replace(/[^/]*$/, '')}*.db*`, '']
      : []),
    'Try, while this runs:',
    `  1  edit ${source.path.replace(/^\.\//, '')}/configurations/acme-laptops.yaml (another serverName), save, look here`,
    '  2  npx simplane explain LAP-0007',
    '  3  npx simplane demo                     a guided tour, half a minute',
    '',
    `Watching ${source.path}. Ctrl-C stops; stopping is safe at any moment.`,
  ]
}
