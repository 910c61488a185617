import { windowsBuild } from '../../domain/device.ts'
import type { WindowsSpec } from '../../domain/esim.ts'
import { DEFAULT_EUICC } from '../../syncml/address.ts'
import { installServer } from '../../syncml/server-commands.ts'
import type { Target } from './rows.ts'
import { refused, type Refused } from './trouble.ts'

/**
 * The target of a configuration on a device, or why the device cannot take it (S2, S4, S5). One for each server and
 * flags, for another value is another configuration: a target is never changed, or all its devices would change at once.
 */
export function targetOf(prefix: string, spec: WindowsSpec, osVersion: string | undefined): Target | Refused {
  const build = windowsBuild(osVersion)
  const euicc = { euicc: DEFAULT_EUICC, ...(build === undefined ? {} : { build }) }
  const built = installServer('1', euicc, spec, { again: false })
  if (built.kind === 'refused') return refused(built.code, built.message)
  const withDiscovery = settingsOf(spec, osVersion).some(({ name }) => name === 'IsDiscoveryServer')
  const flags = [
    spec.autoEnable ? 'enabled' : 'downloaded only',
    ...(spec.isDiscoveryServer ? ['discovery'] : []),
    ...(withDiscovery ? [] : ['Windows 11 21H2']),
  ]
  return { name: `${prefix} eSIM ${spec.serverName} (${flags.join(', ')})`, spec, withDiscovery }
}

/** Is it one of the targets that a prefix names? */
export function isTarget(result: Target | Refused): result is Target {
  return !('kind' in result)
}

type Setting = { readonly name: string; readonly uri: string; readonly value: boolean }

/** The leaves that have to be set: Intune adds nodes above them by itself, and knows no type for them. */
function settingsOf(spec: WindowsSpec, osVersion: string | undefined): readonly Setting[] {
  const build = windowsBuild(osVersion)
  const built = installServer(
    '1',
    { euicc: DEFAULT_EUICC, ...(build === undefined ? {} : { build }) },
    spec,
    {
      again: false,
    },
  )
  if (built.kind === 'refused') return []
  return built.commands
    .flatMap((command) => (command.kind === 'atomic' ? command.parts : []))
    .flatMap(({ uri, value }) =>
      value.format === 'bool' ? [{ name: uri.slice(uri.lastIndexOf('/') + 1), uri, value: value.data }] : [],
    )
}

/** Any build that knows the node, and the last that does not. */
const NEW = '10.0.22621'
const OLD = '10.0.22000'

/** The body of `windows10CustomConfiguration`. */
export function policyOf({ name, spec, withDiscovery }: Target): object {
  return {
    '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
    displayName: name,
    description: DESCRIPTION,
    omaSettings: settingsOf(spec, withDiscovery ? NEW : OLD).map((setting) => ({
      '@odata.type': '#microsoft.graph.omaSettingBoolean',
      displayName: setting.name,
      omaUri: setting.uri,
      value: setting.value,
    })),
  }
}

/** The body of the assigned security group. `mailNickname` must be there, although the group has no mail. */
export function groupOf({ name }: Target): object {
  return {
    displayName: name,
    description: DESCRIPTION,
    mailEnabled: false,
    mailNickname: `simplane-${name.replaceAll(/[^a-zA-Z0-9]+/g, '-')}`.slice(0, 64).replace(/-$/, ''),
    securityEnabled: true,
  }
}

/** The whole list of assignments: the call replaces what was there. */
export function assignmentOf(group: string): object {
  return {
    assignments: [
      {
        '@odata.type': '#microsoft.graph.deviceConfigurationAssignment',
        target: { '@odata.type': '#microsoft.graph.groupAssignmentTarget', groupId: group },
      },
    ],
  }
}

const DESCRIPTION = 'Made and looked after by simplane. What is changed here by hand is not what git says.'
