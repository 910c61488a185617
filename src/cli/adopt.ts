import { Command } from 'commander'
import { driverFaces, openSource } from '../app.ts'
import { withChanged } from '../desired/adopting-check.ts'
import { parseDesired } from '../desired/parse.ts'
import type { DesiredState } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import type { SourceTree } from '../domain/source.ts'
import type { PlanningParts } from '../reconcile/question.ts'
import { counted } from '../report/numbers.ts'
import { shortRevision } from '../report/revisions.ts'
import { openForge } from '../reviews.ts'
import { adoptingOf, chosen, type Choice } from './adopt-choice.ts'
import { lookAtFleet, readFleet, type LookedAt } from './adopt-fleet.ts'
import { objectionsTo, type Objection } from './adopt-proof.ts'
import { proposalOf } from './adopt-proposal.ts'
import {
  adoptionJson,
  adoptionText,
  diffOf,
  namedDevices,
  objectionsText,
  type AdoptionShown,
} from './adopt-text.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson, showBusy } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Options = GlobalOptions &
  Choice & { readonly dryRun?: boolean; readonly yes?: boolean; readonly output: 'text' | 'json' }

const HELP = `
Examples:
  simplane adopt --dry-run                     what could be adopted, as a diff that git apply takes
  simplane adopt --group sales                 a pull request: the group keeps what it has
  simplane adopt --device 5CG40007 --yes       one device, named in the repository

Drift that one wants to keep becomes the desired state: another server, carrier URL or flags, or no eSIM any more.
Nothing is sent to a device. It is proposed only when, planned with the change, these devices have no step and no other
device gets one. Exit code 3: there is drift, and nothing of it was adopted; the reasons are told.`

/** `simplane adopt`: a pull request that makes what the fleet has the desired state. */
export function adoptCommand(io: Io, finish: Finish): Command {
  return new Command('adopt')
    .description('a pull request that makes drift the desired state')
    .option('--configuration <name>', 'only devices that want this one')
    .option('--group <name>', 'only members of this group')
    .option(
      '--device <ref>',
      'only this device; may be repeated',
      (text: string, before: readonly string[] | undefined) => [...(before ?? []), text],
    )
    .option('--dry-run', 'print the diff and touch nothing')
    .option('--yes', 'do not ask before devices are named in the repository')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await adopt(io, command.optsWithGlobals<Options>())),
    )
}

async function adopt(io: Io, options: Options): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const given = await desiredInForce(session)
  const adoption = await prepare(io, session, options, given)
  const { shown, objections } = adoption
  const { adopting } = shown
  const asJson = options.output === 'json'
  io.err(adoptionText(shown, io.paint))
  const tell = (more: object = {}): void => {
    if (asJson) printJson(io, adoptionJson(shown, { revision: given.revision, objections, ...more }))
  }
  if (objections.length > 0) {
    const adopted = new Set(adopting.changes.flatMap(({ devices }) => devices))
    io.err(objectionsText(shown, objections, adopted))
    tell()
    return EXIT.held
  }
  if (adopting.changes.length === 0) {
    io.err(adopting.notAdopted.length === 0 ? 'There is no drift to adopt.\n' : 'Nothing was adopted.\n')
    tell()
    return adopting.notAdopted.length === 0 ? EXIT.done : EXIT.held
  }
  const hasForge = session.setting.settings.reports !== undefined
  if (options.dryRun === true || !hasForge) {
    if (asJson) tell()
    else io.out(diffOf(adopting, shown.prefix))
    if (options.dryRun === true) return EXIT.done
    io.err(NO_FORGE)
    return EXIT.error
  }
  const named = namedDevices(adopting).length
  if (named > 0) {
    const refusal = await confirm(io, named, options)
    if (refusal !== undefined) return refusal
  }
  const { pull, branch } = await propose(io, session, given, adoption)
  tell({ branch, pullRequest: pull })
  if (!asJson) io.out(`Pull request #${pull.number}: ${pull.url}\n`)
  return EXIT.done
}

const NO_FORGE = `No pull request was opened: there is no forge in the settings. Set reports.forge (docs/settings.md), or apply the
diff yourself: simplane adopt --dry-run | git apply\n`

type Given = {
  readonly revision: string
  readonly tree: SourceTree
  readonly desired: DesiredState
  readonly ignore: readonly string[]
}

