import { DAY } from '../../domain/time.ts'
import type { Instant } from '../../domain/time.ts'
import type { SimulatedDevice } from './device.ts'
import {
  ACME_LAPTOPS,
  ACME_PHONES,
  BLOCK,
  OLD_LAPTOPS,
  plainDevice,
  provisioned,
  withForeignEsim,
  withoutEuicc,
} from './fleet-shape.ts'
import { roll } from './random.ts'

/** An enrolment at the fleet's beginning. `seenAt`: when it was last seen, for one that no longer checks in. */
export type Enrolment = { readonly device: SimulatedDevice; readonly seenAt?: Instant }

/** The one laptop that was wiped and enrolled again: hardware number 11 is LAP-0012. */
const REENROLLED = 11

/**
 * A fleet of `count` devices, one enrolment after the other, numbered from 1. The first 42 are always the same and
 * hold each special case once; the rest is drawn from `seed`, mostly plain. A fleet of 12 devices or more has one
 * enrolment more than devices: LAP-0012 was wiped and came back, and its old record is still there.
 */
export function* fleet(count: number, seed: number, createdAt: Instant): Generator<Enrolment, void> {
  let id = 0
  for (let index = 0; index < count; index++) {
    if (index === BLOCK && count > BLOCK) yield { device: cameBack(++id, createdAt) }
    const device = plainDevice(index, ++id, createdAt)
    if (index >= BLOCK) yield { device: drawn(device, index, seed, createdAt) }
    else if (index === REENROLLED) yield { device: wiped(device, createdAt), seenAt: createdAt - 3 * DAY }
    else yield { device: memorable(device, createdAt) }
  }
  if (count > REENROLLED && count <= BLOCK) yield { device: cameBack(++id, createdAt) }
}

function wiped(device: SimulatedDevice, createdAt: Instant): SimulatedDevice {
  return { ...device, registration: 'wiped', enrolledAt: createdAt - 200 * DAY }
}

function cameBack(id: number, createdAt: Instant): SimulatedDevice {
  return { ...plainDevice(REENROLLED, id, createdAt), enrolledAt: createdAt - 2 * DAY }
}

/** The special cases, each at a device that the worked example and the documentation know by name. */
function memorable(device: SimulatedDevice, createdAt: Instant): SimulatedDevice {
  switch (device.name) {
    case 'LAP-0003':
      return provisioned(device, 'acme-laptops', OLD_LAPTOPS, createdAt)
    case 'LAP-0005':
    case 'LAP-0006':
      return provisioned(device, 'acme-laptops', ACME_LAPTOPS, createdAt)
    case 'LAP-0009':
      return withForeignEsim(device)
    case 'LAP-0019':
      return provisioned(device, 'acme-laptops', ACME_LAPTOPS, createdAt)
    case 'LAP-0023':
      return {
        ...provisioned(inTheField(device), 'acme-laptops', OLD_LAPTOPS, createdAt),
        model: 'Surface Pro 9',
        otherConnectivity: 'no',
      }
    case 'LAP-0024':
      return inTheField(device)
    case 'LAP-0026':
      return { ...device, osVersion: '10.0.19045' }
    case 'LAP-0027':
      return { ...device, edition: 'Home' }
    case 'LAP-0028':
      return withoutEuicc(device)
    case 'PHN-0001':
    case 'PHN-0002':
    case 'PHN-0003':
      return provisioned(device, 'acme-phones', ACME_PHONES, createdAt)
    case undefined:
    default:
      return device
  }
}

function inTheField(device: SimulatedDevice): SimulatedDevice {
  return {
    ...device,
    labels: { ...device.labels, team: 'field' },
    groups: [...(device.groups ?? []), 'SG-Field'],
  }
}

function drawn(device: SimulatedDevice, index: number, seed: number, createdAt: Instant): SimulatedDevice {
  const connected = { ...device, otherConnectivity: drawnConnectivity(index, seed) }
  const drawnNumber = roll(seed, 'special', index)
  if (device.platform !== 'windows') {
    return drawnNumber < 0.2 ? provisioned(connected, 'acme-phones', ACME_PHONES, createdAt) : connected
  }
  if (drawnNumber < 0.07) return provisioned(connected, 'acme-laptops', ACME_LAPTOPS, createdAt)
  if (drawnNumber < 0.09) return provisioned(connected, 'acme-laptops', OLD_LAPTOPS, createdAt)
  if (drawnNumber < 0.1) return withForeignEsim(connected)
  if (drawnNumber < 0.11) return { ...connected, osVersion: '10.0.19045' }
  if (drawnNumber < 0.115) return { ...connected, edition: 'Home' }
  if (drawnNumber < 0.12) return withoutEuicc(connected)
  return connected
}

function drawnConnectivity(index: number, seed: number): 'yes' | 'no' | 'unknown' {
  const drawnNumber = roll(seed, 'connectivity', index)
  if (drawnNumber < 0.01) return 'no'
  return drawnNumber < 0.05 ? 'unknown' : 'yes'
}
