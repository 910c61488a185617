import { Command } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import type { InForce } from '../domain/revision-store.ts'
import { nearest } from '../desired/nearest.ts'
import { holdText } from '../report/approve-text.ts'
import { explainJson } from '../report/explain-json.ts'
import { explainText } from '../report/explain-text.ts'
import { explainPage, pageNames, pageText } from '../report/pages/explain-page.ts'
import { holdJson } from '../report/plan-json.ts'
import { statusText } from '../report/status-text.ts'
import { targetJson } from '../report/target-json.ts'
import { targetText } from '../report/target-text.ts'
import { findHold } from '../reconcile/approve.ts'
import { resolveTarget, type Target } from '../reconcile/target.ts'
import { holdInput } from './approve.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'
import { statusInput } from './status.ts'
import { deviceInput, documentInput } from './target-input.ts'
import { statusJson } from '../report/status-json.ts'

type Options = GlobalOptions & { readonly output: 'text' | 'json' }

const HELP = `
Examples:
  simplane explain LAP-0023          a device: by serial number, EID, IMEI, id, name or user
  simplane explain acme-laptops      a configuration, group or retirement
  simplane explain h-31b0            a hold
  simplane explain would-strand      a finding code
  simplane explain S15               a rule
  simplane explain onRemove          a field of the desired state

Finding codes, rules and fields are explained without any recorded state.`

/** `simplane explain WHAT`: why, on what evidence, and what would change it. */
export function explainCommand(io: Io, finish: Finish): Command {
  return new Command('explain')
    .description('why: of a device, configuration, hold, finding code, rule or field')
    .argument('<WHAT>', 'what to explain')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (what: string, _options: unknown, command: Command) =>
      finish(await explain(io, what, command.optsWithGlobals<Options>())),
    )
}

async function explain(io: Io, what: string, options: Options): Promise<ExitCode> {
  const asJson = options.output === 'json'
  const page = explainPage(what)
  if (page !== undefined) {
    if (asJson) printJson(io, { apiVersion: 'simplane/v1', kind: 'Page', name: what, ...page })
    else io.out(pageText(page, io.paint))
    return EXIT.done
  }
  await using session = await openFor(io, what, options)
  if (/^h-[0-9a-f]+$/.test(what)) return await explainHold(io, session, what, asJson)
  const inForce = await session.store.inForce()
  const target = await found(session, what, inForce?.desired)
  await explainTarget(io, session, target, inForce, asJson)
  return EXIT.done
}

/** Without recorded state there are only pages: the nearest one is what was probably meant. */
async function openFor(io: Io, what: string, options: Options): Promise<Session> {
  try {
    return await openSession(io, options)
  } catch (error) {
    const meant = nearest(what, pageNames())
    if (!(error instanceof SimplaneError) || error.code !== 'not-found' || meant === undefined) throw error
    const hint = `Did you mean "${meant}"? simplane explain ${meant}`
    throw new SimplaneError('not-found', error.message, { hint, cause: error })
  }
}

async function explainHold(io: Io, session: Session, id: string, asJson: boolean): Promise<ExitCode> {
  const hold = await findHold(session.store, id)
  const devices = hold.steps.map((step) => step.device)
  if (asJson) {
    printJson(io, { apiVersion: 'simplane/v1', kind: 'Hold', ...holdJson(hold), heldDevices: devices })
  } else io.out(holdText(await holdInput(session, hold, io.clock.now()), io.paint))
  return EXIT.done
}

async function explainTarget(
  io: Io,
  session: Session,
  target: Target,
  inForce: InForce | undefined,
  asJson: boolean,
): Promise<void> {
  if (target.kind === 'fleet') {
    const input = await statusInput(io, session)
    return asJson ? printJson(io, statusJson(input)) : io.out(statusText(input, io.paint))
  }
  if (target.kind === 'device') {
    const input = await deviceInput(io, session, target)
    return asJson ? printJson(io, explainJson(input)) : io.out(explainText(input, io.paint))
  }
  const input = await documentInput(io, session, target, inForce)
  return asJson ? printJson(io, targetJson(input, true)) : io.out(targetText(input, true, io.paint))
}

async function found(
  session: Session,
  what: string,
  desired: Parameters<typeof resolveTarget>[1],
): Promise<Target> {
  try {
    return await resolveTarget(session.store, desired, what)
  } catch (error) {
    if (!(error instanceof SimplaneError) || error.code !== 'not-found') throw error
    const documents = [
      ...(desired?.configurations ?? []),
      ...(desired?.groups ?? []),
      ...(desired?.retirements ?? []),
    ]
    const meant = nearest(what, [...pageNames(), ...documents.map(({ name }) => name)])
    const hint =
      meant === undefined
        ? 'It is no finding code, rule or field either; those are, for instance, would-strand, S15, onRemove.'
        : `Did you mean "${meant}"? simplane explain ${meant}`
    throw new SimplaneError('not-found', error.message, { hint, cause: error })
  }
}
