import type { WindowsSpec } from '../domain/esim.ts'
import { nodeUri, type EuiccName, type LocUri } from './address.ts'
import type { Add, Atomic, Built, CmdId, Delete, Replace } from './command.ts'
import { DISCOVERY_SERVER_BUILD } from './csp-nodes.ts'
import { serverTrouble, type EuiccTarget } from './gate.ts'

/** How an install is sent. */
export type InstallOptions = {
  /**
   * The server is, or may be, configured already: a Delete goes first. An Add of a node that exists is 418 and
   * downloads nothing; only creating the subtree does (`DownloadServers/{ServerName}`). A 404 of that Delete is fine.
   */
  readonly again: boolean
  /** false: leave out the Add of the subtree itself and lean on implicit Add. Default true. */
  readonly addsParent?: boolean
}

/**
 * Puts a download server on the device, which makes it ask that server for an eSIM
 * (`DownloadServers/{ServerName}`): subtree, AutoEnable (S6) and, where the build knows it, IsDiscoveryServer (S5), in
 * one Atomic, so that the request never starts without its flags. Refused: a build that is unknown or under 22000, or
 * under 22621 for a discovery server. The ids are `id`, and `id-0` to `id-3` below it.
 */
export function installServer(
  id: CmdId,
  target: EuiccTarget,
  spec: WindowsSpec,
  options: InstallOptions,
): Built {
  const refused = serverTrouble(spec, target.build)
  if (refused !== undefined) return refused
  const parts: Add[] = [
    { kind: 'add', id: `${id}-1`, uri: serverUri(target.euicc, spec.serverName), value: { format: 'node' } },
    flag('add', `${id}-2`, serverUri(target.euicc, spec.serverName, 'AutoEnable'), spec.autoEnable),
  ]
  if ((target.build ?? 0) >= DISCOVERY_SERVER_BUILD) {
    const uri = serverUri(target.euicc, spec.serverName, 'IsDiscoveryServer')
    parts.push(flag('add', `${id}-3`, uri, spec.isDiscoveryServer))
  }
  const atomic: Atomic = { kind: 'atomic', id, parts: options.addsParent === false ? parts.slice(1) : parts }
  const commands = options.again ? [removeServer(`${id}-0`, target.euicc, spec.serverName), atomic] : [atomic]
  return { kind: 'built', commands }
}

/** The flags of a server as the device has them; absent: not known. */
export type KnownFlags = {
  readonly autoEnable?: boolean
  /** `absent`: the device has no such node for this server, which means false. */
  readonly isDiscoveryServer?: boolean | 'absent'
}

/**
 * Changes the flags of a server that is configured (`AutoEnable`, `IsDiscoveryServer`), those that differ alone, in one
 * Atomic. Downloads nothing: no discovery follows from a changed flag. Nothing differs: no command. Refused like an
 * install. The ids are `id`, `id-1` and `id-2`.
 */
export function changeServer(id: CmdId, target: EuiccTarget, spec: WindowsSpec, known: KnownFlags): Built {
  const refused = serverTrouble(spec, target.build)
  if (refused !== undefined) return refused
  const parts: (Add | Replace)[] = []
  if (known.autoEnable !== spec.autoEnable) {
    parts.push(
      flag('replace', `${id}-1`, serverUri(target.euicc, spec.serverName, 'AutoEnable'), spec.autoEnable),
    )
  }
  const has = known.isDiscoveryServer
  const differs = (has === 'absent' ? false : has) !== spec.isDiscoveryServer
  if (differs && (target.build ?? 0) >= DISCOVERY_SERVER_BUILD) {
    const uri = serverUri(target.euicc, spec.serverName, 'IsDiscoveryServer')
    parts.push(flag(has === 'absent' ? 'add' : 'replace', `${id}-2`, uri, spec.isDiscoveryServer))
  }
  return { kind: 'built', commands: parts.length === 0 ? [] : [{ kind: 'atomic', id, parts }] }
}

/**
 * Takes a download server off (`DownloadServers/{ServerName}`, Delete). What it brought stays and stays active (S18).
 * Give the name as the device has it. Alone, never in an Atomic: it may be 404, which is success.
 */
export function removeServer(id: CmdId, euicc: EuiccName, serverName: string): Delete {
  return { kind: 'delete', id, uri: serverUri(euicc, serverName) }
}

function serverUri(euicc: EuiccName, serverName: string, ...below: readonly string[]): LocUri {
  return nodeUri(euicc, 'DownloadServers', serverName, ...below)
}

function flag<K extends 'add' | 'replace'>(kind: K, id: CmdId, uri: LocUri, data: boolean) {
  return { kind, id, uri, value: { format: 'bool', data } } as const
}
