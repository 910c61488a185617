/**
 * The eUICCs CSP as its reference has it: which nodes there are, what may be done with each, and since which build.
 * Written from the reference alone. `*` stands for a name.
 */
export type ReferenceNode = {
  readonly format: 'node' | 'bool' | 'chr' | 'int'
  /** A Add, D Delete, E Exec, G Get, R Replace. */
  readonly may: string
  readonly since: number
  readonly below?: Readonly<Record<string, ReferenceNode>>
}

const leaf = (format: ReferenceNode['format'], may: string, since = 16_299): ReferenceNode => ({
  format,
  may,
  since,
})

function node(may: string, since: number, below: Readonly<Record<string, ReferenceNode>>): ReferenceNode {
  return { format: 'node', may, since, below }
}

const server = node('ADGR', 22_000, {
  AutoEnable: leaf('bool', 'AGR', 22_000),
  DiscoveryState: leaf('int', 'G', 22_000),
  IsDiscoveryServer: leaf('bool', 'AGR', 22_621),
})

const esim = node('ADGR', 16_299, {
  ErrorDetail: leaf('int', 'G'),
  IsEnabled: leaf('bool', 'AGR', 17_134),
  MatchingID: leaf('chr', 'AGR'),
  PPR1Set: leaf('bool', 'G'),
  PPR2Set: leaf('bool', 'G'),
  ServerName: leaf('chr', 'AGR'),
  State: leaf('int', 'G'),
})

const euicc = node('G', 16_299, {
  Actions: node('G', 16_299, { ResetToFactoryState: leaf('chr', 'E'), Status: leaf('int', 'G') }),
  DownloadServers: node('G', 22_000, { '*': server }),
  Identifier: leaf('chr', 'G'),
  IsActive: leaf('bool', 'G'),
  PPR1Allowed: leaf('bool', 'G'),
  PPR1AlreadySet: leaf('bool', 'G'),
  Policies: node('G', 16_299, { LocalUIEnabled: leaf('bool', 'GR') }),
  Profiles: node('G', 16_299, { '*': esim }),
})

const REFERENCE = node('G', 16_299, { '*': euicc })

/** The node of a path below the root, `[]` for the root itself; `undefined`: the CSP has none such. */
export function referenceAt(path: readonly string[]): ReferenceNode | undefined {
  return path.reduce<ReferenceNode | undefined>(
    (at, name) => at?.below?.[name] ?? at?.below?.['*'],
    REFERENCE,
  )
}
