import { Command } from 'commander'
import type { StoredDevice } from '../domain/stored-device.ts'
import { driftJson } from '../report/drift-json.ts'
import { driftMarkdown } from '../report/drift-markdown.ts'
import { driftText } from '../report/drift-text.ts'
import type { DriftReport, DriftRow } from '../report/drift.ts'
import { ACTION_WORDS } from '../report/words.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson, showBusy } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Options = GlobalOptions & {
  readonly output: 'text' | 'json' | 'markdown'
  readonly detailedExitcode?: boolean
  readonly identities?: boolean
}

const HELP = `
Examples:
  simplane drift
  simplane drift -o markdown
  simplane drift --detailed-exitcode

Drift contradicts a revision already applied; what a newer revision asks for is a change and is shown by plan.
With --detailed-exitcode: 0 no drift, 1 error, 2 drift, 3 drift of which all is held.`

/** `simplane drift`: what contradicts the revision in force, by cause and age. */
export function driftCommand(io: Io, finish: Finish): Command {
  return new Command('drift')
    .description('what contradicts the revision in force, by cause and age')
    .option('--detailed-exitcode', 'exit code 2 when there is drift, 3 when all of it is held')
    .option('--identities', 'Markdown with serial numbers in clear')
    .addOption(outputOption('json', 'markdown'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await drift(io, command.optsWithGlobals<Options>())),
    )
}

async function drift(io: Io, options: Options): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const { report, held } = await driftReport(io, session)
  if (options.output === 'json') printJson(io, driftJson(report))
  else if (options.output === 'markdown')
    io.out(driftMarkdown(report, { identities: options.identities === true }))
  else io.out(driftText(report, io.paint))
  if (options.detailedExitcode !== true || report.rows.length === 0) return EXIT.done
  return held === report.rows.length ? EXIT.held : EXIT.changes
}

async function driftReport(io: Io, { store }: Session): Promise<{ report: DriftReport; held: number }> {
  const inForce = await store.inForce()
  const counts = await store.counts()
  using _busy = showBusy(io, 'reading', counts.devices)
  const devices: StoredDevice[] = []
  for (let after: StoredDevice['record']['key'] | undefined; ;) {
    const page = await store.devices({ drift: true }, 1_000, after)
    devices.push(...page)
    after = page.at(-1)?.record.key
    if (page.length < 1_000) break
  }
  const rows = devices.flatMap(rowOf)
  const report: DriftReport = {
    rows,
    devices: counts.devices,
    ...(inForce === undefined ? {} : { revision: inForce.revision.id, appliedAt: inForce.at }),
    now: io.clock.now(),
  }
  return { report, held: devices.filter((device) => device.status.verdict === 'held').length }
}

function rowOf(stored: StoredDevice): DriftRow[] {
  const { record, status, assignment } = stored
  if (status.drift === undefined) return []
  const wanted = assignment?.wanted
  return [
    {
      device: record.key,
      ...(record.name === undefined ? {} : { name: record.name }),
      ...(record.serialNumber === undefined ? {} : { serial: record.serialNumber }),
      ...(wanted?.kind === 'configuration' ? { configuration: wanted.configuration } : {}),
      cause: status.drift.cause,
      since: status.drift.since,
      follows: followsOf(stored),
    },
  ]
}

function followsOf({ status }: StoredDevice): string {
  const { verdict = 'in-sync' } = status
  const what = status.action === undefined ? '' : ACTION_WORDS[status.action]
  switch (verdict) {
    case 'working':
      return `repaired: ${what}, in work`
    case 'held':
      return `${what}: held, waits for a person`
    case 'failed':
      return 'gave up: simplane retry'
    case 'drifted':
      return 'mode observe: only reported'
    case 'in-sync':
    case 'not-eligible':
      return 'reported; nothing is done about it'
  }
}
