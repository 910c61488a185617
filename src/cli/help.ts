import { Command } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import { didYouMean } from '../desired/nearest.ts'
import { EXIT, type Io } from './io.ts'
import type { Finish } from './program.ts'

/** What `simplane` alone, `simplane help` and `simplane --help` print. */
export const HELP = `simplane: eSIM configurations from git to every device, proven

Look    status  devices  explain  drift  history  tasks
Plan    validate  plan  report  retirement
Act     reconcile  approve  retry  adopt
Run     run  doctor  notify  backup  restore  export  verify-state
Start   init  demo  schema  version

  simplane status                     is the fleet as git says, and what is in the way
  simplane plan                       what would be done, and why
  simplane explain 5CG40007           why does this device look as it does
  simplane retirement check 5CG40019  may it be retired now

-o, --output text|json|csv|markdown   --config FILE   --no-color   -h, --help
More about a command: simplane COMMAND --help       Exit codes: simplane help exit-codes
`

const EXIT_CODES = `Exit codes, the same for every command

    0  done, or nothing to do
    1  error: something is not valid, not there or not reachable; also status while no service runs
    2  changes (plan) or drift (drift), only with --detailed-exitcode
    3  held, blocked, not retirable, not planned (report), or --timeout reached; with --detailed-exitcode: all of it is held
   64  usage: the command line is not understood
  130  interrupted by Ctrl-C

  simplane plan --detailed-exitcode; case $? in 0) echo same;; 2) echo changes;; 3) echo held;; esac
  simplane retirement check 5CG40019 && echo "may be retired"
`

/** `simplane help [TOPIC]`: the overview, the exit codes, or the help of a command. */
export function helpCommand(io: Io, finish: Finish, program: Command): Command {
  return new Command('help')
    .description('the overview, exit-codes, or the help of a command')
    .argument('[TOPIC...]', 'exit-codes, or a command')
    .addHelpText('after', '\nExamples:\n  simplane help\n  simplane help exit-codes\n  simplane help plan')
    .action((topic: readonly string[]) => {
      io.out(textOf(topic, program))
      finish(EXIT.done)
    })
}

function textOf([topic, ...rest]: readonly string[], program: Command): string {
  if (topic === undefined) return HELP
  if (topic === 'exit-codes') return EXIT_CODES
  let command = program
  for (const word of [topic, ...rest]) {
    const found = command.commands.find((each) => each.name() === word)
    if (found === undefined) {
      const known = ['exit-codes', ...command.commands.map((each) => each.name())]
      throw new SimplaneError('usage', `There is no help about "${word}".`, didYouMean(word, known))
    }
    command = found
  }
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part) }).outputHelp()
  return text
}

/** `simplane version`. */
export function versionCommand(io: Io, finish: Finish): Command {
  return new Command('version')
    .description('the version of simplane')
    .addHelpText('after', '\nExample:\n  simplane version')
    .action(() => {
      io.out(`${io.version}\n`)
      finish(EXIT.done)
    })
}
