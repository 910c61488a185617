import type { DeviceGroup } from '../domain/desired.ts'
import type { Traits } from '../domain/device.ts'
import { compareText } from '../domain/text.ts'
import { labelOf, matchesSelector } from './labels.ts'
import type { ReferenceList } from './references.ts'

/** Who may be a member of which group, found by what the device carries instead of asking every group. */
export type GroupIndex = {
  /** The DeviceGroups the device is a member of, sorted. `named`: the lists that name it. */
  memberships(device: Traits, named: ReadonlySet<ReferenceList>): readonly string[]
}

const NONE: readonly DeviceGroup[] = []

/**
 * Every group stands under one label that its members must carry; one that asks for no label to be there is looked at
 * for every device. What a group says in full still decides.
 */
export function indexGroups(groups: readonly DeviceGroup[]): GroupIndex {
  const byValue = new Map<string, Map<string, DeviceGroup[]>>()
  const byKey = new Map<string, DeviceGroup[]>()
  const byMdmGroup = new Map<string, DeviceGroup[]>()
  const always: DeviceGroup[] = []
  const byList = new Map<ReferenceList, DeviceGroup[]>()
  for (const group of groups) {
    if (group.devices.length > 0) add(byList, group.devices, group)
    const entry = entryOf(group)
    if (entry === 'always') always.push(group)
    else if (entry !== undefined) {
      if (entry.key === undefined) for (const name of entry.values) add(byMdmGroup, name, group)
      else if (entry.values === 'any') add(byKey, entry.key, group)
      else for (const value of entry.values) under(byValue, entry.key, value).push(group)
    }
  }

  function* candidates(device: Traits, named: ReadonlySet<ReferenceList>): Generator<DeviceGroup> {
    yield* always
    for (const list of named) yield* byList.get(list) ?? NONE
    if (byMdmGroup.size > 0) for (const name of device.groups ?? []) yield* byMdmGroup.get(name) ?? NONE
    for (const [key, values] of byValue) {
      const value = labelOf(device, key)
      if (typeof value === 'string') yield* values.get(value) ?? NONE
    }
    for (const [key, some] of byKey) if (typeof labelOf(device, key) === 'string') yield* some
  }

  return {
    memberships(device, named) {
      const member = new Set<string>()
      for (const group of candidates(device, named))
        if (isMember(group, device, named)) member.add(group.name)
      return member.size < 2 ? [...member] : [...member].sort(compareText)
    },
  }
}

function isMember(group: DeviceGroup, device: Traits, named: ReadonlySet<ReferenceList>): boolean {
  if (named.has(group.except.devices)) return false
  if (named.has(group.devices)) return true
  return group.selector !== undefined && matchesSelector(group.selector, device)
}

type Entry =
  | { readonly key: string; readonly values: readonly string[] | 'any' }
  /** An MDM group. */
  | { readonly key?: never; readonly values: readonly string[] }

/** The line of its selector under which a group stands; `undefined`: no device matches by label. */
function entryOf({ selector }: DeviceGroup): Entry | 'always' | undefined {
  if (selector === undefined) return undefined
  const { mdmGroups, matchLabels, matchExpressions = [] } = selector
  for (const [key, value] of Object.entries(matchLabels ?? {})) return { key, values: [value] }
  for (const { key, operator, values } of matchExpressions) if (operator === 'In') return { key, values }
  if (mdmGroups !== undefined) return { values: mdmGroups }
  const there = matchExpressions.find(({ operator }) => operator === 'Exists')
  if (there !== undefined) return { key: there.key, values: 'any' }
  return matchExpressions.length === 0 ? undefined : 'always'
}

function under(index: Map<string, Map<string, DeviceGroup[]>>, key: string, value: string): DeviceGroup[] {
  const values = index.get(key) ?? new Map<string, DeviceGroup[]>()
  index.set(key, values)
  const groups = values.get(value) ?? []
  values.set(value, groups)
  return groups
}

function add<K>(index: Map<K, DeviceGroup[]>, key: K, group: DeviceGroup): void {
  const groups = index.get(key)
  if (groups === undefined) index.set(key, [group])
  else groups.push(group)
}
