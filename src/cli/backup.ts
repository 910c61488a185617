import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { storeName } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import { SECOND } from '../domain/time.ts'
import { sizeText } from '../report/numbers.ts'
import type { DatabaseContents } from '../store/put-back.ts'
import { backUp } from '../store/sqlite/backup.ts'
import { contentsJson, contentsLine, databaseFile, defaultBackup, shownPath } from './database-file.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { loadSettings, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & { readonly output: 'text' | 'json' }

const HELP = `
Examples:
  simplane backup
  simplane backup /mnt/backups/simplane-monday.db
  simplane backup -o json

Works while the service runs, and keeps nobody waiting. The copy is one state of the store, read through and checked,
and is there only when it is whole; an existing file is never overwritten. Without FILE: a name with the time, in the
folder backups beside the store. The desired state is not in it: that is in git.`

/** `simplane backup [FILE]`: a checked copy of the store. */
export function backupCommand(io: Io, finish: Finish): Command {
  return new Command('backup')
    .description('a checked copy of the store, also while the service runs')
    .argument('[FILE]', 'where to; it must not exist yet')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, _options: unknown, command: Command) =>
      finish(await run(io, file, command.optsWithGlobals<Options>())),
    )
}

async function run(io: Io, named: string | undefined, options: Options): Promise<ExitCode> {
  const setting = loadSettings(io, options)
  const store = databaseFile(setting, 'backup')
  if (!existsSync(store))
    throw new SimplaneError(
      'not-found',
      `There is no recorded state yet at ${storeName(setting)}; nothing was written.`,
    )
  const now = io.clock.now()
  const file = named === undefined ? defaultBackup(store, now) : resolve(io.cwd, named)
  const progress = openProgress(io)
  try {
    const contents = await backUp(store, file, { now, signal: io.signal, progress: progress.show })
    progress.clear()
    if (options.output === 'json')
      printJson(io, { apiVersion: 'simplane/v1', kind: 'Backup', file, ...contentsJson(contents) })
    else io.out(backupText(io, file, contents))
    return EXIT.done
  } catch (error) {
    progress.clear()
    if (!io.signal.aborted) throw error
    io.err('Stopped; nothing was kept.\n')
    return EXIT.interrupted
  }
}

function backupText(io: Io, file: string, contents: DatabaseContents): string {
  const path = shownPath(io, file)
  return `Backup   ${path}
holds    ${contentsLine(contents, io)}
size     ${sizeText(contents.bytes)}, read through and checked

Keep it on another disk or machine, and as closed as the store: it names devices and people.
To put it back: stop the service, then simplane restore ${path}
`
}

/** A line on the terminal for what takes more than a second. */
function openProgress(io: Io): {
  readonly show: (copied: number, total: number) => void
  readonly clear: () => void
} {
  const since = io.clock.now()
  let shown = -1
  return {
    show: (copied, total) => {
      const percent = Math.floor((copied / Math.max(1, total)) * 100)
      if (!io.terminal || io.clock.now() - since < SECOND || percent === shown) return
      shown = percent
      io.err(`\r\u001b[Kcopying the store: ${percent}%${percent === 100 ? ', checking' : ''}`)
    },
    clear: () => {
      if (shown >= 0) io.err('\r\u001b[K')
    },
  }
}
