import type { EsimSpec } from '../../../src/domain/esim.ts'

/** Windows laptops whose winner is the configuration for all of them: the 432,250 of a million of the scale issue. */
const ALL_WINDOWS = 0.432_25
/** A small configuration. */
const SMALL = 0.001
/** Laptops that one edit of a selector moves. */
const MOVED = 0.01
/** Neither Windows nor Apple: nothing is wanted of them. */
const OTHERS = 0.005
const CONFIGURATIONS = 100

/** One configuration of the fleet and the devices it wins, by rank. */
export type Target = {
  readonly name: string
  readonly spec: EsimSpec
  readonly from: number
  readonly until: number
  /** How its group knows its members; `all` has no group. */
  readonly by: 'all' | 'wave' | 'label' | 'mdm-group'
}

/** A fleet of so many devices, cut into the configurations that win them. */
export type Shape = {
  readonly devices: number
  readonly targets: readonly Target[]
  /** The configuration for all Windows laptops. */
  readonly laptops: Target
  /** A small one to edit, and one to edit beforehand so that the other is not the first ever. */
  readonly pilot: Target
  readonly rehearsal: Target
  /** How many laptops the moved selector moves from `laptops` to `pilot`. */
  readonly moved: number
}

/** Cuts a fleet: Windows first, then iPhones and iPads in ninety-seven configurations of growing size, then the rest. */
export function shapeOf(devices: number): Shape {
  const share = (part: number): number => Math.max(1, Math.round(devices * part))
  const laptops = windows('laptops', 0, share(ALL_WINDOWS), 'all')
  const pilot = windows('laptops-pilot', laptops.until, laptops.until + share(SMALL), 'wave')
  const rehearsal = windows('laptops-rehearsal', pilot.until, pilot.until + share(SMALL), 'label')
  const phones = phoneTargets(rehearsal.until, devices - share(OTHERS), share(SMALL))
  const targets = [laptops, pilot, rehearsal, ...phones]
  return { devices, targets, laptops, pilot, rehearsal, moved: share(MOVED) }
}

function windows(name: string, from: number, until: number, by: Target['by']): Target {
  const serverName = `${name}.smdp.example`
  return {
    name,
    spec: { platform: 'windows', serverName, isDiscoveryServer: false, autoEnable: true },
    from,
    until,
    by,
  }
}

/** Each a little larger than the one before, the last with what is left. */
function phoneTargets(from: number, until: number, smallest: number): Target[] {
  const count = CONFIGURATIONS - 3
  const growth = growthFor((until - from) / smallest, count)
  const targets: Target[] = []
  let at = from
  for (let number = 0; number < count; number += 1) {
    const last = number === count - 1
    const next = last ? until : Math.min(until, at + Math.round(smallest * growth ** number))
    const name = `phones-${String(number).padStart(2, '0')}`
    const carrierUrl = `https://${name}.smdp.example/`
    targets.push({
      name,
      spec: { platform: 'ios', carrierUrl },
      from: at,
      until: next,
      by: number % 2 === 0 ? 'label' : 'mdm-group',
    })
    at = next
  }
  return targets
}

/** The factor with which `count` sizes from 1 on add up to `sum`. */
function growthFor(sum: number, count: number): number {
  let low = 1
  let high = 2
  for (let turn = 0; turn < 60; turn += 1) {
    const middle = (low + high) / 2
    const reached = (middle ** count - 1) / (middle - 1)
    if (reached < sum) low = middle
    else high = middle
  }
  return low
}
