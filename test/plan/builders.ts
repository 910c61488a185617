import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import type {
  DesiredState,
  DeviceGroup,
  DeviceReference,
  Distribution,
  EsimConfiguration,
  Place,
  Policy,
  Redownload,
  Retirement,
  Selection,
} from '../../src/domain/desired.ts'
import { recordKey } from '../../src/domain/device.ts'
import type { DeviceRecord, Esim, InstalledConfiguration } from '../../src/domain/device.ts'
import { specIdentity } from '../../src/domain/esim.ts'
import type { EsimSpec, IosSpec, WindowsSpec } from '../../src/domain/esim.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'

/** Every test looks at the world at this moment. */
export const NOW = Date.parse('2026-11-23T08:00:00Z')
/** When what is installed was installed, unless a test says otherwise. */
export const LONG_AGO = NOW - 30 * DAY
/** The `on` of a redownload that is later than `LONG_AGO`. */
export const YESTERDAY = NOW - DAY

const PLACE: Place = { file: 'desired.yaml', line: 1, column: 1 }

/** A healthy Windows 11 laptop with nothing on it: eligible, observed an hour ago, its list complete, online otherwise. */
export function record(id: string, changes: Partial<DeviceRecord> = {}): DeviceRecord {
  const driver = changes.driver ?? 'simulator'
  return {
    key: recordKey(driver, id),
    driver,
    id,
    platform: 'windows',
    osVersion: '10.0.22631',
    edition: 'Enterprise',
    model: 'Latitude 7450',
    serialNumber: `SERIAL-${id}`,
    eid: `EID-${id}`,
    registration: 'active',
    ownership: 'company',
    enrolledAt: NOW - 90 * DAY,
    lastSeenAt: NOW - HOUR,
    otherConnectivity: 'yes',
    labels: {},
    groups: [],
    installed: [],
    esims: [],
    esimsComplete: true,
    provisionedBefore: true,
    eraseOwed: [],
    ...changes,
  }
}

/** The record with these facts unknown. */
export function lacking(of: DeviceRecord, ...keys: readonly (keyof DeviceRecord)[]): DeviceRecord {
  const rest: Partial<DeviceRecord> = { ...of }
  for (const key of keys) delete rest[key]
  return rest as DeviceRecord
}

export function windowsSpec(serverName: string, flags: Partial<WindowsSpec> = {}): WindowsSpec {
  return { platform: 'windows', serverName, isDiscoveryServer: false, autoEnable: true, ...flags }
}

export function iosSpec(carrierUrl: string): IosSpec {
  return { platform: 'ios', carrierUrl }
}

export function entry(
  name: string,
  spec: EsimSpec,
  changes: Partial<InstalledConfiguration> = {},
): InstalledConfiguration {
  return {
    configuration: name,
    spec,
    installedAt: LONG_AGO,
    managed: true,
    onRemove: 'keep-esims',
    state: 'installed',
    ...changes,
  }
}

/** An entry whose moment of installing nobody knows. */
export function undated(of: InstalledConfiguration): InstalledConfiguration {
  const { installedAt: _unknown, ...rest } = of
  return rest
}

/** An eSIM of ours, from the server of `spec`. */
export function ours(
  name: string,
  spec: EsimSpec,
  changes: { readonly erase?: boolean; readonly iccid?: string; readonly enabled?: boolean } = {},
): Esim {
  return {
    iccid: changes.iccid ?? `iccid of ${name} at ${specIdentity(spec)}`,
    source: {
      configuration: name,
      identity: specIdentity(spec),
      onRemove: changes.erase === true ? 'erase-all-esims' : 'keep-esims',
    },
    enabled: changes.enabled ?? true,
  }
}

/** An eSIM that is not ours. */
export function foreign(iccid = 'iccid of nobody we know'): Esim {
  return { iccid, enabled: true }
}

/** References as they are written: `serial:X`, `eid:X`, `id:X`, or bare. */
function references(...texts: readonly string[]): DeviceReference[] {
  return texts.map((written) => {
    const match = /^(serial|eid|id):(.*)$/.exec(written)
    if (match === null) return { text: written, place: PLACE }
    return { as: match[1] as 'serial' | 'eid' | 'id', text: match[2] ?? '', place: PLACE }
  })
}

export type Chosen = { readonly groups?: readonly string[]; readonly devices?: readonly string[] }

export function selection({ groups = [], devices = [] }: Chosen = {}): Selection {
  return { groups, devices: references(...devices) }
}

export function distribution(to: Distribution['to'], select: Chosen = {}, except: Chosen = {}): Distribution {
  return { to, select: selection(select), except: selection(except) }
}

export function redownload(
  on: number,
  to: Redownload['to'] = 'all',
  select: Chosen = {},
  except: Chosen = {},
): Redownload {
  return { on, to, select: selection(select), except: selection(except), place: PLACE }
}

function named(name: string): Pick<EsimConfiguration, 'name' | 'labels' | 'place' | 'places'> {
  return { name, labels: {}, place: PLACE, places: {} }
}

/** For everybody, unless `changes` say otherwise. */
export function configuration(
  name: string,
  spec: EsimSpec,
  changes: Partial<EsimConfiguration> = {},
): EsimConfiguration {
  return {
    ...named(name),
    enabled: true,
    spec,
    distribution: distribution('all'),
    priority: 100,
    onRemove: 'keep-esims',
    redownloads: [],
    mode: 'enforce',
    ...changes,
  }
}

export function group(
  name: string,
  selector: DeviceGroup['selector'] | undefined,
  devices: readonly string[] = [],
  except: readonly string[] = [],
): DeviceGroup {
  return {
    ...named(name),
    ...(selector === undefined ? {} : { selector }),
    devices: references(...devices),
    except: { devices: references(...except) },
  }
}

/** A group of the devices whose label `key` is `value`. */
export function labelled(name: string, key: string, value: string): DeviceGroup {
  return group(name, { matchLabels: { [key]: value } })
}

export function retirement(name: string, select: Chosen, changes: Partial<Retirement> = {}): Retirement {
  return { ...named(name), select: selection(select), finish: 'by-hand', ...changes }
}

/** No budget holds anything: for tests that are about something else. */
const UNLIMITED: Policy['budgets'] = {
  reset: 'unlimited',
  uninstall: 'unlimited',
  retire: 'unlimited',
  'delete-record': 'unlimited',
}

/** The default policy without budgets. */
export function policy(changes: Partial<Policy> = {}): Policy {
  return { ...DEFAULT_POLICY, budgets: UNLIMITED, ...changes }
}

export function desired(changes: Partial<DesiredState> = {}): DesiredState {
  return { configurations: [], groups: [], retirements: [], policy: policy(), ...changes }
}
