import type { InstalledConfiguration } from '../../domain/device.ts'
import { normaliseCarrierUrl } from '../../domain/esim.ts'
import type { EsimSpec } from '../../domain/esim.ts'
import { DAY } from '../../domain/time.ts'
import type { Instant } from '../../domain/time.ts'
import type { SimulatedDevice } from './device.ts'
import { eidOf, foreignIccidOf, imeiOf } from './identities.ts'
import { download } from './device-rules.ts'

/** The fleet repeats every 42 devices: 28 laptops, 11 phones, 3 tablets. */
export const BLOCK = 42
const LAPTOPS = 28
const PHONES = 11
const TABLETS = BLOCK - LAPTOPS - PHONES

const PARIS_LAPTOPS = 14

const USERS = [
  'l.bernard',
  'c.dubois',
  'j.doe',
  'm.roux',
  's.laurent',
  'n.simon',
  'p.michel',
  'e.garcia',
  'k.meyer',
  'r.fournier',
  'h.girard',
  'b.andre',
  't.lefevre',
  'o.mercier',
  'v.dupont',
  'f.lambert',
  'i.bonnet',
  'g.francois',
  'd.martinez',
  'y.legrand',
  'w.garnier',
  'z.faure',
  'a.petit',
  'q.rousseau',
  'u.blanc',
  'x.guerin',
  'l.muller',
  'c.henry',
] as const

const TEAMS = ['office', 'sales', 'office', 'sales', 'office'] as const
const LAPTOP_MODELS = ['Latitude 7450', 'EliteBook 840 G11', 'ThinkPad X1 Carbon', 'Surface Pro 9'] as const

/** What the worked example in `desired-state/` wants, and what some devices have from before. */
export const ACME_LAPTOPS: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
export const OLD_LAPTOPS: EsimSpec = { ...ACME_LAPTOPS, serverName: 'smdp.old.example' }
export const ACME_PHONES: EsimSpec = {
  platform: 'ios',
  carrierUrl: normaliseCarrierUrl('https://smdp.acme.example'),
}

/** Hardware number `index` (from 0) as a plain device: active, seen, nothing on it yet. `id` is its enrolment. */
export function plainDevice(index: number, id: number, createdAt: Instant): SimulatedDevice {
  const block = Math.floor(index / BLOCK)
  const position = index % BLOCK
  const common = {
    id,
    user: USERS[position % LAPTOPS] ?? 'j.doe',
    eid: eidOf(index + 1),
    imei: imeiOf(index + 1),
    euicc: 'present',
    registration: 'active',
    ownership: 'company',
    userEnrolled: false,
    enrolledAt: createdAt - (90 + (index % 200)) * DAY,
    otherConnectivity: 'yes',
    installed: [],
    esims: [],
    downloads: 0,
  } as const
  const team = TEAMS[position % TEAMS.length] ?? 'office'
  if (position < LAPTOPS) {
    const number = block * LAPTOPS + position + 1
    const paris = position < PARIS_LAPTOPS
    return {
      ...common,
      name: `LAP-${four(number)}`,
      platform: 'windows',
      osVersion: '10.0.22631',
      edition: 'Enterprise',
      model: LAPTOP_MODELS[position % LAPTOP_MODELS.length] ?? 'Latitude 7450',
      serialNumber: `5CG4${four(number)}`,
      labels: { site: paris ? 'paris' : 'lyon', team },
      groups: [paris ? 'SG-Laptops-Paris' : 'SG-Laptops-Lyon'],
    }
  }
  const apple = {
    ...common,
    labels: { site: position % 2 === 0 ? 'paris' : 'lyon', team },
    groups: ['SG-Phones'],
  }
  if (position < LAPTOPS + PHONES) {
    const number = block * PHONES + position - LAPTOPS + 1
    return {
      ...apple,
      name: `PHN-${four(number)}`,
      platform: 'ios',
      osVersion: '18.1.1',
      model: 'iPhone 16',
      serialNumber: `F2L4${four(number)}`,
    }
  }
  const number = block * TABLETS + position - LAPTOPS - PHONES + 1
  return {
    ...apple,
    name: `PAD-${four(number)}`,
    platform: 'ipados',
    osVersion: '18.1',
    model: 'iPad Air 13-inch',
    serialNumber: `DMP4${four(number)}`,
  }
}

/** The device with a configuration on it and the eSIM that came with it, put there by simplane long ago. */
export function provisioned(
  device: SimulatedDevice,
  configuration: string,
  spec: EsimSpec,
  createdAt: Instant,
): SimulatedDevice {
  const entry: InstalledConfiguration = {
    configuration,
    spec,
    installedAt: createdAt - 60 * DAY,
    managed: true,
    onRemove: 'keep-esims',
    state: 'installed',
  }
  return { ...download(device, configuration, spec), installed: [entry] }
}

/** The device with an eSIM that somebody else put there. */
export function withForeignEsim(device: SimulatedDevice): SimulatedDevice {
  return { ...device, esims: [...device.esims, { iccid: foreignIccidOf(device.id), enabled: true }] }
}

/** The device without a chip for eSIMs, and so without what identifies one. */
export function withoutEuicc(device: SimulatedDevice): SimulatedDevice {
  const { eid: _eid, ...rest } = device
  return { ...rest, euicc: 'none' }
}

function four(number: number): string {
  return String(number).padStart(4, '0')
}
