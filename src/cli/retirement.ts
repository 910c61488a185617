import { Command } from 'commander'
import { checkRetirement } from '../reconcile/retirement.ts'
import { theDevice } from '../reconcile/target.ts'
import type { Store } from '../domain/store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { SECOND } from '../domain/time.ts'
import { retirementJson, retirementText, type RetirementAnswer } from '../report/retirement-text.ts'
import { brief } from '../report/visible.ts'
import { STEP_WORDS } from '../report/words.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { minutesOf, outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & {
  readonly output: 'text' | 'json'
  readonly wait?: boolean
  readonly timeout: string
}

const HELP = `
Examples:
  simplane retirement check 5CG40019
  simplane retirement check LAP-0019 --wait && echo "hand it back"

Exit code 0 only when the device may be retired, with the evidence; else 3.`

/** `simplane retirement check DEVICE`: the gate before a retirement. */
export function retirementCommand(io: Io, finish: Finish): Command {
  const check = new Command('check')
    .description('may this device be retired now?')
    .argument('<DEVICE>', 'serial number, EID, IMEI, id, name or user')
    .option('--wait', 'wait until it may')
    .option('--timeout <minutes>', 'how long to wait at most', '60')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (device: string, _options: unknown, command: Command) =>
      finish(await answer(io, device, command.optsWithGlobals<Options>())),
    )
  return new Command('retirement')
    .description('the gate before a device is retired')
    .helpCommand(false)
    .addHelpText('after', HELP)
    .addCommand(check)
}

async function answer(io: Io, text: string, options: Options): Promise<ExitCode> {
  const timeout = minutesOf('--timeout', options.timeout)
  await using session = await openSession(io, options)
  const until = io.clock.now() + timeout
  for (;;) {
    const { device } = await theDevice(session.store, text)
    const told = await answerFor(io, session.store, device)
    if (told.may || options.wait !== true || io.clock.now() >= until || io.signal.aborted) {
      if (io.terminal && options.wait === true) io.err('\r\u001b[K')
      if (options.output === 'json') printJson(io, retirementJson(told))
      else io.out(retirementText(told, io.paint))
      if (told.may) return EXIT.done
      return io.signal.aborted ? EXIT.interrupted : EXIT.held
    }
    if (io.terminal) io.err(`\r\u001b[Knot yet: ${brief(told.progress ?? told.because[0] ?? '', 80)}`)
    await io.clock.sleep(SECOND, io.signal)
  }
}

async function answerFor(io: Io, store: Store, device: StoredDevice): Promise<RetirementAnswer> {
  const checked = checkRetirement(device, io.clock.now())
  const wanted = device.assignment?.wanted
  const [last] = await store.steps(device.dev, 1)
  const under =
    last !== undefined && (last.state === 'issued' || last.state === 'accepted')
      ? `${STEP_WORDS[last.step.kind]} issued ${io.time.clock(last.issuedAt ?? 0)}, not proven yet`
      : undefined
  return {
    may: checked.may,
    device,
    ...(wanted?.kind === 'retirement' ? { retirement: wanted.retirement } : {}),
    because: [`${checked.because} (${checked.rule}).`],
    ...(under === undefined ? {} : { progress: under }),
    now: io.clock.now(),
    time: io.time,
  }
}
