import { Command } from 'commander'
import { driverFaces } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import { verifyState, type Verification } from '../reconcile/verify.ts'
import { count, counted } from '../report/numbers.ts'
import { brief } from '../report/visible.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & { readonly output: 'text' | 'json' }

const HELP = `
Examples:
  simplane verify-state
  simplane verify-state -o json

A pass plans only what changed. This plans every device from scratch and compares: assignments, steps with their holds,
findings, verdicts and drift must be equal, or exit code 1 and a fault to report. Reads only; a running service goes on.`

/** `simplane verify-state`: incremental planning equals planning everything. */
export function verifyStateCommand(io: Io, finish: Finish): Command {
  return new Command('verify-state')
    .description('plan everything from scratch and compare it with what is recorded')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await run(io, command.optsWithGlobals<Options>())),
    )
}

async function run(io: Io, options: Options): Promise<ExitCode> {
  await using session = await openSession(io, options)
  const { store, setting } = session
  const inForce = await store.inForce()
  if (inForce === undefined) {
    throw new SimplaneError('not-found', 'No revision is in force yet: there is nothing to verify.', {
      hint: 'Start the service once: simplane run, or make one pass: simplane reconcile.',
    })
  }
  const began = io.clock.now()
  const parts = {
    store,
    clock: io.clock,
    ceiling: setting.settings.limits.mode,
    drivers: driverFaces(setting),
  }
  const verification = await verifyState(parts, inForce, {
    signal: io.signal,
    progress: (devices) => {
      if (io.terminal) io.err(`\r\u001b[Kplanned ${count(devices)} devices from scratch …`)
    },
  })
  if (io.terminal) io.err('\r\u001b[K')
  if (io.signal.aborted) return EXIT.interrupted
  const equal = verification.different === 0
  const { devs: _devs, ...found } = verification
  if (options.output === 'json')
    printJson(io, {
      apiVersion: 'simplane/v1',
      kind: 'Verification',
      revision: inForce.revision.id,
      equal,
      ...found,
    })
  else io.out(verificationText(verification, (io.clock.now() - began) / 1_000))
  return equal ? EXIT.done : EXIT.error
}

/** Characters of either side of a difference that are shown; -o json has them whole. */
const SHOWN = 400

function verificationText(found: Verification, seconds: number): string {
  const { devices, steps, waiting, underWay, different, differences } = found
  const compared = devices - waiting - underWay
  const lines = [
    different === 0
      ? `Equal: ${counted(compared, 'device')} planned from scratch, ${counted(steps, 'step')}, in ${seconds.toFixed(1)} s.`
      : `DIFFERENT: ${count(different)} of ${counted(compared, 'device')}. This is a fault of simplane; please report it with the lines below.`,
  ]
  if (waiting > 0) lines.push(`${counted(waiting, 'device')} not compared: to be planned at the next pass.`)
  if (underWay > 0)
    lines.push(`${counted(underWay, 'device')} not compared: a step is under way and is waited for.`)
  for (const { device, what, recorded, fromScratch } of differences) {
    lines.push(
      '',
      `${device}: ${what}`,
      `  recorded      ${brief(recorded, SHOWN)}`,
      `  from scratch  ${brief(fromScratch, SHOWN)}`,
    )
  }
  if (different > differences.length) lines.push('', `${count(different - differences.length)} more.`)
  if (different > 0) lines.push('', 'A running service plans these devices anew at its daily check.')
  return `${lines.join('\n')}\n`
}
