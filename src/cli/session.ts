import { existsSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { isServed, mayHoldState, openRecordedState, storeName, type Setting } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import type { Store } from '../domain/store.ts'
import { findingsText } from '../report/findings-text.ts'
import { parseSettings, type Settings } from '../settings.ts'
import type { Io } from './io.ts'

/** Options of the program itself. */
export type GlobalOptions = { readonly config?: string }

const DEFAULT_FILE = 'simplane.yaml'
const DEFAULT_FOLDER = 'desired-state'

/** Reads simplane.yaml and SIMPLANE_*. Throws `settings` with the findings; warnings go to stderr. */
export function loadSettings(
  io: Io,
  options: GlobalOptions,
  overrides: (settings: Settings) => Settings = (same) => same,
): Setting {
  const { file, path, text } = settingsFile(io, options)
  const { settings, findings } = parseSettings(text, file, io.env)
  if (findings.length > 0)
    io.err(findingsText(findings, { paint: io.paint, textOf: () => text, outcome: '' }))
  if (settings === undefined)
    throw new SimplaneError(
      'settings',
      `The settings are not valid; nothing was started, and no device was touched.`,
      {
        hint: 'docs/settings.md has every key, and simplane schema settings prints their schema.',
      },
    )
  return { settings: overrides(settings), base: text === undefined ? io.cwd : dirname(path), env: io.env }
}

/** Is there a file to read settings from, or is one named? */
export function hasSettingsFile(io: Io, { config }: GlobalOptions): boolean {
  const named = config ?? io.env['SIMPLANE_CONFIG'] ?? ''
  return named !== '' || existsSync(resolve(io.cwd, DEFAULT_FILE))
}

type SettingsFile = { readonly file: string; readonly path: string; readonly text?: string }

/** The settings file: of --config, of SIMPLANE_CONFIG, or simplane.yaml where it exists. */
function settingsFile(io: Io, options: GlobalOptions): SettingsFile {
  const variable = io.env['SIMPLANE_CONFIG'] === '' ? undefined : io.env['SIMPLANE_CONFIG']
  const named = options.config ?? variable
  const file = named ?? DEFAULT_FILE
  const path = resolve(io.cwd, file)
  if (named === undefined && !existsSync(path)) return { file, path }
  try {
    return { file, path, text: readFileSync(path, 'utf8') }
  } catch (error) {
    const by = options.config === undefined && variable !== undefined ? ', named by SIMPLANE_CONFIG,' : ''
    const why = error instanceof Error ? error.message : String(error)
    throw new SimplaneError(
      'settings',
      `The settings file ${file}${by} cannot be read (${why}); nothing was started.`,
      {
        hint: 'Name one that is there, or none: then the defaults hold.',
        cause: error,
      },
    )
  }
}

/**
 * Where the desired state is as files, and which of them are no documents. Checking files must work where the service
 * never runs, so settings that are not valid there (a token that is not set) are no trouble here.
 */
export function whereDesired(
  io: Io,
  options: GlobalOptions,
): { readonly folder: string; readonly ignore: readonly string[] } {
  const { file, path, text } = settingsFile(io, options)
  const { settings } = parseSettings(text, file, io.env)
  if (settings === undefined) return { folder: DEFAULT_FOLDER, ignore: [] }
  const { source, ignore } = settings
  const base = text === undefined ? io.cwd : dirname(path)
  const inside = source.kind === 'git' && text === undefined ? DEFAULT_FOLDER : source.path
  return { folder: relative(io.cwd, resolve(base, inside)) || '.', ignore }
}

/** The recorded state, opened for one command beside a running service or alone. */
export type Session = AsyncDisposable & {
  readonly setting: Setting
  readonly store: Store
  /** Is a service working on this store? */
  readonly serving: () => Promise<boolean>
}

export async function openSession(io: Io, options: GlobalOptions): Promise<Session> {
  const setting = loadSettings(io, options)
  if (!mayHoldState(setting)) {
    throw new SimplaneError('not-found', `There is no recorded state yet at ${storeName(setting)}.`, {
      hint: 'Start the service once: simplane run (in a checkout: npm start), or make one pass: simplane reconcile --wait.\nWithout any state: simplane validate, and simplane plan --desired DIR --fleet FILE.',
    })
  }
  const store = await openRecordedState(setting)
  return {
    setting,
    store,
    serving: () => isServed(setting, store),
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}
