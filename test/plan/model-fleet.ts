import type { DesiredState, Policy } from '../../src/domain/desired.ts'
import type { DeviceRecord, Esim, InstalledConfiguration } from '../../src/domain/device.ts'
import {
  configuration,
  desired,
  distribution,
  entry,
  foreign,
  iosSpec,
  labelled,
  ours,
  policy,
  record,
  redownload,
  retirement,
  windowsSpec,
  YESTERDAY,
} from './builders.ts'
import type { CState, Model, Origin, Want } from './search.ts'

/** C, its earlier server, and the two configurations that are not wanted: keep and erase. */
export const SPECS = {
  c: windowsSpec('c.example'),
  flags: windowsSpec('c.example', { autoEnable: false }),
  earlier: windowsSpec('earlier.example'),
  xk: windowsSpec('keep.example'),
  xe: windowsSpec('erase.example'),
} as const

/** The same for iPhones. */
export const URLS = {
  c: iosSpec('https://c.example/'),
  earlier: iosSpec('https://earlier.example/'),
  xk: iosSpec('https://keep.example/'),
} as const

export const ENTRIES = {
  c: entry('c', SPECS.c),
  flags: entry('c', SPECS.flags),
  otherName: entry('c-once', SPECS.c),
  old: entry('c', SPECS.earlier),
  xk: entry('xk', SPECS.xk),
  xe: entry('xe', SPECS.xe, { onRemove: 'erase-all-esims' }),
} as const

export const ESIMS = {
  c: ours('c', SPECS.c),
  earlier: ours('c', SPECS.earlier),
  xk: ours('xk', SPECS.xk),
  xe: ours('xe', SPECS.xe, { erase: true }),
  foreign: foreign(),
} as const satisfies Readonly<Record<Origin, Esim>>

/** A device says with its label `want` what is wanted of it. */
export function wanting(want: Want | 'release-named'): Pick<DeviceRecord, 'labels'> {
  return { labels: { want } }
}

/** The documents behind `wanting`; xk and xe are there, and for nobody. `named-*` devices are retired by their id. */
export function wantedByLabel(changes: Partial<Policy> = {}, named: readonly string[] = []): DesiredState {
  const c = {
    distribution: distribution('custom', { groups: ['want-c', 'want-c-fresh'] }),
    redownloads: [redownload(YESTERDAY, 'custom', { groups: ['want-c-fresh'] })],
  }
  return desired({
    configurations: [
      configuration('c', SPECS.c, c),
      configuration('c-phones', URLS.c, c),
      configuration('xk', SPECS.xk, { distribution: distribution('none') }),
      configuration('xe', SPECS.xe, { distribution: distribution('none'), onRemove: 'erase-all-esims' }),
    ],
    groups: ['c', 'c-fresh', 'release', 'retire'].map((want) => labelled(`want-${want}`, 'want', want)),
    retirements: [
      retirement('leave', { groups: ['want-release'], devices: named }),
      retirement('leave-in-mdm', { groups: ['want-retire'] }, { finish: 'in-mdm' }),
    ],
    policy: policy(changes),
  })
}

/** A state of the model as a recorded device. */
export function recordOf(model: Model, id: string): DeviceRecord {
  const { c, xKeep, xErase, esims, wanted, provisionedBefore } = model
  const installed = [...entriesOf(c), ...(xKeep ? [ENTRIES.xk] : []), ...(xErase ? [ENTRIES.xe] : [])]
  return record(id, {
    ...wanting(wanted),
    installed,
    esims: esims.map((origin) => ESIMS[origin]),
    provisionedBefore,
  })
}

function entriesOf(c: CState): InstalledConfiguration[] {
  switch (c) {
    case 'absent':
      return []
    case 'same':
      return [ENTRIES.c]
    case 'other-flags':
      return [ENTRIES.flags]
    case 'other-name':
      return [ENTRIES.otherName]
    case 'old-spec':
      return [ENTRIES.old]
  }
}
