import type { Profile } from './client.ts'
import type { Host } from './host.ts'
import type { Judged } from './judged.ts'
import { profileText, type Slot } from './slot.ts'
import { refused, type Refused, type Work } from './work.ts'

/** From here on Fleet takes off the device what a profile put there; before, it only forgot the profile. */
const FIRST_VERSION = [4, 84] as const

/** Why profiles cannot be used with this Fleet; `undefined`: they can. */
export async function profileTrouble({ client }: Work): Promise<Refused | undefined> {
  const [major, minor] = (await client.version()) ?? [0, 0]
  const [wantedMajor, wantedMinor] = FIRST_VERSION
  if (major < wantedMajor || (major === wantedMajor && minor < wantedMinor)) {
    const message = `Fleet ${major}.${minor} does not take a Windows profile off a device: ${FIRST_VERSION.join('.')} does.`
    return refused('fleet-too-old', message)
  }
  // Without a licence the labels of a profile mean nothing, and it would go to every device.
  if (await client.isPremium()) return undefined
  return refused('needs-premium', 'Profiles for single devices need Fleet Premium, which this Fleet is not.')
}

export type Ensured = { readonly kind: 'there' } | Refused | Throttled

/** `begun`: the host is in the label already, and the profile on its way to it, if there is one. */
type Throttled = Extract<Judged, { kind: 'throttled' }> & { readonly begun?: true }

const THERE = { kind: 'there' } as const

/**
 * Sees to the label and the profile of a slot, in the team of the host; the host is in the label then. A profile that is
 * not bound to exactly this label is never used, and one of ours that Fleet made without it is deleted at once: it would
 * go to every device of the team.
 */
export async function ensureSlot(work: Work, host: Host, slot: Slot): Promise<Ensured> {
  const { client } = work
  const team = host.team.id
  const there = await find(work, team, slot)
  let begun = false
  if (there !== undefined && !isOurs(there, slot)) return changed(slot)
  if (there === undefined) {
    const label = await client.createLabel(slot.name, host.id)
    if (label.kind === 'throttled') return label
    // A label begins with its first member.
    begun = label.kind === 'done'
    const made = await client.addProfile(team, slot.name, profileText(slot))
    if (made.kind === 'throttled') return later(made, begun)
    if (made.kind === 'refused' && made.code !== 'conflict') return refused(made.code, made.message)
    const found = await find(work, team, slot)
    if (found === undefined)
      return refused('profile-missing', `Fleet took the profile "${slot.name}" and has none.`)
    if (!isOurs(found, slot)) {
      if (made.kind === 'done') await client.deleteProfile(found.uuid)
      return changed(slot)
    }
  }
  const added = await client.addLabel(host.id, slot.name)
  if (added.kind === 'refused') return refused(`label-${added.code}`, added.message)
  return added.kind === 'throttled' ? later(added, begun) : THERE
}

function later(throttled: Throttled, begun: boolean): Throttled {
  return begun ? { ...throttled, begun } : throttled
}

async function find({ client }: Work, team: number, { name }: Slot): Promise<Profile | undefined> {
  return (await client.profiles(team)).find((each) => each.name === name)
}

function isOurs({ labels, broken, platform }: Profile, { name }: Slot): boolean {
  return !broken && platform === 'windows' && labels.length === 1 && labels[0] === name
}

function changed({ name }: Slot): Refused {
  return refused(
    'profile-changed',
    `The profile "${name}" does not go to exactly the devices with the label of that name. Delete it in Fleet, ` +
      'which takes it off its devices, and it is made anew.',
  )
}
