import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { driverFaces, openSource, type Setting } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import type { PullRequest } from '../domain/forge.ts'
import type { Source } from '../domain/source.ts'
import { reviewAgainst, type NamedSnapshot } from '../reconcile/review/against-snapshot.ts'
import { publish, publishFork, publishUnavailable, type PublishOptions } from '../reconcile/review/publish.ts'
import { review, type Reviewed } from '../reconcile/review/review.ts'
import { findingsText } from '../report/findings-text.ts'
import { openForge, publishOptions } from '../reviews.ts'
import { readSnapshot } from '../snapshot/read.ts'
import { FleetFile } from './fleet-file.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, wholeNumber } from './output.ts'
import type { Finish } from './program.ts'
import { openPost, type Post } from './report-post.ts'
import { pullOfCi, settingWithoutState } from './report-setting.ts'
import { printReport, type Told } from './report-text.ts'
import { openSession, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & {
  readonly pullRequest?: string | true
  readonly fleet?: string
  readonly dryRun?: boolean
  readonly output: 'text' | 'json'
}

const HELP = `
Examples:
  simplane report --pull-request 412                       against the recorded state
  simplane report --pull-request 412 --fleet fleet.json    in CI: against a snapshot of simplane export --fleet
  simplane report --pull-request 412 --dry-run             print the comment, post nothing

Plans the pull request as it would be once merged, and tells its forge once: a comment, statuses and findings on their
lines. Nothing of the pull request is run. Without a settings file the repository and the forge are taken from the
variables of GitHub Actions, of those of Gitea and Forgejo, or of GitLab CI; the token from SIMPLANE_FORGE_TOKEN or
GITHUB_TOKEN. Exit code 0 planned, or nothing to plan; 1 not valid, or a conflict; 3 not planned: from a fork, closed,
for another branch, or not to be read for now. Set up: docs/pull-requests.md.`

/** `simplane report --pull-request N`: the plan of a pull request, told to its forge once. */
export function reportCommand(io: Io, finish: Finish): Command {
  return new Command('report')
    .description('tell a pull request what merging it would do')
    .option('--pull-request [number]', 'which one (default: the one that the CI runs for)')
    .option('--fleet <file>', 'a fleet snapshot in place of the recorded state')
    .option('--dry-run', 'print the comment, and post nothing')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await report(io, command.optsWithGlobals<Options>())),
    )
}

/** What a report is made of, and how a pull request is planned with it. */
type Making = {
  readonly setting: Setting
  readonly plan: (source: Source, pull: PullRequest) => Promise<Reviewed | undefined>
}

async function report(io: Io, options: Options): Promise<ExitCode> {
  const number = numberOf(io, options)
  await using stack = new AsyncDisposableStack()
  const making =
    options.fleet === undefined
      ? await makingBeside(io, options, stack)
      : await makingAlone(io, options, options.fleet, stack)
  if (making === undefined) return EXIT.error
  const told = publishOptions(making.setting, io.version)
  const forge = await openForge(making.setting, io)
  if (told === undefined || forge === undefined)
    throw new SimplaneError('settings', 'The settings say nothing of a forge: there is no reports in them.', {
      hint: 'docs/pull-requests.md says how it is set up.',
    })
  stack.use(forge)
  const pull = await forge.pullRequest(number)
  if (pull === undefined)
    throw new SimplaneError('not-found', `${forge.name} has no pull request ${number}; nothing was sent.`)
  const post = openPost(forge, options.dryRun === true)
  const said = await tell(io, making, { pull, post, options: told })
  if (io.signal.aborted) return EXIT.interrupted
  printReport(io, { ...said, pull, post, forge: forge.name }, options)
  return EXITS[said.verdict]
}

const EXITS: Readonly<Record<Told['verdict'], ExitCode>> = {
  plan: EXIT.done,
  untouched: EXIT.done,
  invalid: EXIT.error,
  conflict: EXIT.error,
  fork: EXIT.held,
  unavailable: EXIT.held,
  closed: EXIT.held,
  elsewhere: EXIT.held,
  moved: EXIT.held,
}

