import { Command } from 'commander'
import { APPROVAL_LASTS, approveHold, findHold } from '../reconcile/approve.ts'
import { retry, targetText } from '../reconcile/retry.ts'
import { resolveTarget } from '../reconcile/target.ts'
import { DAY, toRfc3339 } from '../domain/time.ts'
import type { Approval, StoredHold } from '../domain/hold-store.ts'
import { approvePrompt, approveText, type HoldInput } from '../report/approve-text.ts'
import { counted } from '../report/numbers.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Output = { readonly output: 'text' | 'json' }
type ApproveOptions = GlobalOptions & Output & { readonly yes?: boolean; readonly reason?: string }

/** `simplane approve HOLD`: lets exactly the steps go that a hold gathers now. */
export function approveCommand(io: Io, finish: Finish): Command {
  return new Command('approve')
    .description('let held steps go')
    .argument('<HOLD>', 'its id, as status and plan show it: h-31b0')
    .option('--reason <text>', 'for the history')
    .option('--yes', 'do not ask for the number of devices')
    .addOption(outputOption('json'))
    .addHelpText(
      'after',
      '\nExamples:\n  simplane approve h-31b0\n  simplane approve h-31b0 --yes --reason "INC-4711, somebody stands beside it"\n\nIt stands for 72 hours and for exactly these steps: what changes drops out, what is new is not covered.',
    )
    .action(async (id: string, _options: unknown, command: Command) =>
      finish(await approve(io, id, command.optsWithGlobals<ApproveOptions>())),
    )
}

async function approve(io: Io, id: string, options: ApproveOptions): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const { store } = session
  const hold = await findHold(store, id)
  io.err(approveText(await holdInput(session, hold, io.clock.now()), io.paint))
  if (options.yes !== true) {
    const answer = await io.ask(approvePrompt(hold.devices))
    if (answer === undefined) {
      io.err('Nobody is there to answer. In a script, write --yes.\n')
      return EXIT.usage
    }
    if (answer.trim() !== String(hold.devices)) {
      io.err('Not approved.\n')
      return EXIT.held
    }
  }
  const { reason } = options
  const approval = await approveHold(store, hold, {
    by: io.actor,
    now: io.clock.now(),
    ...(reason === undefined ? {} : { reason }),
  })
  if (options.output === 'json') printJson(io, approvalJson(approval, hold.devices))
  else
    io.out(
      `Approved ${hold.id}: ${counted(approval.steps.length, 'step')} on ${counted(hold.devices, 'device')}.\n`,
    )
  if (!(await session.serving())) io.err(NOBODY_WORKS)
  return EXIT.done
}

function approvalJson(approval: Approval, devices: number) {
  const { hold, codes, by, reason, at, expiresAt, steps } = approval
  const times = { at: toRfc3339(at), expiresAt: toRfc3339(expiresAt) }
  return {
    apiVersion: 'simplane/v1',
    kind: 'Approval',
    hold,
    codes,
    by,
    reason: reason ?? null,
    ...times,
    devices,
    steps,
  }
}

/** What a person sees of a hold before saying yes. */
export async function holdInput({ store }: Session, hold: StoredHold, now: number): Promise<HoldInput> {
  const inForce = await store.inForce()
  const devices = await store.get([...new Set(hold.steps.map((step) => step.device))])
  const recent = devices.filter(({ record }) => now - (record.lastSeenAt ?? 0) <= DAY).length
  const foreign = devices.filter(
    ({ record }) => record.esims !== 'unknown' && record.esims.some((esim) => esim.source === undefined),
  ).length
  const others = (await store.holds()).filter(
    (each) => each.id !== hold.id && each.step === hold.step && each.configuration === hold.configuration,
  )
  return {
    hold,
    ...(inForce === undefined ? {} : { revision: inForce.revision }),
    seen: { within: DAY, recent, older: devices.length - recent },
    foreign,
    others,
    names: devices.map(({ record }) => record.name ?? record.serialNumber ?? record.key),
    validFor: APPROVAL_LASTS,
    now,
  }
}

/** `simplane retry TARGET`: forgets failed tries. */
export function retryCommand(io: Io, finish: Finish): Command {
  return new Command('retry')
    .description('try again what gave up')
    .argument('<TARGET>', 'fleet, configuration/NAME, group/NAME, retirement/NAME, device/ID, or a bare word')
    .addOption(outputOption('json'))
    .addHelpText('after', RETRY_HELP)
    .action(async (text: string, _options: unknown, command: Command) =>
      finish(await tryAgain(io, text, command.optsWithGlobals<GlobalOptions & Output>())),
    )
}

const RETRY_HELP = `
Examples:
  simplane retry device/5CG40007
  simplane retry configuration/acme-laptops
  simplane retry fleet

Forgets the failed tries, so that the steps are planned and tried again. An eSIM reset or a retirement whose effect
nothing could show is not among them by itself: that, too, is what retry is for, when a person has looked.`

async function tryAgain(io: Io, text: string, options: GlobalOptions & Output): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const { store } = session
  const inForce = await store.inForce()
  const target = await resolveTarget(store, inForce?.desired, text)
  const devices = await retry(store, target, { by: io.actor, now: io.clock.now() })
  const name = targetText(target)
  if (options.output === 'json')
    printJson(io, { apiVersion: 'simplane/v1', kind: 'Retry', target: name, devices })
  else if (devices === 0) io.out(`Nothing of ${name} had given up.\n`)
  else io.out(`${counted(devices, 'device')} of ${name} will be tried again.\n`)
  if (devices > 0 && !(await session.serving())) io.err(NOBODY_WORKS)
  return EXIT.done
}

const NOBODY_WORKS =
  'No service is running on this store: simplane reconcile --wait, or simplane run, carries it out.\n'
