import { stringify } from 'yaml'
import type { DesiredState, EsimConfiguration } from '../domain/desired.ts'
import type { EsimSpec } from '../domain/esim.ts'
import { shortUrl } from './adopting-edits.ts'

/** Whom a new configuration is for: a group that holds exactly them, or devices by name. */
export type For = { readonly group: string } | { readonly devices: readonly string[] }

type NewDocument = { readonly name: string; readonly path: string; readonly text: string }

const LONGEST_NAME = 63

/**
 * A configuration that says of some devices what they have instead of `instead`, and wins over it by one. What becomes
 * of eSIMs when it leaves, and its mode, are as before.
 */
export function newDocument(
  spec: EsimSpec,
  instead: EsimConfiguration,
  whom: For,
  given: {
    readonly desired: DesiredState
    readonly paths: readonly string[]
    readonly head: string | undefined
  },
): NewDocument {
  const folder = instead.place.file.slice(0, instead.place.file.lastIndexOf('/') + 1)
  const taken = new Set([
    ...given.desired.configurations.map(({ name }) => name),
    ...given.paths
      .filter((path) => path.startsWith(folder))
      .map((path) =>
        path
          .slice(folder.length)
          .replace(/\.[^.]*$/, '')
          .toLowerCase(),
      ),
  ])
  const name = freeName(`${instead.name}-${'group' in whom ? whom.group : 'adopted'}`, taken)
  const who = 'group' in whom ? `group ${whom.group}` : 'these devices'
  const description = `Adopted from the fleet: what ${who} had instead of ${instead.name}`
  const document = {
    apiVersion: 'simplane/v1',
    kind: 'EsimConfiguration',
    metadata: { name, description },
    spec: {
      ...blockOf(spec),
      distribution: {
        to: 'custom',
        ...('group' in whom ? { groups: [whom.group] } : { devices: whom.devices }),
      },
      priority: instead.priority - 1,
      ...(instead.onRemove === 'keep-esims' ? {} : { onRemove: instead.onRemove }),
      ...(instead.mode === given.desired.policy.mode ? {} : { mode: instead.mode }),
    },
  }
  const head = given.head === undefined ? '' : `${given.head}\n`
  return { name, path: `${folder}${name}.yaml`, text: `${head}${stringify(document)}` }
}

function blockOf(spec: EsimSpec): object {
  if (spec.platform === 'ios') return { ios: { carrierUrl: shortUrl(spec.carrierUrl) } }
  const { serverName, isDiscoveryServer, autoEnable } = spec
  return {
    windows: {
      serverName,
      ...(isDiscoveryServer ? { isDiscoveryServer } : {}),
      ...(autoEnable ? {} : { autoEnable }),
    },
  }
}

/** A DNS label that neither a configuration nor a file beside it has. */
function freeName(wanted: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n += 1) {
    const end = n === 1 ? '' : `-${n}`
    const name = `${wanted.slice(0, LONGEST_NAME - end.length).replace(/-+$/, '')}${end}`
    if (!taken.has(name)) return name
  }
}
