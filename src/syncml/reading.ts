import { EUICCS, nodeUri, type EuiccName, type LocUri } from './address.ts'
import { answerOf, childrenOf, euiccNames, type NodeAnswers } from './node-answers.ts'

/** What one eUICC says of itself. Absent: not learned. */
export type EuiccReading = {
  /** The name of its node. */
  readonly name: EuiccName
  /** Its EID, 32 digits; absent where the device gives a hash of it (old builds). */
  readonly eid?: string
  readonly isActive?: boolean
  /** true: no eSIM of any origin is on the chip. */
  readonly ppr1Allowed?: boolean
  readonly ppr1AlreadySet?: boolean
  readonly localUiEnabled?: boolean
  /** HRESULT of the last operation as an unsigned number; 0 is also what it says before any. */
  readonly status?: number
  readonly servers: readonly ServerReading[] | 'unknown'
  /** Those that the enterprise owns: never all that may be on the chip. */
  readonly esims: readonly EsimReading[] | 'unknown'
}

/** One download server as the device has it. */
export type ServerReading = {
  /** As the node is called. */
  readonly name: string
  readonly discoveryState?: number
  readonly autoEnable?: boolean
  /** `absent`: there is no such node, which means false. */
  readonly isDiscoveryServer?: boolean | 'absent'
}

/** One eSIM as the device lists it. */
export type EsimReading = {
  /** As the node is called; a command for it must use this. */
  readonly name: string
  readonly iccid: string
  readonly serverName?: string
  readonly state?: number
  readonly isEnabled?: boolean
  readonly ppr1Set?: boolean
  readonly ppr2Set?: boolean
  readonly errorDetail?: number
}

/** What is known of the eUICCs of a device; `unknown` where it could not be asked which it has. */
export function readEuiccs(known: NodeAnswers): readonly EuiccReading[] | 'unknown' {
  if (childrenOf(known, EUICCS) === undefined) return 'unknown'
  return euiccNames(known).map((name) => readEuicc(known, name))
}

function readEuicc(known: NodeAnswers, name: EuiccName): EuiccReading {
  const at = (...path: readonly string[]) => nodeUri(name, ...path)
  const eid = [text(known, at('Identifier')), name].find((each) => /^\d{32}$/.test(each ?? ''))
  return {
    name,
    servers:
      childrenOf(known, at('DownloadServers'))?.map((each) => readServer(known, name, each)) ?? 'unknown',
    esims: childrenOf(known, at('Profiles'))?.map((each) => readEsim(known, name, each)) ?? 'unknown',
    ...withoutAbsent({
      eid,
      isActive: bool(known, at('IsActive')),
      ppr1Allowed: bool(known, at('PPR1Allowed')),
      ppr1AlreadySet: bool(known, at('PPR1AlreadySet')),
      localUiEnabled: bool(known, at('Policies', 'LocalUIEnabled')),
      status: hresult(known, at('Actions', 'Status')),
    }),
  }
}

function readServer(known: NodeAnswers, euicc: EuiccName, name: string): ServerReading {
  const at = (leaf: string) => nodeUri(euicc, 'DownloadServers', name, leaf)
  const answer = answerOf(known, at('IsDiscoveryServer'))
  const isAbsent = answer?.kind === 'absent' || answer?.kind === 'unsupported'
  return {
    name,
    ...withoutAbsent({
      discoveryState: int(known, at('DiscoveryState')),
      autoEnable: bool(known, at('AutoEnable')),
      isDiscoveryServer: isAbsent ? ('absent' as const) : bool(known, at('IsDiscoveryServer')),
    }),
  }
}

function readEsim(known: NodeAnswers, euicc: EuiccName, name: string): EsimReading {
  const at = (leaf: string) => nodeUri(euicc, 'Profiles', name, leaf)
  return {
    name,
    // Of 19 digits, an ICCID may be written with an F to fill the last place.
    iccid: name.replace(/f$/i, ''),
    ...withoutAbsent({
      serverName: text(known, at('ServerName')),
      state: int(known, at('State')),
      isEnabled: bool(known, at('IsEnabled')),
      ppr1Set: bool(known, at('PPR1Set')),
      ppr2Set: bool(known, at('PPR2Set')),
      errorDetail: int(known, at('ErrorDetail')),
    }),
  }
}

function text(known: NodeAnswers, uri: LocUri): string | undefined {
  const answer = answerOf(known, uri)
  return answer?.kind === 'value' && answer.text !== '' ? answer.text : undefined
}

function bool(known: NodeAnswers, uri: LocUri): boolean | undefined {
  const value = text(known, uri)?.toLowerCase()
  if (value === 'true') return true
  return value === 'false' ? false : undefined
}

function int(known: NodeAnswers, uri: LocUri): number | undefined {
  const value = text(known, uri)
  return value !== undefined && /^-?\d{1,10}$/.test(value) ? Number(value) : undefined
}

/** An int of OMA DM is signed, so an error of Windows comes as a negative number. */
function hresult(known: NodeAnswers, uri: LocUri): number | undefined {
  const value = int(known, uri)
  return value === undefined ? undefined : value >>> 0
}

type Known<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> }

function withoutAbsent<T extends object>(values: T): Known<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Known<T>
}
