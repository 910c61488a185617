import type { DesiredState, DeviceReference, Selection } from '../domain/desired.ts'
import type { DeviceFacts } from '../domain/device.ts'

/** A list of references as it stands in the desired state; told apart by identity. */
export type ReferenceList = readonly DeviceReference[]

/** All device references of a desired state, found by what they say. */
export type ReferenceIndex = {
  /** The lists with a reference that names the device. */
  listsNaming(device: Named): ReadonlySet<ReferenceList>
  /** The distinct references that name the device, wherever they are written. */
  naming(device: Named): readonly DeviceReference[]
  /** Every distinct reference (`as` and text), with the first place where it is written. */
  readonly all: readonly DeviceReference[]
}

/** What of a device a reference can name. */
type Named = Pick<DeviceFacts, 'serialNumber' | 'eid' | 'id' | 'key'>

/** What a reference means, written one way. */
export function referenceKey(reference: Pick<DeviceReference, 'as' | 'text'>): string {
  return `${reference.as ?? ''}:${normalise(reference.text)}`
}

/** The keys under which a device may be named. */
export function keysOf(device: Named): string[] {
  const [serial, eid, id, key] = [device.serialNumber, device.eid, device.id, device.key].map((text) =>
    text === undefined || text.trim() === '' ? undefined : normalise(text),
  )
  const keys: string[] = []
  if (serial !== undefined) keys.push(`:${serial}`, `serial:${serial}`)
  if (eid !== undefined) keys.push(`:${eid}`, `eid:${eid}`)
  for (const each of [id, key]) if (each !== undefined) keys.push(`:${each}`, `id:${each}`)
  return keys
}

function normalise(text: string): string {
  return text.trim().toUpperCase()
}

const NO_LISTS: ReadonlySet<ReferenceList> = new Set()

export function indexReferences(desired: DesiredState): ReferenceIndex {
  const all = new Map<string, { readonly reference: DeviceReference; readonly lists: ReferenceList[] }>()
  for (const list of referenceLists(desired)) {
    for (const reference of list) {
      const key = referenceKey(reference)
      const known = all.get(key)
      if (known === undefined) all.set(key, { reference, lists: [list] })
      else if (known.lists.at(-1) !== list) known.lists.push(list)
    }
  }
  return {
    all: [...all.values()].map(({ reference }) => reference),
    listsNaming(device) {
      if (all.size === 0) return NO_LISTS
      let found: Set<ReferenceList> | undefined
      for (const key of keysOf(device)) {
        for (const list of all.get(key)?.lists ?? []) found = (found ?? new Set()).add(list)
      }
      return found ?? NO_LISTS
    },
    naming(device) {
      if (all.size === 0) return []
      return keysOf(device).flatMap((key) => all.get(key)?.reference ?? [])
    },
  }
}

function referenceLists(desired: DesiredState): ReferenceList[] {
  const selections: Selection[] = []
  for (const configuration of desired.configurations) {
    selections.push(configuration.distribution.select, configuration.distribution.except)
    for (const redownload of configuration.redownloads) selections.push(redownload.select, redownload.except)
  }
  for (const retirement of desired.retirements) selections.push(retirement.select)
  return [
    ...selections.map((selection) => selection.devices),
    ...desired.groups.flatMap((group) => [group.devices, group.except.devices]),
  ]
}