function numberOf(io: Io, { pullRequest }: Options): number {
  if (typeof pullRequest === 'string') return wholeNumber('--pull-request', pullRequest)
  const ofCi = pullRequest === undefined ? undefined : pullOfCi(io)
  if (ofCi !== undefined) return ofCi
  throw new SimplaneError('usage', 'Say which pull request: simplane report --pull-request 412.', {
    hint: 'Alone, --pull-request means the one that the CI runs for; here it runs for none.',
  })
}

/** Beside a service, or where one was: against what it has recorded. */
async function makingBeside(io: Io, options: Options, stack: AsyncDisposableStack): Promise<Making> {
  const { setting, store } = stack.use(await openSession(io, options))
  const { ignore, limits } = setting.settings
  const parts = { store, clock: io.clock, ignore, ceiling: limits.mode, drivers: driverFaces(setting) }
  return { setting, plan: (source, pull) => review({ ...parts, source }, pull, io.signal) }
}

/** Where nothing is recorded: against a snapshot. `undefined`: it has errors, which are said. */
async function makingAlone(
  io: Io,
  options: Options,
  file: string,
  stack: AsyncDisposableStack,
): Promise<Making | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'simplane-report-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const setting = settingWithoutState(io, options, folder)
  const snapshot = snapshotOf(io, file)
  if (snapshot === undefined) return undefined
  const { ignore, limits } = setting.settings
  const parts = { ignore, ceiling: limits.mode, drivers: driverFaces(setting) }
  return { setting, plan: (source, pull) => reviewAgainst({ ...parts, source }, snapshot, pull) }
}

function snapshotOf(io: Io, name: string): NamedSnapshot | undefined {
  using file = new FleetFile(resolve(io.cwd, name), name)
  const { snapshot, findings } = readSnapshot(file.readAll(), name)
  if (snapshot !== undefined) return { ...snapshot, name }
  io.err(findingsText(findings, { paint: io.paint, outcome: 'Nothing was planned, and nothing was sent.' }))
  return undefined
}

type Telling = { readonly pull: PullRequest; readonly post: Post; readonly options: PublishOptions }

async function tell(io: Io, { setting, plan }: Making, { pull, post, options }: Telling): Promise<Told> {
  const parts = { forge: post.desk, clock: io.clock }
  if (pull.state !== 'open') return { verdict: 'closed' }
  if (pull.base.ref !== options.branch) return { verdict: 'elsewhere', branch: options.branch }
  if (pull.fork && setting.settings.reports?.forks !== true) {
    await tellFork(io, () => publishFork(parts, pull, options))
    return { verdict: 'fork' }
  }
  const reviewed = await reviewOrWhy(io, setting, (source) => plan(source, pull))
  if (typeof reviewed === 'string') {
    await publishUnavailable(parts, pull, reviewed, options)
    return { verdict: 'unavailable', why: reviewed }
  }
  if (reviewed === undefined) return { verdict: 'moved' }
  const { kind } = await publish(parts, pull, reviewed, options)
  if (reviewed.kind !== 'planned') return { verdict: kind }
  const { plan: made } = reviewed.made
  return { verdict: kind, plan: made }
}

/** A CI gives a fork no right to write: that it cannot be told changes nothing. */
async function tellFork(io: Io, say: () => Promise<void>): Promise<void> {
  try {
    await say()
  } catch (error) {
    if (!(error instanceof SimplaneError)) throw error
    io.err(`${error.message}\nThe pull request comes from a fork, and was not told that it is not planned.\n`)
  }
}

/** What a proposal was found to be, or why the source does not tell. */
async function reviewOrWhy(
  io: Io,
  setting: Setting,
  plan: (source: Source) => Promise<Reviewed | undefined>,
): Promise<Reviewed | string | undefined> {
  await using source = await openSource(setting)
  try {
    return await plan(source)
  } catch (error) {
    if (error instanceof SimplaneError && error.code === 'source-unreachable' && !io.signal.aborted)
      return error.message
    throw error
  }
}
