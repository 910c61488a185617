import { Command } from 'commander'
import { secretsOf } from '../secrets.ts'
import type { Examined } from '../diagnosis.ts'
import { SimplaneError } from '../domain/error.ts'
import { openLog } from '../log/winston.ts'
import { counted } from '../report/numbers.ts'
import type { Paint } from '../report/paint.ts'
import { visible } from '../report/visible.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { loadSettings, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & { readonly output: 'text' | 'json' }

const HELP = `
Examples:
  simplane doctor
  simplane doctor --config /etc/simplane/simplane.yaml
  simplane doctor -o json

Looks at everything the service depends on: the source, the store and its disk, the clock, each MDM with its credentials,
and, where an MDM pushes, whether the service takes what it sends. It only asks: no device is changed.
Exit code 1 when something fails; a warning is none. Works beside a running service, and before the first start.`

/** `simplane doctor`: is everything there that the service depends on. */
export function doctorCommand(io: Io, finish: Finish): Command {
  return new Command('doctor')
    .description('check source, store, clock, MDMs and credentials')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await doctor(io, command.optsWithGlobals<Options>())),
    )
}

async function doctor(io: Io, options: Options): Promise<ExitCode> {
  const setting = loadSettings(io, options)
  const log = openLog({
    format: io.terminal ? 'human' : 'json',
    level: 'error',
    write: (line) => io.err(line),
    secrets: known(() => secretsOf(setting)),
  })
  // With its own way over HTTP: no other command needs to load that.
  const { diagnose } = await import('../diagnosis.ts')
  const asJson = options.output === 'json'
  const names = setting.settings.drivers.map(({ name }) => name.length)
  const width = Math.max('webhook'.length, ...names)
  const found: Examined[] = []
  for await (const each of diagnose(setting, { clock: io.clock, log })) {
    if (io.signal.aborted) return EXIT.interrupted
    found.push(each)
    if (!asJson) io.out(lineOf(each, width, io.paint))
  }
  const failures = found.filter(({ result }) => result === 'fail').length
  const warnings = found.filter(({ result }) => result === 'warn').length
  if (asJson)
    printJson(io, { apiVersion: 'simplane/v1', kind: 'Diagnosis', failures, warnings, checks: found })
  else io.out(`${verdict(failures, warnings)} No device was changed.\n`)
  return failures > 0 ? EXIT.error : EXIT.done
}

/** A secret that is not there is something to find, and not to fail by. */
function known(secrets: () => readonly string[]): readonly string[] {
  try {
    return secrets()
  } catch (error) {
    if (error instanceof SimplaneError) return []
    throw error
  }
}

function lineOf({ about, result, message, hint }: Examined, width: number, paint: Paint): string {
  const words = { ok: paint.green('ok  '), warn: paint.yellow('warn'), fail: paint.red('FAIL') }
  const text = `${words[result]}  ${about.padEnd(width)}  ${visible(message)}\n`
  if (hint === undefined || result === 'ok') return text
  const margin = ' '.repeat('FAIL  '.length + width + 2)
  return `${text}${hint
    .split('\n')
    .map((line) => `${margin}${visible(line)}\n`)
    .join('')}`
}

function verdict(failures: number, warnings: number): string {
  if (failures === 0 && warnings === 0) return 'All is well.'
  const parts = [
    ...(failures > 0 ? [counted(failures, 'failure')] : []),
    ...(warnings > 0 ? [counted(warnings, 'warning')] : []),
  ]
  return `${parts.join(', ')}.`
}