/** The revision in force as files. Drift from another one than the newest is none that can be adopted onto it. */
async function desiredInForce({ store, setting }: Session): Promise<Given> {
  const inForce = await store.inForce()
  if (inForce === undefined)
    throw new SimplaneError('not-found', 'No revision is in force yet: there is nothing to drift from.')
  await using source = await openSource(setting)
  const { revision } = await source.head()
  if (revision.id !== inForce.revision.id)
    throw new SimplaneError(
      'source-unreachable',
      `The newest revision is ${shortRevision(revision.id)}, and ${shortRevision(inForce.revision.id)} is in force: what drifts from it is not known yet.`,
      { hint: 'Wait until it is in force, or see with simplane status why it is not.' },
    )
  const { ignore } = setting.settings
  const tree = await source.read(revision.id)
  const { desired, findings } = parseDesired(tree.files, { ignore })
  if (desired === undefined || [...tree.findings, ...findings].some(({ severity }) => severity === 'error'))
    throw new SimplaneError(
      'source-unreachable',
      'The desired state in force cannot be read again as it was.',
      {
        hint: 'simplane validate shows what is wrong.',
      },
    )
  return { revision: revision.id, tree, desired, ignore }
}

type Adoption = {
  readonly shown: AdoptionShown
  readonly objections: readonly Objection[]
  readonly looked: LookedAt
}

async function prepare(
  io: Io,
  { store, setting }: Session,
  options: Options,
  given: Given,
): Promise<Adoption> {
  const { desired, tree, ignore } = given
  const { source, limits } = setting.settings
  const parts: PlanningParts = {
    store,
    clock: io.clock,
    ceiling: limits.mode,
    drivers: driverFaces(setting),
  }
  using _busy = showBusy(io, 'planning', (await store.counts()).devices)
  const fleet = await readFleet(parts)
  const looked = await lookAtFleet(parts, fleet, desired)
  const devices = await chosen(store, desired, options, looked)
  const adopting = adoptingOf({ desired, files: tree.files, ignore }, options, devices, looked)
  const shown: AdoptionShown = {
    adopting,
    desired,
    prefix: source.kind === 'folder' || source.path === '' ? '' : `${source.path}/`,
    nameOf: (key) => {
      const record = looked.get(key)?.record
      return record?.name ?? record?.serialNumber ?? key
    },
  }
  if (adopting.changes.length === 0) return { shown, objections: [], looked }
  const { desired: changed } = parseDesired(withChanged(tree.files, adopting.files), { ignore })
  if (changed === undefined) throw new SimplaneError('internal', 'What was to be adopted is not valid.')
  const after = await lookAtFleet(parts, fleet, changed)
  return { shown, objections: objectionsTo(adopting.changes, looked, after, changed), looked }
}

/** `undefined`: yes. */
async function confirm(io: Io, named: number, options: Options): Promise<ExitCode | undefined> {
  const verb = named === 1 ? 'is' : 'are'
  io.err(
    `${counted(named, 'device')} ${verb} named in the repository by serial number (EID or id where there is none): everybody who reads it sees them, and its history keeps them.\n`,
  )
  if (options.yes === true) return undefined
  const answer = await io.ask(`Type the number of devices to name them there (${named}): `)
  if (answer === undefined) {
    io.err('Nobody is there to answer. In a script, write --yes.\n')
    return EXIT.usage
  }
  if (answer.trim() === String(named)) return undefined
  io.err('Nothing was proposed.\n')
  return EXIT.held
}

async function propose(io: Io, { setting }: Session, { revision }: Given, { shown, looked }: Adoption) {
  const { source, reports } = setting.settings
  await using forge = await openForge(setting, io)
  if (forge === undefined || source.kind !== 'git')
    throw new SimplaneError('internal', 'a forge without a repository was let through')
  const proposal = proposalOf(shown, {
    revision,
    base: source.ref.replace(/^refs\/heads\//, ''),
    devices: looked.size,
    identities: reports?.identities === true,
    largestText: forge.capabilities.largestText,
    serialOf: (key) => looked.get(key)?.record.serialNumber ?? key,
    causeOf: (key) => looked.get(key)?.item.device.status.drift?.cause ?? '',
  })
  return { pull: await forge.propose(proposal), branch: proposal.branch }
}
