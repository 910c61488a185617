import type { Setting } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import { ciContext, type CiContext } from '../settings/ci.ts'
import { parseSettings } from '../settings.ts'
import type { Io } from './io.ts'
import { hasSettingsFile, loadSettings, type GlobalOptions } from './session.ts'

/**
 * Where the repository and its forge are, without recorded state: of the settings, or of the CI's own variables where
 * there is no settings file. `base`: what is written goes below it then. Throws `settings`.
 */
export function settingWithoutState(io: Io, options: GlobalOptions, base: string): Setting {
  if (hasSettingsFile(io, options)) return loadSettings(io, options)
  const context = contextOf(io)
  if (context !== undefined) return settingOf(io, context, base)
  throw new SimplaneError(
    'settings',
    'It is not known which repository and forge are meant: there is no settings file, and this is no CI that simplane knows.',
    { hint: 'Name one with --config FILE, with source.repo and reports in it: docs/pull-requests.md.' },
  )
}

/** The pull request that a CI runs for; `undefined`: none, or no CI. Throws `settings` for variables that are not valid. */
export function pullOfCi(io: Io): number | undefined {
  return contextOf(io)?.pull
}

function contextOf({ env }: Io): CiContext | undefined {
  const context = ciContext(env)
  if (context?.kind !== 'wrong') return context
  throw new SimplaneError('settings', `The CI cannot be made out: ${context.message}. Nothing was sent.`, {
    hint: context.hint,
  })
}

/** As if somebody had written them: what is checked of settings is checked of these. */
function settingOf(io: Io, { repo, branch, forge }: CiContext, base: string): Setting {
  const written = {
    apiVersion: 'simplane/v1',
    kind: 'Settings',
    source: { repo, ...(branch === undefined ? {} : { ref: branch }), auth: { token: forge.token } },
    reports: { forge },
  }
  const { settings, findings } = parseSettings(JSON.stringify(written), 'the variables of the CI', io.env)
  if (settings !== undefined) return { settings, base, env: io.env }
  throw new SimplaneError(
    'settings',
    `The variables of the CI are not valid: ${findings[0]?.message ?? ''}. Nothing was sent.`,
    { hint: 'Write settings in place of them, and name the file with --config.' },
  )
}
