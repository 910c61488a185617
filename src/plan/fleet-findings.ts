import type { Assignment } from '../domain/assignment.ts'
import type { DesiredState, DeviceGroup, DeviceReference } from '../domain/desired.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { Hold, HoldCode } from '../domain/plan.ts'
import type { AssignmentIndex } from './assign.ts'
import { indexReferences, keysOf, referenceKey } from './references.ts'

export type FleetFacts = {
  readonly desired: DesiredState
  readonly fleet: readonly Hardware[]
  readonly assignments: ReadonlyMap<Hardware, Assignment>
  readonly ambiguous: ReadonlyMap<string, readonly Hardware[]>
  readonly holds: readonly Hold[]
  readonly index: AssignmentIndex
}

/** References that fit two devices, with the devices. Records of one hardware are one device. */
export function ambiguousReferences(
  desired: DesiredState,
  fleet: readonly Hardware[],
): ReadonlyMap<string, readonly Hardware[]> {
  const wanted = new Set(indexReferences(desired).all.map(referenceKey))
  if (wanted.size === 0) return new Map()
  const found = new Map<string, Hardware[]>()
  for (const hardware of fleet) {
    const keys = new Set([hardware.steering, ...hardware.others].flatMap(keysOf))
    for (const key of keys) if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), hardware])
  }
  return new Map([...found].filter(([, devices]) => devices.length > 1))
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

function ambiguousFindings({ ambiguous, index }: FleetFacts): Finding[] {
  return index.references.all.flatMap((reference) => {
    const devices = ambiguous.get(referenceKey(reference))
    if (devices === undefined) return []
    const keys = devices.map((each) => each.steering.key).join(', ')
    return [
      {
        code: 'ambiguous-device',
        severity: 'error',
        message: `"${reference.text}" fits ${devices.length} devices (${keys}); nothing is planned for them`,
        rule: 'S27',
        place: reference.place,
        length: reference.text.length,
        hint: 'write serial:, eid: or id: in front, or name them apart',
      },
    ]
  })
}

function unknownFindings({ fleet, index }: FleetFacts): Finding[] {
  const { all } = index.references
  if (all.length === 0) return []
  const known = new Set(fleet.flatMap((hardware) => [hardware.steering, ...hardware.others].flatMap(keysOf)))
  return all.filter((reference) => !known.has(referenceKey(reference))).map(unknownDevice)
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

function emptyGroups({ desired, assignments }: FleetFacts): Finding[] {
  const members = new Set([...assignments.values()].flatMap((assignment) => assignment.groups))
  return desired.groups.filter((group) => !members.has(group.name)).map(emptyGroup)
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
