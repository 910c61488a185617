import { Command, CommanderError } from 'commander'
import { openTasks } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import { plainPaint } from '../report/paint.ts'
import { visible } from '../report/visible.ts'
import { adoptCommand } from './adopt.ts'
import { approveCommand, retryCommand } from './approve.ts'
import { backupCommand } from './backup.ts'
import { demoCommand } from './demo.ts'
import { devicesCommand } from './devices.ts'
import { doctorCommand } from './doctor.ts'
import { driftCommand } from './drift.ts'
import { explainCommand } from './explain.ts'
import { exportCommand } from './export.ts'
import { HELP, helpCommand, versionCommand } from './help.ts'
import { historyCommand } from './history.ts'
import { initCommand } from './init.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { planCommand } from './plan.ts'
import { reconcileCommand } from './reconcile.ts'
import { reportCommand } from './report.ts'
import { restoreCommand } from './restore.ts'
import { retirementCommand } from './retirement.ts'
import { runCommand } from './run.ts'
import { schemaCommand } from './schema.ts'
import { notifyCommand } from './notify.ts'
import { loadSettings } from './session.ts'
import { statusCommand } from './status.ts'
import { tasksCommand } from './tasks.ts'
import { validateCommand } from './validate.ts'
import { verifyStateCommand } from './verify-state.ts'

/** Hands a command's exit code back to the caller: no command ends the process by itself. */
export type Finish = (code: ExitCode) => void

/** Parses the arguments, runs one command and gives the exit code. Expected trouble is a sentence on stderr. */
export async function runCli(arguments_: readonly string[], given: Io): Promise<ExitCode> {
  const ended: { code?: ExitCode } = {}
  const io = arguments_.includes('--no-color') ? { ...given, paint: plainPaint } : given
  const finish: Finish = (exit) => {
    ended.code = exit
  }
  if (arguments_.length === 0) {
    io.out(HELP)
    return EXIT.done
  }
  try {
    await openProgram(io, finish).parseAsync([...arguments_], { from: 'user' })
    return ended.code ?? EXIT.done
  } catch (error) {
    return explainFailure(error, io)
  }
}

/** Every command with its options, ready to parse. */
export function openProgram(io: Io, finish: Finish): Command {
  const program = new Command('simplane')
    .version(io.version, '-V, --version')
    .option('--config <file>', 'settings of the service (default: simplane.yaml where it exists)')
    .option('--no-color', 'no colours, as NO_COLOR does')
    .helpCommand(false)
    .configureHelp({ formatHelp: () => HELP })
  for (const command of commands(io, finish)) program.addCommand(command.configureHelp(PLAIN_HELP))
  program.addCommand(helpCommand(io, finish, program)).addCommand(versionCommand(io, finish))
  prepare(program, io)
  return program
}

/** commander hands its configuration of help down: what the program prints is not what a command prints. */
const PLAIN_HELP = { showGlobalOptions: true }

function commands(io: Io, finish: Finish): Command[] {
  return [
    statusCommand(io, finish),
    devicesCommand(io, finish),
    explainCommand(io, finish),
    driftCommand(io, finish),
    historyCommand(io, finish),
    tasksCommand(io, finish, (given, options) => openTasks(loadSettings(given, options))),
    validateCommand(io, finish),
    planCommand(io, finish),
    reportCommand(io, finish),
    retirementCommand(io, finish),
    reconcileCommand(io, finish),
    approveCommand(io, finish),
    retryCommand(io, finish),
    adoptCommand(io, finish),
    runCommand(io, finish),
    doctorCommand(io, finish),
    notifyCommand(io, finish),
    exportCommand(io, finish),
    backupCommand(io, finish),
    restoreCommand(io, finish),
    initCommand(io, finish),
    demoCommand(io, finish),
    schemaCommand(io, finish),
    verifyStateCommand(io, finish),
  ]
}

/** commander must neither write to the process nor end it. */
function prepare(command: Command, io: Io): void {
  command
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) })
  command.showHelpAfterError(false).showSuggestionAfterError(true)
  for (const sub of command.commands) prepare(sub, io)
}

function explainFailure(error: unknown, io: Io): ExitCode {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.done
    // A command without its subcommand has printed its help.
    if (error.code === 'commander.help') return EXIT.usage
    io.err('See simplane --help, or --help behind the command.\n')
    return EXIT.usage
  }
  if (error instanceof SimplaneError) {
    const hint = error.hint === undefined ? '' : `${error.hint.split('\n').map(visible).join('\n')}\n`
    io.err(`${visible(error.message)}\n${hint}`)
    return error.code === 'usage' ? EXIT.usage : EXIT.error
  }
  if (isRefusal(error)) {
    io.err(`The system refused a file or folder: ${visible(error.message)}.\n`)
    io.err(
      'Check that it is there, that the user who runs simplane may write it, and that the disk has room.\n',
    )
    return EXIT.error
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  io.err(`Unexpected trouble; this is a fault of simplane, please report it with the lines below.\n${text}\n`)
  return EXIT.error
}

const REFUSALS = [
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOSPC',
  'EEXIST',
  'ENOTDIR',
  'EISDIR',
  'ENOENT',
  'EDQUOT',
  'EMFILE',
]

/** What the operating system says no to is the place's trouble, and no fault of the program. */
function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('code' in error) || !('syscall' in error)) return false
  return REFUSALS.some((code) => code === error.code)
}
