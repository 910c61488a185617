import type { DesiredState } from '../domain/desired.ts'
import { SimplaneError } from '../domain/error.ts'
import type { FleetStore } from '../domain/fleet-store.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { sortedUnique } from '../domain/text.ts'
import { gatherHardware } from '../plan/hardware.ts'

/** What a command is about (contracts.md section 4). */
export type Target =
  | { readonly kind: 'fleet' }
  | { readonly kind: 'configuration' | 'group' | 'retirement'; readonly name: string }
  | {
      readonly kind: 'device'
      readonly device: StoredDevice
      readonly records: readonly StoredDevice[]
      readonly also: readonly StoredDevice[]
    }

const KINDS = ['configuration', 'group', 'retirement'] as const

/**
 * Finds what a text means: `fleet`, `configuration/NAME`, `group/NAME`, `retirement/NAME`, `device/ID`, or a bare word
 * that must mean one thing. Devices go by serial number, EID, IMEI, id, name or user. Throws `not-found` and `ambiguous`.
 */
export async function resolveTarget(
  store: FleetStore,
  desired: DesiredState | undefined,
  text: string,
): Promise<Target> {
  if (text === 'fleet') return { kind: 'fleet' }
  for (const kind of KINDS) {
    if (!text.startsWith(`${kind}/`)) continue
    const name = text.slice(kind.length + 1)
    if (namesOf(desired, kind).includes(name)) return { kind, name }
    throw new SimplaneError('not-found', `No ${kind} is named "${name}" in the revision in force.`, {
      hint: `There are: ${namesOf(desired, kind).join(', ') || 'none'}.`,
    })
  }
  if (text.startsWith('device/')) return await theDevice(store, text.slice('device/'.length))
  const named = KINDS.filter((kind) => namesOf(desired, kind).includes(text))
  const devices = await store.find(text, 100)
  const [kind] = named
  if (named.length + (devices.length > 0 ? 1 : 0) > 1) {
    const all = [...named, ...(devices.length > 0 ? ['device'] : [])].map((each) => `${each}/${text}`)
    throw new SimplaneError('ambiguous', `"${text}" means more than one thing: ${all.join(', ')}.`, {
      hint: 'Write one of these.',
    })
  }
  return kind === undefined ? await theDevice(store, text) : { kind, name: text }
}

function namesOf(desired: DesiredState | undefined, kind: (typeof KINDS)[number]): string[] {
  if (desired === undefined) return []
  const documents = {
    configuration: desired.configurations,
    group: desired.groups,
    retirement: desired.retirements,
  }
  return sortedUnique(documents[kind].map((each) => each.name))
}

/** The device that a text names; of a user with several, the first, with the others beside it. */
export async function theDevice(store: FleetStore, text: string): Promise<Target & { kind: 'device' }> {
  const found = await store.find(text, 100)
  if (found.length === 0) {
    throw new SimplaneError(
      'not-found',
      `No device has the serial number, EID, IMEI, id, name or user "${text}".`,
      {
        hint: 'simplane devices lists them.',
      },
    )
  }
  const family = await store.siblings(found.map((each) => each.dev))
  const byKey = new Map(family.map((each) => [each.record.key, each]))
  const wanted = new Set(found.map((each) => each.record.key))
  const hardware = gatherHardware(family.map((each) => each.record)).filter((each) =>
    [each.steering, ...each.others].some((record) => wanted.has(record.key)),
  )
  const [first, ...rest] = hardware
  const device = first === undefined ? undefined : byKey.get(first.steering.key)
  if (first === undefined || device === undefined)
    throw new SimplaneError('internal', `The records of "${text}" could not be gathered.`)
  const byUser = found.every(
    (each) =>
      each.record.user?.toLowerCase() === text.toLowerCase() ||
      each.record.user?.split('@')[0]?.toLowerCase() === text.toLowerCase(),
  )
  if (rest.length > 0 && !byUser) {
    const keys = hardware.map((each) => `device/${each.steering.key}`).join(', ')
    throw new SimplaneError('ambiguous', `"${text}" fits ${hardware.length} devices: ${keys}.`, {
      hint: 'Write one of these.',
    })
  }
  const storedOf = (key: string): StoredDevice[] => family.filter((each) => each.record.key === key)
  return {
    kind: 'device',
    device,
    records: [first.steering, ...first.others].flatMap((record) => storedOf(record.key)),
    also: rest.flatMap((each) => storedOf(each.steering.key)),
  }
}
