import type { DesiredState, DeviceReference, Selection } from '../domain/desired.ts'
import type { DeviceFacts } from '../domain/device.ts'

/** All device references of a desired state, found by what they say. */
export type ReferenceIndex = {
  /** Does one of these references name the device? */
  names(references: readonly DeviceReference[], device: DeviceFacts): boolean
  /** The distinct references that name the device, wherever they are written. */
  naming(device: DeviceFacts): readonly DeviceReference[]
  /** Every distinct reference (`as` and text), with the first place where it is written. */
  readonly all: readonly DeviceReference[]
}

/** What a reference means, written one way. */
export function referenceKey(reference: Pick<DeviceReference, 'as' | 'text'>): string {
  return `${reference.as ?? ''}:${normalise(reference.text)}`
}

/** The keys under which a device may be named. */
export function keysOf(device: DeviceFacts): string[] {
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

export function indexReferences(desired: DesiredState): ReferenceIndex {
  const lists = new Map<readonly DeviceReference[], ReadonlySet<string>>()
  const all = new Map<string, DeviceReference>()
  for (const list of referenceLists(desired)) {
    const keys = new Set<string>()
    for (const reference of list) {
      const key = referenceKey(reference)
      keys.add(key)
      if (!all.has(key)) all.set(key, reference)
    }
    lists.set(list, keys)
  }
  return {
    all: [...all.values()],
    names(references, device) {
      const keys = lists.get(references)
      if (keys === undefined || keys.size === 0) return false
      return keysOf(device).some((key) => keys.has(key))
    },
    naming(device) {
      return keysOf(device).flatMap((key) => all.get(key) ?? [])
    },
  }
}

function referenceLists(desired: DesiredState): (readonly DeviceReference[])[] {
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
