import type { DesiredState, DeviceGroup, DeviceReference } from '../domain/desired.ts'
import type { RecordKey } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { Hold, HoldCode } from '../domain/plan.ts'
import { indexReferences, keysOf, referenceKey } from './references.ts'

/** What the findings of the whole fleet rest on. */
export type FleetFacts = {
  readonly desired: DesiredState
  /** Every distinct reference, with the first place where it is written. */
  readonly references: readonly DeviceReference[]
  /** By `referenceKey`: the devices that each reference names, by key. One that names nobody is absent. */
  readonly named: ReadonlyMap<string, readonly RecordKey[]>
  /** The groups with a member. */
  readonly peopled: ReadonlySet<string>
  readonly holds: readonly Hold[]
}

/** By `referenceKey`: the devices that each reference names. Records of one hardware are one device. */
export function namedDevices(
  references: readonly DeviceReference[],
  fleet: readonly Hardware[],
): ReadonlyMap<string, readonly Hardware[]> {
  const found = new Map<string, Hardware[]>()
  const wanted = new Set(references.map(referenceKey))
  if (wanted.size === 0) return found
  for (const hardware of fleet) {
    for (const key of hardwareKeys(hardware)) {
      if (!wanted.has(key)) continue
      const named = found.get(key)
      if (named === undefined) found.set(key, [hardware])
      else named.push(hardware)
    }
  }
  return found
}

/** The keys under which a device may be named: those of all of its records, each once. */
function hardwareKeys({ steering, others }: Hardware): Iterable<string> {
  return new Set([steering, ...others].flatMap(keysOf))
}

/** References that fit two devices, with the devices. */
export function ambiguousReferences(
  desired: DesiredState,
  fleet: readonly Hardware[],
): ReadonlyMap<string, readonly Hardware[]> {
  const named = namedDevices(indexReferences(desired).all, fleet)
  return new Map([...named].filter(([, devices]) => devices.length > 1))
}

/** What only the whole fleet shows: references that fit nobody or two, groups without members, and each hold. */
export function fleetFindings(facts: FleetFacts): Finding[] {
  return [
    ...ambiguousFindings(facts),
    ...unknownFindings(facts),
    ...emptyGroups(facts),
    ...facts.holds.map(holdFinding),
  ]
}

function ambiguousFindings({ references, named }: FleetFacts): Finding[] {
  return references.flatMap((reference) => {
    const devices = named.get(referenceKey(reference)) ?? []
    if (devices.length < 2) return []
    return [
      {
        code: 'ambiguous-device',
        severity: 'error',
        message: `"${reference.text}" fits ${devices.length} devices (${devices.join(', ')}); nothing is planned for them`,
        rule: 'S27',
        place: reference.place,
        length: reference.text.length,
        hint: 'write serial:, eid: or id: in front, or name them apart',
      },
    ]
  })
}

function unknownFindings({ references, named }: FleetFacts): Finding[] {
  return references.filter((reference) => !named.has(referenceKey(reference))).map(unknownDevice)
}

function unknownDevice(reference: DeviceReference): Finding {
  return {
    code: 'unknown-device',
    severity: 'warning',
    message: `no device has the serial number, EID or record id "${reference.text}"; the line selects nobody`,
    place: reference.place,
    length: reference.text.length,
    hint: 'a device name is no reference; check for a typing error, or whether it is enrolled yet',
  }
}

function emptyGroups({ desired, peopled }: FleetFacts): Finding[] {
  return desired.groups.filter((group) => !peopled.has(group.name)).map(emptyGroup)
}

function emptyGroup(group: DeviceGroup): Finding {
  return {
    code: 'selects-nobody',
    severity: 'warning',
    message: `group ${group.name} has no member: what is distributed to it reaches nobody`,
    rule: 'S9',
    place: group.place,
    hint: 'check the names of MDM groups and labels as the MDM shows them',
  }
}

const HOLD_MEANING: Readonly<Record<HoldCode, string>> = {
  'awaiting-approval': 'mode is propose: a person decides',
  'budget-exceeded': 'the budget of a rolling day is used up',
  'collateral-esim': 'an eSIM of another configuration, which is to be kept, would be erased too',
  'esim-state-unknown': 'what the eUICC holds is not fully known',
  'foreign-esim': 'an eSIM that did not come from simplane would be erased',
  'group-shrank': 'a group lost many members at once although its text did not change',
  'personal-device': 'it is a personal device',
  'registration-frozen': 'an earlier record of the same device is still on its way out',
  'stale-observation': 'the device was not observed recently enough',
  'would-strand': 'its eSIM is, or may be, its only way online',
}

function holdFinding(hold: Hold): Finding {
  const why = hold.codes.map((code) => HOLD_MEANING[code]).join('; ')
  const what = hold.step === 'reset' ? 'eSIM reset' : hold.step
  return {
    code: hold.code,
    severity: 'warning',
    message: `${hold.devices} ${hold.devices === 1 ? 'device waits' : 'devices wait'} before "${what}" (hold ${hold.id}): ${why}`,
    ...(hold.configuration === undefined ? {} : { configuration: hold.configuration }),
    hint: `simplane explain ${hold.id}, then simplane approve ${hold.id} if it may happen`,
  }
}
