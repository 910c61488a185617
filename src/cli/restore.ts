import { resolve } from 'node:path'
import { Command } from 'commander'
import { becomeExecutorSoon, openPutBackDatabase, otherExecutor, storeName, type Setting } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Instant } from '../domain/time.ts'
import type { PutBack } from '../store/put-back.ts'
import { openRestoration } from '../store/sqlite/restore.ts'
import { compactTime, databaseFile, shownPath } from './database-file.ts'
import { goOnFrom } from './go-on-from.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson, showBusy } from './output.ts'
import type { Finish } from './program.ts'
import { askFor } from './restore-question.ts'
import { lossText, restoredJson, restoredText } from './restore-text.ts'
import { loadSettings, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & { readonly yes?: boolean; readonly output: 'text' | 'json' }

const HELP = `
Examples:
  simplane restore state/backups/simplane-20261125T080000Z.db
  simplane restore /mnt/backups/simplane-monday.db --yes -o json
  simplane restore

Stop the service first. The backup is checked before anything is touched; the replaced store stays beside the new one.
A power cut at any moment leaves the old or the new store, each whole.

A store in PostgreSQL is put back with its own tools: pg_restore, or point-in-time recovery. After that, before any
service is started: simplane restore, without a FILE. It makes that database safe to go on from, all at once or not at
all; without it command ids come again, and what was done since may be done a second time.

The restored store remembers less than was done. So nothing is taken for granted that may have changed since:
  - Nothing is erased, retired, taken off or deleted before the inventory of its MDM has been read whole; a device that
    was not seen since the restore, or in the 15 minutes before, is sent nothing.
  - What was under way when the backup was made is not sent again. An eSIM reset or a retirement among it waits as
    "unproven" for a person, when the device still needs it: look at the device, then simplane retry.
  - What was ready or held is planned again. Approvals have ended; approve again what is still held.
  - A redownload dated before the restore counts as served. Where it was not, ask again with a later date.
  - Command ids begin anew: none is ever given twice.
Lost: runs, events, approvals and journal since the backup; erasures owed and releases noted since.`

/** `simplane restore [FILE]`: puts a backup in the place of the store, or goes on from a database that was put back. */
export function restoreCommand(io: Io, finish: Finish): Command {
  return new Command('restore')
    .description('put a backup in the place of the store, or go on from a PostgreSQL database put back')
    .argument(
      '[FILE]',
      'a backup made by simplane backup, or the file of a store that was stopped; none for PostgreSQL',
    )
    .option('--yes', 'do not ask for the number of devices')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (file: string | undefined, _options: unknown, command: Command) =>
      finish(await run(io, file, command.optsWithGlobals<Options>())),
    )
}

async function run(io: Io, named: string | undefined, options: Options): Promise<ExitCode> {
  const setting = loadSettings(io, options)
  if (named !== undefined) return restoreFile(io, setting, named, options)
  await using database = await openPutBackDatabase(setting)
  if (database !== undefined) return await goOnFrom(io, setting, database, options)
  throw new SimplaneError('usage', 'Which backup is to be put back? Nothing was changed.', {
    hint: 'Name it: simplane restore FILE.',
  })
}

async function restoreFile(io: Io, setting: Setting, named: string, options: Options): Promise<ExitCode> {
  const store = databaseFile(setting, 'restore')
  await using lock = await becomeExecutorSoon(setting, io.clock)
  if (lock === undefined) {
    const holder = otherExecutor(setting)
    const who = holder === undefined ? '' : ` (process ${holder})`
    throw new SimplaneError(
      'store-busy',
      `A simplane${who} works on ${storeName(setting)}; nothing was changed.`,
      {
        hint: 'Stop the service first: what it has in memory would not fit the restored store.',
      },
    )
  }
  const file = resolve(io.cwd, named)
  await using restoration = openChecked(io, store, file)
  const { backup, present } = restoration
  const paths = { file: shownPath(io, file), store: shownPath(io, store) }
  io.err(lossText(io, paths, backup, present))
  if (present !== undefined && options.yes !== true) {
    const question = `Type ${backup.devices}, the number of devices in the backup, to replace the store: `
    const refused = await askFor(io, backup.devices, question)
    if (refused !== undefined) return refused
  }
  const now = io.clock.now()
  const kept = present === undefined ? undefined : keptName(store, now)
  const putBack = putBackBusy(io, () =>
    restoration.replace(kept ?? keptName(store, now), { now, actor: io.actor, from: file }),
  )
  const result = { file, store, kept, backup, putBack, known: present?.kind === 'readable' }
  if (options.output === 'json') printJson(io, restoredJson(result))
  else io.out(restoredText(result, kept === undefined ? undefined : shownPath(io, kept), paths))
  return EXIT.done
}

/** Where the replaced store stays. */
function keptName(store: string, now: Instant): string {
  return `${store}.before-restore-${compactTime(now)}`
}

/** Every device is gone through: of a large fleet that takes a while. */
function putBackBusy(io: Io, replace: () => PutBack): PutBack {
  using _busy = showBusy(io, 'putting it in the place of the store')
  return replace()
}

/** Reading a large backup through takes a while. */
function openChecked(io: Io, store: string, file: string): ReturnType<typeof openRestoration> {
  using _busy = showBusy(io, 'reading the backup through')
  return openRestoration(store, file)
}
