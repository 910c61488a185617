import { WINDOWS_11 } from '../domain/device.ts'

/** One node of the eUICCs CSP as its reference describes it (CSP of 05/2023 and DDF of 06/2024). */
export type CspNode = {
  /** Below the root; `{eUICC}`, `{ServerName}`, `{ICCID}` stand for names. */
  readonly path: string
  readonly format: 'node' | 'bool' | 'chr' | 'int'
  readonly access: readonly ('Add' | 'Delete' | 'Exec' | 'Get' | 'Replace')[]
  /** The first Windows build that has it. */
  readonly since: number
  readonly initially?: string
  readonly meaning: string
}

const GET = ['Get'] as const
const SETTING = ['Add', 'Get', 'Replace'] as const
const SUBTREE = ['Add', 'Delete', 'Get', 'Replace'] as const

/** Windows 10 1709, where the CSP begins. */
const FIRST = 16_299
/** Windows 10 1803, which brought `IsEnabled`. */
const IS_ENABLED = 17_134

/** Windows 11 22H2, the first that has `IsDiscoveryServer`; sent to an older one it undoes the whole Atomic. */
export const DISCOVERY_SERVER_BUILD = 22_621

/** Every node of the eUICCs CSP, as data: the builder's gates come from it, and documentation can. */
export const CSP_NODES = [
  {
    path: '{eUICC}',
    format: 'node',
    access: GET,
    since: FIRST,
    meaning: 'One eUICC: its EID, or Default for the active one',
  },
  {
    path: '{eUICC}/Identifier',
    format: 'chr',
    access: GET,
    since: FIRST,
    meaning: 'The EID; on old builds perhaps a hash of it',
  },
  {
    path: '{eUICC}/IsActive',
    format: 'bool',
    access: GET,
    since: FIRST,
    meaning: 'The chip is present and active',
  },
  {
    path: '{eUICC}/PPR1Allowed',
    format: 'bool',
    access: GET,
    since: FIRST,
    meaning: 'False as soon as any eSIM, of any origin, is on the chip',
  },
  {
    path: '{eUICC}/PPR1AlreadySet',
    format: 'bool',
    access: GET,
    since: FIRST,
    meaning: 'An eSIM with PPR1 is on the chip',
  },
  {
    path: '{eUICC}/DownloadServers',
    format: 'node',
    access: GET,
    since: WINDOWS_11,
    meaning: 'The servers asked for eSIMs',
  },
  {
    path: '{eUICC}/DownloadServers/{ServerName}',
    format: 'node',
    access: SUBTREE,
    since: WINDOWS_11,
    meaning: 'Creating it asks the server for an eSIM',
  },
  {
    path: '{eUICC}/DownloadServers/{ServerName}/DiscoveryState',
    format: 'int',
    access: GET,
    since: WINDOWS_11,
    initially: '1',
    meaning: 'How far the asking is',
  },
  {
    path: '{eUICC}/DownloadServers/{ServerName}/AutoEnable',
    format: 'bool',
    access: SETTING,
    since: WINDOWS_11,
    meaning: 'Enable what was downloaded; required',
  },
  {
    path: '{eUICC}/DownloadServers/{ServerName}/IsDiscoveryServer',
    format: 'bool',
    access: SETTING,
    since: DISCOVERY_SERVER_BUILD,
    initially: 'false',
    meaning: 'Asked when a user looks for an eSIM, instead of downloading',
  },
  {
    path: '{eUICC}/Profiles',
    format: 'node',
    access: GET,
    since: FIRST,
    meaning: 'The eSIMs that the enterprise owns, no others',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}',
    format: 'node',
    access: SUBTREE,
    since: FIRST,
    meaning: 'Creating it installs that eSIM, deleting it deletes it',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/ServerName',
    format: 'chr',
    access: SETTING,
    since: FIRST,
    meaning: 'The server it comes from',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/MatchingID',
    format: 'chr',
    access: SETTING,
    since: FIRST,
    meaning: 'The token of its activation code',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/State',
    format: 'int',
    access: GET,
    since: FIRST,
    initially: '1',
    meaning: 'How far its installation or deletion is',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/IsEnabled',
    format: 'bool',
    access: SETTING,
    since: IS_ENABLED,
    meaning: 'It is enabled',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/PPR1Set',
    format: 'bool',
    access: GET,
    since: FIRST,
    meaning: 'It must not be disabled',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/PPR2Set',
    format: 'bool',
    access: GET,
    since: FIRST,
    meaning: 'It must not be deleted',
  },
  {
    path: '{eUICC}/Profiles/{ICCID}/ErrorDetail',
    format: 'int',
    access: GET,
    since: FIRST,
    initially: '0',
    meaning: 'Why it failed',
  },
  {
    path: '{eUICC}/Policies/LocalUIEnabled',
    format: 'bool',
    access: ['Get', 'Replace'],
    since: FIRST,
    initially: 'true',
    meaning: 'The user may change eSIMs in Settings',
  },
  {
    path: '{eUICC}/Actions/ResetToFactoryState',
    format: 'chr',
    access: ['Exec'],
    since: FIRST,
    meaning: 'Running it erases every eSIM on the chip',
  },
  {
    path: '{eUICC}/Actions/Status',
    format: 'int',
    access: GET,
    since: FIRST,
    initially: '0',
    meaning: 'HRESULT of the last operation; 1: in progress',
  },
] as const satisfies readonly CspNode[]

/** The path of a node of the CSP. */
export type CspPath = (typeof CSP_NODES)[number]['path']

/** The first build that has a node. */
export function firstBuild(path: CspPath): number {
  return CSP_NODES.find((node) => node.path === path)?.since ?? Infinity
}
