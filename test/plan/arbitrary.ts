import * as fc from 'fast-check'
import type { DesiredState, Distribution, EsimConfiguration, Retirement } from '../../src/domain/desired.ts'
import type { DeviceRecord, Esim, InstalledConfiguration } from '../../src/domain/device.ts'
import { specIdentity, type EsimSpec, type OnRemove } from '../../src/domain/esim.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'
import {
  configuration,
  desired,
  entry,
  foreign,
  group,
  iosSpec,
  LONG_AGO,
  NOW,
  policy,
  record,
  redownload,
  retirement,
  selection,
  windowsSpec,
  YESTERDAY,
} from './builders.ts'

/** A generated fleet and what is wanted of it. */
export type World = { readonly state: DesiredState; readonly records: readonly DeviceRecord[] }

const WINDOWS = ['w1', 'w2', 'w3'] as const
const APPLE = ['i1', 'i2'] as const
const SERVERS = ['a.example', 'b.example', 'c.example'] as const
const GROUPS = ['red', 'blue', 'none'] as const
const IDS = ['d-0', 'd-1', 'd-2', 'd-3', 'd-4', 'd-5'] as const

const onRemove = fc.constantFrom<OnRemove>('keep-esims', 'erase-all-esims')
const flag = fc.boolean()
const windows: fc.Arbitrary<EsimSpec> = fc
  .record({ server: fc.constantFrom(...SERVERS), autoEnable: flag })
  .map(({ server, autoEnable }) => windowsSpec(server, { autoEnable }))
const apple: fc.Arbitrary<EsimSpec> = fc
  .constantFrom(...SERVERS)
  .map((server) => iosSpec(`https://${server}/`))

const chosen = fc.record({
  groups: fc.subarray([...GROUPS], { maxLength: 2 }),
  devices: fc.subarray([...IDS], { maxLength: 2 }),
})
const nobody = fc.constant({ groups: [], devices: [] })
const except = fc.oneof({ weight: 3, arbitrary: nobody }, { weight: 1, arbitrary: chosen })

const distribution: fc.Arbitrary<Distribution> = fc
  .record({ to: fc.constantFrom('all', 'custom', 'custom', 'none'), select: chosen, except })
  .map(({ to, select, except: without }) => ({
    to,
    select: selection(select),
    except: selection(without),
  }))

const redownloads = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc
      .record({
        on: fc.constantFrom(LONG_AGO - DAY, YESTERDAY),
        to: fc.constantFrom('all' as const, 'custom' as const),
        select: chosen,
      })
      .map(({ on, to, select }) => [redownload(on, to, select)]),
  },
)

function document(name: string, spec: fc.Arbitrary<EsimSpec>): fc.Arbitrary<EsimConfiguration> {
  return fc
    .record({
      spec,
      changes: fc.record({
        enabled: fc.constantFrom(true, true, true, false),
        distribution,
        priority: fc.integer({ min: 1, max: 9 }),
        onRemove,
        redownloads,
      }),
    })
    .map(({ spec: written, changes }) => configuration(name, written, changes))
}

const retirements: fc.Arbitrary<readonly Retirement[]> = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  {
    weight: 1,
    arbitrary: fc
      .record({ select: chosen, finish: fc.constantFrom('by-hand' as const, 'in-mdm' as const) })
      .map(({ select, finish }) => [retirement('leave', select, { finish })]),
  },
)

const arbitraryState: fc.Arbitrary<DesiredState> = fc
  .record({
    windows: fc.tuple(...WINDOWS.map((name) => document(name, windows))),
    apple: fc.tuple(...APPLE.map((name) => document(name, apple))),
    retirements,
  })
  .map((parts) =>
    desired({
      configurations: [...parts.windows, ...parts.apple],
      retirements: parts.retirements,
      groups: GROUPS.map((name) => group(name, { matchLabels: { colour: name } })),
      policy: policy(),
    }),
  )

/** One configuration as it sits on a device: of each server at most one, with the eSIMs it may have brought. */
type Past = {
  readonly spec: EsimSpec
  readonly name: string
  readonly onRemove: OnRemove
  readonly state: InstalledConfiguration['state'] | 'gone'
  readonly managed: boolean
  readonly dated: boolean
  readonly esim: boolean
  readonly enabled: boolean
}

