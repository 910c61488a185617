import type { WindowsSpec } from '../domain/esim.ts'
import type { Built } from './command.ts'
import { firstBuild, type CspPath } from './csp-nodes.ts'
import { isNodeName, type EuiccName } from './address.ts'

/** Where a command goes: which eUICC, on which build of Windows (`windowsBuild`; absent: not known). */
export type EuiccTarget = { readonly euicc: EuiccName; readonly build?: number }

type Refused = Extract<Built, { kind: 'refused' }>

/** Why this build cannot take a command for a node; `undefined`: it can. */
export function buildTrouble(build: number | undefined, path: CspPath): Refused | undefined {
  const since = firstBuild(path)
  const node = path.replace('{eUICC}/', '')
  if (build === undefined) {
    const message = `The Windows build of the device is not known; ${node} needs ${since} or later.`
    return { kind: 'refused', code: 'os-unknown', message }
  }
  if (build >= since) return undefined
  const message = `The device runs Windows build ${build}; ${node} needs ${since} or later.`
  return { kind: 'refused', code: 'os-too-old', message }
}

/** Why a text can be no name of a node; `undefined`: it can. */
export function nameTrouble(what: string, name: string): Refused | undefined {
  if (isNodeName(name)) return undefined
  return { kind: 'refused', code: 'bad-name', message: `"${name}" can be no ${what} in the device's tree.` }
}

/** Why a server configuration cannot go to a device of this build (S2, S4, S5); `undefined`: it can. */
export function serverTrouble(spec: WindowsSpec, build: number | undefined): Refused | undefined {
  return (
    nameTrouble('server name', spec.serverName) ??
    buildTrouble(build, '{eUICC}/DownloadServers/{ServerName}') ??
    (spec.isDiscoveryServer
      ? buildTrouble(build, '{eUICC}/DownloadServers/{ServerName}/IsDiscoveryServer')
      : undefined)
  )
}
