import { relative, resolve } from 'node:path'
import { Command } from 'commander'
import { driftJson } from '../report/drift-json.ts'
import { driftMarkdown } from '../report/drift-markdown.ts'
import { driftSarif } from '../report/drift-sarif.ts'
import { driftText } from '../report/drift-text.ts'
import { driftSummary } from '../report/drift.ts'
import type { DriftReport } from '../report/drift.ts'
import { driftReport, holdsOf } from '../reconcile/drift-report.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson, showBusy } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Options = GlobalOptions & {
  readonly output: 'text' | 'json' | 'markdown' | 'sarif'
  readonly detailedExitcode?: boolean
  readonly identities?: boolean
}

const HELP = `
Examples:
  simplane drift
  simplane drift -o markdown
  simplane drift -o sarif                  on the lines of the configurations, without devices
  simplane drift --detailed-exitcode

Drift contradicts a revision already applied; what a newer revision asks for is a change and is shown by plan.
With --detailed-exitcode: 0 no drift, 1 error, 2 drift, 3 drift of which all is held.`

/** `simplane drift`: what contradicts the revision in force, by cause and age. */
export function driftCommand(io: Io, finish: Finish): Command {
  return new Command('drift')
    .description('what contradicts the revision in force, by cause and age')
    .option('--detailed-exitcode', 'exit code 2 when there is drift, 3 when all of it is held')
    .option('--identities', 'Markdown and SARIF with names and serial numbers in clear')
    .addOption(outputOption('json', 'markdown', 'sarif'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await drift(io, command.optsWithGlobals<Options>())),
    )
}

async function drift(io: Io, options: Options): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const report = await readReport(io, session)
  const held = report.rows.filter(({ repair }) => repair === 'held')
  const identities = options.identities === true
  if (options.output === 'json') printJson(io, driftJson(report))
  else if (options.output === 'sarif') {
    const { version } = io
    printJson(io, driftSarif(report, { identities, version, prefix: prefixOf(io, session) }))
  } else if (options.output === 'markdown') {
    const holds = await holdsOf(session.store, new Set(held.map(({ device }) => device)))
    io.out(driftMarkdown(driftSummary(report, holds), { identities }))
  } else io.out(driftText(report, io.paint))
  if (options.detailedExitcode !== true || report.rows.length === 0) return EXIT.done
  return held.length === report.rows.length ? EXIT.held : EXIT.changes
}

async function readReport(io: Io, { store }: Session): Promise<DriftReport> {
  const { devices } = await store.counts()
  using _busy = showBusy(io, 'reading', devices)
  return await driftReport(store, { devices, now: io.clock.now() })
}

/** What stands in front of the files of the desired state: inside the repository, or from where the command is run. */
function prefixOf(io: Io, { setting: { settings, base } }: Session): string {
  const { source } = settings
  const path = source.kind === 'git' ? source.path : relative(io.cwd, resolve(base, source.path))
  return path === '' ? '' : `${path.replace(/\/$/, '')}/`
}
