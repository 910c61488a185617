import { DEFAULT_EUICC, nodeUri, type EuiccName, type NamedEuicc } from './address.ts'
import type { Add, Built, CmdId, Delete, Exec, Replace } from './command.ts'
import { firstBuild } from './csp-nodes.ts'
import { buildTrouble, nameTrouble, type EuiccTarget } from './gate.ts'
import { isXmlText } from './xml-write.ts'

/**
 * Whose eSIMs an eSIM reset erases. `whichever-is-active`: only for an MDM that cannot tell the EID; after a board
 * swap it erases another chip than the one that was looked at.
 */
export type ResetTarget = NamedEuicc | 'whichever-is-active'

/**
 * The eSIM reset: erases every eSIM of the chip, ours or not, whatever its policy rules; not the device
 * (`Actions/ResetToFactoryState`; S11, S34). One Exec with one Item and no data, which is also all that Fleet takes.
 * Download servers stay (S19). Send it once under an id that is kept: on a time-out read the state, never send it again.
 */
export function resetEuicc(id: CmdId, target: ResetTarget): Exec {
  const euicc = target === 'whichever-is-active' ? DEFAULT_EUICC : target
  return { kind: 'exec', id, uri: nodeUri(euicc, 'Actions', 'ResetToFactoryState') }
}

/** May the user change eSIMs in Settings (`Policies/LocalUIEnabled`)? A Replace, for the node allows no Add. */
export function setLocalUi(id: CmdId, euicc: EuiccName, enabled: boolean): Replace {
  const uri = nodeUri(euicc, 'Policies', 'LocalUIEnabled')
  return { kind: 'replace', id, uri, value: { format: 'bool', data: enabled } }
}

/** One eSIM by its activation code. The matching id is what the operator gave: the CSP judges it, not we. */
export type EsimOrder = {
  readonly iccid: string
  readonly serverName: string
  readonly matchingId: string
  /** Enable it once it is there (`IsEnabled`, builds from 17134). */
  readonly enable: boolean
}

/**
 * Has the device install one eSIM by ICCID (`Profiles/{ICCID}` with ServerName, MatchingID and IsEnabled, in one
 * Atomic). A code is bound once: a second order of it fails with ErrorDetail 11. The ids are `id` and `id-1` to `id-4`.
 */
export function orderEsim(id: CmdId, target: EuiccTarget, order: EsimOrder): Built {
  const refused =
    nameTrouble('ICCID', order.iccid) ??
    nameTrouble('server name', order.serverName) ??
    buildTrouble(target.build, '{eUICC}/Profiles/{ICCID}')
  if (refused !== undefined) return refused
  if (order.matchingId === '' || !isXmlText(order.matchingId)) {
    return {
      kind: 'refused',
      code: 'bad-name',
      message: 'The matching id is empty or holds what XML cannot.',
    }
  }
  const at = (...below: readonly string[]) => nodeUri(target.euicc, 'Profiles', order.iccid, ...below)
  const parts: Add[] = [
    { kind: 'add', id: `${id}-1`, uri: at(), value: { format: 'node' } },
    { kind: 'add', id: `${id}-2`, uri: at('ServerName'), value: { format: 'chr', data: order.serverName } },
    { kind: 'add', id: `${id}-3`, uri: at('MatchingID'), value: { format: 'chr', data: order.matchingId } },
  ]
  if ((target.build ?? 0) >= firstBuild('{eUICC}/Profiles/{ICCID}/IsEnabled')) {
    parts.push({
      kind: 'add',
      id: `${id}-4`,
      uri: at('IsEnabled'),
      value: { format: 'bool', data: order.enable },
    })
  }
  return { kind: 'built', commands: [{ kind: 'atomic', id, parts }] }
}

/**
 * Has the device delete one eSIM that it lists (`Profiles/{ICCID}`, Delete). Only on a named eUICC, for it destroys.
 * With PPR2Set it is refused by the chip; what the device answers then is not documented.
 */
export function eraseEsim(id: CmdId, euicc: NamedEuicc, iccid: string): Delete {
  return { kind: 'delete', id, uri: nodeUri(euicc, 'Profiles', iccid) }
}
