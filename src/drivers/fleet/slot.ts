import { specIdentity, type SpecIdentity, type WindowsSpec } from '../../domain/esim.ts'
import { DEFAULT_EUICC } from '../../syncml/address.ts'
import { installServer } from '../../syncml/server-commands.ts'
import { writeFragment } from '../../syncml/write.ts'
import type { Host } from './host.ts'

/**
 * A place for one configuration in Fleet: a manual label, and a Windows configuration profile that goes to the hosts of
 * that label alone. Both have the same name, which says everything about it, so that nothing of it need be remembered.
 */
export type Slot = { readonly name: string; readonly configuration: string; readonly spec: WindowsSpec }

const NAME = /^simplane (\S+) (\S+) (enable|leave-off) (bulk|discovery)$/
/** Columns of Fleet's database. */
const LONGEST = 255

/** The slot of a configuration; `undefined`: its name would be longer than Fleet takes. */
export function slotOf(configuration: string, spec: WindowsSpec): Slot | undefined {
  const flags = [spec.autoEnable ? 'enable' : 'leave-off', spec.isDiscoveryServer ? 'discovery' : 'bulk']
  const name = ['simplane', configuration, spec.serverName, ...flags].join(' ')
  return name.length <= LONGEST && NAME.test(name) ? { name, configuration, spec } : undefined
}

/** The slot that a label or a profile of ours names; `undefined` for everybody else's. */
export function readSlot(name: string): Slot | undefined {
  const [, configuration, serverName, enable, server] = NAME.exec(name) ?? []
  if (configuration === undefined || serverName === undefined) return undefined
  const spec = {
    platform: 'windows',
    serverName,
    isDiscoveryServer: server === 'discovery',
    autoEnable: enable === 'enable',
  } as const
  return { name, configuration, spec }
}

/** Names of the labels and profiles of ours that put a server on this host, or take it off. */
export function namesFor(host: Host, identity: SpecIdentity): readonly string[] {
  const names = [...(host.labels ?? []), ...(host.profiles ?? []).map(({ name }) => name)]
  return [...new Set(names)].filter((name) => {
    const slot = readSlot(name)
    return slot !== undefined && specIdentity(slot.spec) === identity
  })
}

/** Is the slot, and nothing else of these, on its way to the host? It is in the label, and does not have the profile yet. */
export function isComing({ labels, profiles }: Host, { name }: Slot, there: readonly string[]): boolean {
  if (labels === undefined || profiles === undefined) return false
  if (!labels.includes(name) || there.some((each) => each !== name)) return false
  const profile = profiles.find((each) => each.name === name)
  return profile === undefined || (profile.operation === 'install' && profile.status === 'pending')
}

/** Labels of this host that stand for the same configuration with another server. */
export function olderNames(host: Host, { configuration, spec }: Slot): readonly string[] {
  return (host.labels ?? []).filter((name) => {
    const slot = readSlot(name)
    return slot?.configuration === configuration && specIdentity(slot.spec) !== specIdentity(spec)
  })
}

/**
 * The text of the profile. One Atomic, or the device could ask the server before it knows what to do with the eSIM. The
 * subtree itself is added, not its leaves alone: when the profile goes, Fleet deletes exactly what it added. A flag that
 * is false is left out, for false is its default and builds under 22621 do not know it.
 */
export function profileText({ spec }: Slot): string {
  const build = spec.isDiscoveryServer ? 22_621 : 22_000
  const built = installServer('simplane', { euicc: DEFAULT_EUICC, build }, spec, { again: false })
  if (built.kind === 'refused') throw new Error(`a slot with a name that is none: ${built.message}`)
  return writeFragment(built.commands)
}
