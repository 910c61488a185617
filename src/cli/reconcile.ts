import { Command } from 'commander'
import { type Setting, becomeExecutorSoon, openRunning } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import { SECOND } from '../domain/time.ts'
import type { FleetCounts } from '../domain/read-store.ts'
import type { Store } from '../domain/store.ts'
import { openLog } from '../log/winston.ts'
import { runLoop } from '../reconcile/loop.ts'
import { NO_SCREEN } from '../reconcile/parts.ts'
import { reconcile, work } from '../reconcile/reconcile.ts'
import { counted, count } from '../report/numbers.ts'
import { workingText } from '../report/pass-text.ts'
import { progressBar } from '../report/progress-bar.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { planOnline } from './online-plan.ts'
import { planJson } from '../report/plan-json.ts'
import { planText } from '../report/plan-text.ts'
import { secretsOf } from '../secrets.ts'
import { minutesOf, outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { expectFolder } from './run.ts'
import { simulated, withFleetOptions, type FleetOptions } from './simulated-fleet.ts'
import { terminalScreen } from './run-screen.ts'
import { loadSettings, openSession, type GlobalOptions } from './session.ts'

type Options = GlobalOptions &
  FleetOptions & {
    readonly wait?: boolean
    readonly dryRun?: boolean
    readonly timeout: string
    readonly output: 'text' | 'json'
  }

const HELP = `
Examples:
  simplane reconcile --dry-run
  simplane reconcile --wait --timeout 30
  simplane reconcile --wait -o json

Beside a running service it asks that for a pass; else it makes the pass itself.
With --wait: exit code 3 when something is held or failed, or when --timeout (in minutes) is reached.`

/** `simplane reconcile`: one pass. */
export function reconcileCommand(io: Io, finish: Finish): Command {
  return withFleetOptions(new Command('reconcile'))
    .description('one pass now')
    .option('--wait', 'until every step is settled')
    .option('--dry-run', 'only show what it would do, as plan does')
    .option('--timeout <minutes>', 'how long --wait waits at most', '60')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await run(io, command.optsWithGlobals<Options>())),
    )
}

async function run(io: Io, options: Options): Promise<ExitCode> {
  const timeout = minutesOf('--timeout', options.timeout)
  if (options.dryRun === true) return await dryRun(io, options)
  const setting = loadSettings(io, options, (settings) => simulated(settings, options))
  expectFolder(setting)
  await using lock = await becomeExecutorSoon(setting, io.clock)
  const own = lock === undefined ? undefined : await ownPass(io, setting, options, timeout)
  const counts = own ?? (await askService(io, options, timeout))
  return conclude(io, counts, options)
}

async function dryRun(io: Io, options: Options): Promise<ExitCode> {
  const online = await planOnline(io, options)
  if (online.kind === 'invalid')
    throw new SimplaneError(
      'settings',
      `The desired state is not valid: simplane validate shows why. Nothing was changed.`,
    )
  if (options.output === 'json') printJson(io, planJson(online.plan))
  else io.out(planText(online.plan, online.header, io.paint))
  return EXIT.done
}

/** A service is running: it makes the pass. */
async function askService(io: Io, options: Options, timeout: number): Promise<FleetCounts> {
  await using session = await openSession(io, options)
  const { store } = session
  const request = await store.request('request', io.clock.now())
  const until = io.clock.now() + timeout
  let answered = false
  let most = 0
  for (;;) {
    answered ||= (await store.answered()) >= request
    const counts = await store.counts()
    const done = answered && (options.wait !== true || isSettled(counts))
    if (done || io.clock.now() > until || io.signal.aborted) {
      if (io.terminal) io.err('\r\u001b[K')
      if (answered) await expectValid(store)
      return counts
    }
    const left = counts.open.ready + counts.open.underWay
    most = Math.max(most, left)
    if (io.terminal) {
      const what = answered ? workingText(most - left, most) : 'the running service is asked for a pass'
      io.err(`\r\u001b[K${what}`)
    }
    await io.clock.sleep(SECOND / 4, io.signal)
  }
}

/** Makes the pass itself; `undefined`: another process plans on this store, and is to be asked. */
async function ownPass(
  io: Io,
  setting: Setting,
  options: Options,
  timeout: number,
): Promise<FleetCounts | undefined> {
  const { settings } = setting
  const log = openLog({
    format: settings.log.format ?? (io.terminal ? 'human' : 'json'),
    level: settings.log.level === 'info' ? 'warn' : settings.log.level,
    write: (line) => io.err(line),
    secrets: secretsOf(setting),
  })
  const screen =
    io.terminal && options.output === 'text' ? terminalScreen(io, { prefix: '', hints: [] }) : NO_SCREEN
  await using running = await openRunning(setting, { clock: io.clock, log, screen, program: io.version })
  const { parts } = running
  if ((await parts.leadership.lead()) === undefined) return undefined
  const limit = AbortSignal.any([io.signal, AbortSignal.timeout(timeout)])
  if (options.wait === true) {
    await runLoop(parts, { schedule: settings.schedule, watch: false, untilSettled: true, signal: limit })
    await expectValid(parts.store)
    await expectRead(parts.store)
    return await parts.store.counts()
  }
  const pass = await reconcile(parts, { trigger: 'request', read: true, observe: true, signal: limit })
  if (pass.inForce !== undefined) await work(parts, { run: pass.run, inForce: pass.inForce }, limit)
  await expectValid(parts.store)
  await expectRead(parts.store)
  return await parts.store.counts()
}

/** A pass that could not read the source worked on with what was in force: said, and no success. Throws `source-unreachable`. */
async function expectRead(store: Store): Promise<void> {
  const [last] = await store.runs(1)
  if (last?.error === undefined) return
  throw new SimplaneError('source-unreachable', last.error, {
    hint: 'What was in force before was carried on with; nothing newer is known.',
  })
}

/** A pass over a revision that is not valid is none. Throws `settings`: what was in force before stays so. */
async function expectValid(store: Store): Promise<void> {
  const latest = await store.latest()
  if (latest?.state !== 'refused') return
  const errors = latest.findings.filter((finding) => finding.severity === 'error').length
  const kept =
    (await store.inForce()) === undefined
      ? 'No device was touched.'
      : 'What was in force before stays so; nothing is done for the new one.'
  throw new SimplaneError(
    'settings',
    `The desired state is not valid (${counted(errors, 'error')}). ${kept}`,
    {
      hint: 'simplane validate shows why.',
    },
  )
}

function isSettled({ open }: FleetCounts): boolean {
  return open.ready + open.underWay === 0
}

function conclude(io: Io, counts: FleetCounts, { output, wait }: Options): ExitCode {
  const { open, byVerdict } = counts
  const left = open.ready + open.underWay
  if (output === 'json') {
    const settled = isSettled(counts)
    printJson(io, { apiVersion: 'simplane/v1', kind: 'Reconciliation', settled, open, byVerdict })
  } else {
    const done = progressBar(counts.devices - byVerdict.working, Math.max(1, counts.devices), 24)
    const rest = `${counted(left, 'step')} to go, ${count(byVerdict.held)} held, ${count(byVerdict.failed)} failed`
    io.out(
      `${done}  ${count(byVerdict['in-sync'])} of ${counted(counts.devices, 'device')} in sync, ${rest}\n`,
    )
    if (byVerdict.held + byVerdict.failed > 0) io.err('What is in the way: simplane status\n')
  }
  if (wait !== true) return EXIT.done
  if (io.signal.aborted) return EXIT.interrupted
  return left > 0 || open.held > 0 || byVerdict.failed > 0 ? EXIT.held : EXIT.done
}
