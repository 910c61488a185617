import { Command, Option } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import type { Desk } from '../drivers/runbook/desk.ts'
import { tasksCsv, tasksJson, tasksMarkdown, tasksText } from '../drivers/runbook/listing.ts'
import type { Closing, Task } from '../drivers/runbook/task.ts'
import { visible } from '../report/visible.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import type { GlobalOptions } from './session.ts'

type Options = GlobalOptions & {
  readonly output: 'text' | 'json' | 'csv' | 'markdown'
  readonly all?: boolean
  readonly evidence: string
  readonly because: string
}

/** Opens the tasks of the service that the settings describe; `undefined`: no driver there hands anything to a person. */
export type OpenDesk = (io: Io, options: GlobalOptions) => Promise<Desk | undefined>

const HELP = `
Examples:
  simplane tasks                                    what is to be done by hand
  simplane tasks -o csv > tasks.csv
  simplane tasks done t-12 --evidence "Settings > Cellular lists no eSIM, ticket 4711"
  simplane tasks cannot t-12 --because "device is lost"

Evidence is kept with your name: it is an attestation.`

/** `simplane tasks`: what persons are asked to do, and what became of it. */
export function tasksCommand(io: Io, finish: Finish, open: OpenDesk): Command {
  const done = new Command('done')
    .description('close a task: it was done')
    .argument('<ID>', 't-12')
    .addOption(new Option('--evidence <text>', 'what was seen; kept with your name').makeOptionMandatory())
    .addHelpText('after', HELP)
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      finish(await close(io, open, options, id, 'done', options.evidence))
    })
  const cannot = new Command('cannot')
    .description('close a task: it cannot be done')
    .argument('<ID>', 't-12')
    .addOption(new Option('--because <text>', 'why; kept with your name').makeOptionMandatory())
    .addHelpText('after', HELP)
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      finish(await close(io, open, options, id, 'cannot', options.because))
    })
  return new Command('tasks')
    .description('what is to be done by hand, because the MDM cannot')
    .option('--all', 'those that are over too')
    .addOption(outputOption('json', 'csv', 'markdown'))
    .helpCommand(false)
    .addHelpText('after', HELP)
    .addCommand(done)
    .addCommand(cannot)
    .action(async (_options: unknown, command: Command) =>
      finish(await list(io, open, command.optsWithGlobals<Options>())),
    )
}

async function list(io: Io, open: OpenDesk, options: Options): Promise<ExitCode> {
  using desk = await open(io, options)
  const tasks = desk?.tasks(options.all === true ? 'all' : 'open') ?? []
  if (options.output === 'json') printJson(io, tasksJson(tasks))
  else io.out(written(io, tasks, options.output))
  return EXIT.done
}

function written(io: Io, tasks: readonly Task[], output: 'text' | 'csv' | 'markdown'): string {
  switch (output) {
    case 'text':
      return tasksText(tasks, { now: io.clock.now(), time: io.time })
    case 'csv':
      return tasksCsv(tasks)
    case 'markdown':
      return tasksMarkdown(tasks)
  }
}

async function close(
  io: Io,
  open: OpenDesk,
  options: Options,
  id: string,
  as: 'done' | 'cannot',
  text: string,
): Promise<ExitCode> {
  const evidence = text.trim()
  if (evidence === '')
    throw new SimplaneError('usage', 'An empty text is no evidence; nothing was changed.', {
      hint: 'Write what was seen, and where: "Settings > Cellular lists no eSIM, ticket 4711".',
    })
  using desk = await open(io, options)
  if (desk === undefined)
    throw new SimplaneError('not-found', `There is no task ${id}: no driver hands anything to a person.`, {
      hint: 'docs/drivers/runbook.md says how one does.',
    })
  const closing: Closing = { at: io.clock.now(), who: io.actor, evidence }
  const task = desk.close(id, as, closing)
  const word = as === 'done' ? 'is done' : 'cannot be done'
  if (options.output === 'json') printJson(io, tasksJson([task]))
  else io.out(`${task.id} ${word}, says ${visible(closing.who)}: ${visible(task.what)}.\n`)
  return EXIT.done
}
