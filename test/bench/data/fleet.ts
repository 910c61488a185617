import { recordKey, type DeviceFacts, type DeviceRecord } from '../../../src/domain/device.ts'
import type { Observation } from '../../../src/domain/driver.ts'
import { specIdentity } from '../../../src/domain/esim.ts'
import { DAY, HOUR, MINUTE, type Instant } from '../../../src/domain/time.ts'
import { remember } from '../../../src/plan/remember.ts'
import { drawn, scattered } from './random.ts'
import { shapeOf, type Shape, type Target } from './shape.ts'

/** When the fleet was observed. */
export const OBSERVED: Instant = Date.UTC(2026, 10, 23, 8)
export const DRIVER = 'fleet'
export const SITES = 20

const LAPTOPS = ['Latitude 7450', 'EliteBook 840 G11', 'ThinkPad X1 Carbon', 'Surface Laptop 7']
const PHONES = ['iPhone 15', 'iPhone 16', 'iPhone 16 Pro', 'iPhone SE']
const BUILDS = ['10.0.22631', '10.0.26100', '10.0.22621']

/** What is different about a device from one inventory to the next. */
export type Look = {
  /** `served`: it has what is wanted of it; `bare`: nothing is on it yet. */
  readonly phase: 'bare' | 'served'
  /** Another one: something that matters is different of every device. */
  readonly edition?: number
  /** How much later than `OBSERVED` it was seen, in milliseconds. */
  readonly later?: number
}

/** A made-up fleet: device 0 to `devices` - 1 in the order in which the MDM lists them, each made when asked for. */
export type Fleet = {
  readonly shape: Shape
  facts(at: number, look: Look): DeviceFacts
  observation(at: number, look: Look): Observation
  /** As recorded after the first sight. */
  record(at: number, look: Look): DeviceRecord
  page(from: number, count: number, look: Look): Observation[]
}

export function fleetOf(devices: number): Fleet {
  const shape = shapeOf(devices)
  const rankOf = scattered(devices)

  function facts(at: number, look: Look): DeviceFacts {
    const rank = rankOf(at)
    const target = targetOf(shape, rank)
    const seenAt = OBSERVED - drawn(HOUR, at, 1) + (look.later ?? 0)
    const id = `m-${String(at).padStart(8, '0')}`
    return {
      key: recordKey(DRIVER, id),
      driver: DRIVER,
      id,
      ...hardwareOf(at, target, look.edition ?? 0),
      registration: 'active',
      ownership: 'company',
      enrolledAt: OBSERVED - 30 * DAY - drawn(300 * DAY, at, 2),
      lastSeenAt: seenAt,
      otherConnectivity: 'yes',
      ...placeOf(at, rank, target, shape),
      ...servedOf(at, target, look.phase),
    }
  }

  const observation = (at: number, look: Look): Observation => ({
    facts: facts(at, look),
    at: OBSERVED + MINUTE + (look.later ?? 0),
  })
  return {
    shape,
    facts,
    observation,
    record: (at, look) => remember(undefined, facts(at, look)),
    page: (from, count, look) =>
      Array.from({ length: Math.min(count, devices - from) }, (_, offset) =>
        observation(from + offset, look),
      ),
  }
}

/** Who wins the device of this rank; `undefined`: nothing is wanted of it. */
function targetOf({ targets }: Shape, rank: number): Target | undefined {
  let low = 0
  let high = targets.length - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (rank < (targets[middle]?.until ?? 0)) high = middle
    else low = middle + 1
  }
  const found = targets[low]
  return found !== undefined && rank < found.until ? found : undefined
}

function hardwareOf(
  at: number,
  target: Target | undefined,
  edition: number,
): Pick<DeviceFacts, 'platform'> & Partial<DeviceFacts> {
  const common = {
    serialNumber: `SN${at.toString(36).toUpperCase().padStart(8, '0')}`,
    user: `user${drawn(400_000, at, 3)}@acme.example`,
  }
  if (target === undefined)
    return { ...common, platform: 'other', name: `DEV-${at}`, model: 'Tablet 10', osVersion: '15' }
  const cellular = {
    eid: `89049032${String(at).padStart(24, '0')}`,
    imei: `35${String(at).padStart(13, '0')}`,
    euicc: 'present' as const,
  }
  if (target.spec.platform === 'windows') {
    const build = BUILDS[drawn(BUILDS.length, at, 4)] ?? ''
    return {
      ...common,
      ...cellular,
      platform: 'windows',
      name: `LT-${at}`,
      osVersion: `${build}.${1000 + edition}`,
      edition: 'Enterprise',
      model: LAPTOPS[drawn(LAPTOPS.length, at, 5)] ?? '',
    }
  }
  const platform = drawn(4, at, 6) === 0 ? 'ipados' : 'ios'
  return {
    ...common,
    ...cellular,
    platform,
    name: `PH-${at}`,
    osVersion: `18.${edition % 10}.${Math.floor(edition / 10)}`,
    model: PHONES[drawn(PHONES.length, at, 5)] ?? '',
  }
}

/** Labels and MDM groups: what the selectors of the documents ask for, and some that nobody asks for. */
function placeOf(
  at: number,
  rank: number,
  target: Target | undefined,
  shape: Shape,
): Pick<DeviceFacts, 'labels' | 'groups'> {
  const labels: Record<string, string> = {
    site: `site-${drawn(SITES, at, 7)}`,
    department: `department-${drawn(60, at, 8)}`,
    'cost-centre': `cc-${drawn(1_200, at, 9)}`,
    team: target?.by === 'label' ? target.name : `team-${drawn(300, at, 10)}`,
  }
  if (target?.by === 'wave') labels['wave'] = 'first'
  if (target?.by === 'all' && rank < shape.moved) labels['wave'] = 'second'
  const groups = ['SG-All-Devices', `SG-Site-${drawn(SITES, at, 7)}`]
  if (target?.by === 'mdm-group') groups.push(`SG-${target.name}`)
  return { labels, groups }
}

function servedOf(
  at: number,
  target: Target | undefined,
  phase: Look['phase'],
): Pick<DeviceFacts, 'installed' | 'esims' | 'esimsComplete'> {
  if (target === undefined || phase === 'bare') return { installed: [], esims: [], esimsComplete: true }
  const { name: configuration, spec } = target
  const origin = { configuration, onRemove: 'keep-esims' as const }
  return {
    installed: [{ ...origin, spec, installedAt: OBSERVED - 10 * DAY, managed: true, state: 'installed' }],
    esims: [
      {
        iccid: `8988${String(at).padStart(15, '0')}`,
        source: { ...origin, identity: specIdentity(spec) },
        enabled: true,
      },
    ],
    esimsComplete: true,
  }
}
