import { Command } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import type { PlanOutline } from '../domain/plan-outline.ts'
import { findingsJson } from '../report/findings-json.ts'
import { findingsMarkdown } from '../report/findings-markdown.ts'
import { findingsText } from '../report/findings-text.ts'
import type { FindingsContext } from '../report/findings-text.ts'
import type { Finding } from '../domain/finding.ts'
import type { PlanContext } from '../report/plan-header.ts'
import { outlineJson } from '../report/plan-json.ts'
import { outlineMarkdown } from '../report/plan-markdown.ts'
import { outlineOf } from '../report/plan-outline.ts'
import { outlineText } from '../report/plan-text.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { planOffline } from './offline-plan.ts'
import { planOnline } from './online-plan.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'

type PlanOptions = {
  readonly desired?: string
  readonly fleet?: string
  readonly ref?: string
  readonly at?: string
  readonly output: 'text' | 'json' | 'markdown'
  readonly all?: boolean
  readonly identities?: boolean
  readonly detailedExitcode?: boolean
}

const HELP = `
Examples:
  simplane plan                                            the source against the recorded state
  simplane plan --ref feature                              a branch, before it is merged
  simplane plan --desired desired-state --fleet fleet.json -o json
                                                           two files: no database, network or git

Nothing is done and nothing is written. With --detailed-exitcode: 0 no changes, 1 error, 2 changes, 3 all of it is held.`

/** `simplane plan`: what would be done, against the recorded state or a snapshot. */
export function planCommand(io: Io, finish: Finish): Command {
  return new Command('plan')
    .description('what would be done to which devices, and why')
    .option('--desired <dir>', 'a folder of desired state in place of the source')
    .option('--fleet <file>', 'a fleet snapshot in place of the recorded state (with --desired: offline)')
    .option('--ref <ref>', 'a branch, tag or commit of the source')
    .option('--at <time>', 'the time of an offline plan (default: the takenAt of the snapshot)')
    .option('--all', 'list every device')
    .option('--identities', 'Markdown with serial numbers in clear')
    .option('--detailed-exitcode', 'exit code 2 when something would change, 3 when all of it is held')
    .addOption(outputOption('json', 'markdown'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await plan(io, command.optsWithGlobals<PlanOptions & { config?: string }>())),
    )
}

async function plan(io: Io, options: PlanOptions & { config?: string }): Promise<ExitCode> {
  if (options.fleet !== undefined && options.desired === undefined) {
    throw new SimplaneError('usage', '--fleet needs --desired: an offline plan is made from two files.')
  }
  if (options.fleet === undefined || options.desired === undefined) return await planned(io, options)
  const { at, desired, fleet } = options
  using offline = await planOffline(io, { desired, fleet, ...(at === undefined ? {} : { at }) })
  if (offline === undefined) return EXIT.interrupted
  if (offline.plan === undefined || offline.state === undefined)
    return invalid(io, offline.findings, offline.context, options)
  return await print(io, offline.plan, options, {
    now: offline.plan.createdAt,
    state: offline.state,
    ...(offline.desired === undefined ? {} : { desiredState: offline.desired }),
  })
}

async function planned(io: Io, options: PlanOptions & { config?: string }): Promise<ExitCode> {
  const online = await planOnline(io, options)
  if (online.kind === 'invalid') return invalid(io, online.findings, online.context, options)
  return await print(io, outlineOf(online.plan), options, online.header)
}

/** Desired state or snapshot with errors: no plan, and nothing but the findings. */
function invalid(
  io: Io,
  findings: readonly Finding[],
  context: FindingsContext,
  { output }: PlanOptions,
): ExitCode {
  if (output === 'json') printJson(io, findingsJson(findings))
  else if (output === 'markdown') io.out(findingsMarkdown(findings))
  else io.out(findingsText(findings, { ...context, outcome: 'There is no plan, and nothing was changed.' }))
  return EXIT.error
}

async function print(
  io: Io,
  made: PlanOutline,
  options: PlanOptions,
  header: PlanContext,
): Promise<ExitCode> {
  const context = { ...header, ...(options.all === true ? { all: true } : {}) }
  if (options.output === 'json') await printPieces(io, outlineJson(made))
  else if (options.output === 'markdown')
    io.out(outlineMarkdown(made, { ...context, identities: options.identities === true }))
  else await printPieces(io, outlineText(made, context, io.paint))
  if (made.findings.some(({ finding: { severity, device } }) => severity === 'error' && device === undefined))
    return EXIT.error
  if (options.detailedExitcode !== true || made.summary.changing === 0) return EXIT.done
  return made.summary.held === made.summary.steps ? EXIT.held : EXIT.changes
}

/** Small pieces are written together: each write is a call of the system. */
const WRITTEN_AT_ONCE = 1 << 16

async function printPieces(io: Io, pieces: Iterable<string>): Promise<void> {
  let text = ''
  for (const piece of pieces) {
    text += piece
    if (text.length < WRITTEN_AT_ONCE) continue
    io.out(text)
    text = ''
    await io.drained?.()
  }
  if (text !== '') io.out(text)
}