function pasts(
  names: readonly string[],
  specOf: (server: string, auto: boolean) => EsimSpec,
): fc.Arbitrary<readonly Past[]> {
  const states = [
    'installed',
    'installed',
    'installed',
    'gone',
    'gone',
    'failed',
    'pending',
    'removing',
  ] as const
  const one = (server: string): fc.Arbitrary<Past> =>
    fc
      .record({
        name: fc.constantFrom(...names, 'gone-document'),
        auto: flag,
        onRemove,
        state: fc.constantFrom(...states),
        managed: fc.constantFrom(true, true, true, false),
        dated: fc.constantFrom(true, true, false),
        esim: flag,
        enabled: flag,
      })
      .map(({ auto, ...rest }) => ({ ...rest, spec: specOf(server, auto) }))
  return fc.tuple(...SERVERS.map(one)).chain((all) => fc.subarray(all))
}

function entryOf({ name, spec, onRemove: removal, state, managed, dated }: Past): InstalledConfiguration[] {
  if (state === 'gone') return []
  const { installedAt, ...rest } = entry(name, spec, { onRemove: removal, managed, state })
  return [{ ...rest, ...(dated && installedAt !== undefined ? { installedAt } : {}) }]
}

function esimOf({ name, spec, onRemove: removal, esim, enabled }: Past): Esim[] {
  const source = { configuration: name, identity: specIdentity(spec), onRemove: removal }
  return esim ? [{ iccid: `iccid ${specIdentity(spec)}`, source, enabled }] : []
}

/** Names are given once on a device: two entries of one name are not a state that steps can lead to. */
function onceByName(past: readonly Past[]): Past[] {
  return past.filter((each, at) => past.findIndex((other) => other.name === each.name) === at)
}

const sees = fc.constantFrom('complete', 'complete', 'complete', 'incomplete', 'unknown')
const onDevice = fc.record({
  sees,
  foreign: fc.constantFrom(false, false, true),
  changes: fc.record({
    registration: fc.constantFrom(
      'active',
      'active',
      'active',
      'active',
      'retired',
      'wiped',
      'wipe-pending',
      'unknown',
    ),
    ownership: fc.constantFrom('company', 'company', 'personal'),
    otherConnectivity: fc.constantFrom('yes', 'yes', 'no', 'unknown'),
    provisionedBefore: flag,
    labels: fc.constantFrom({ colour: 'red' }, { colour: 'blue' }, {}),
    lastSeenAt: fc.constantFrom(NOW - HOUR, NOW - HOUR, NOW - 3 * DAY),
    euicc: fc.constantFrom('present', 'present', 'present', 'none'),
  } as const),
})

function device(id: string): fc.Arbitrary<DeviceRecord> {
  const laptop = fc.record({
    past: pasts(WINDOWS, (server, autoEnable) => windowsSpec(server, { autoEnable })),
    osVersion: fc.constantFrom('10.0.22631', '10.0.22631', '10.0.22000', '10.0.19045'),
    platform: fc.constant('windows' as const),
  })
  const phone = fc.record({
    past: pasts(APPLE, (server) => iosSpec(`https://${server}/`)),
    osVersion: fc.constantFrom('17.4.1', '12.0'),
    platform: fc.constantFrom('ios' as const, 'ipados' as const),
  })
  return fc
    .record({
      kind: fc.oneof({ weight: 4, arbitrary: laptop }, { weight: 1, arbitrary: phone }),
      rest: onDevice,
    })
    .map(({ kind, rest }) => {
      const past = onceByName(kind.past)
      const esims = [...past.flatMap(esimOf), ...(rest.foreign ? [foreign()] : [])]
      const { platform, osVersion } = kind
      const installed = past.flatMap(entryOf)
      return record(id, {
        ...rest.changes,
        platform,
        osVersion,
        installed,
        esims: rest.sees === 'unknown' ? 'unknown' : esims,
        esimsComplete: rest.sees === 'complete',
      })
    })
}

/** Devices that may be two records of one hardware, so that steering and stale twins come up. */
function kin(records: readonly DeviceRecord[], pairs: readonly boolean[]): DeviceRecord[] {
  return records.map((each, at) => {
    const before = records[at - 1]
    if (before === undefined || pairs[at] !== true) return each
    return {
      ...each,
      serialNumber: before.serialNumber ?? '',
      eid: before.eid ?? '',
      enrolledAt: NOW - (100 + at) * DAY,
    }
  })
}

export const arbitraryWorld: fc.Arbitrary<World> = fc
  .record({
    state: arbitraryState,
    records: fc.tuple(...IDS.map(device)).chain((all) => fc.subarray(all, { minLength: 1 })),
    pairs: fc.array(fc.constantFrom(false, false, true), { minLength: IDS.length, maxLength: IDS.length }),
  })
  .map(({ state, records, pairs }) => ({ state, records: kin(records, pairs) }))
