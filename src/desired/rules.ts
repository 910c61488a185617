import type { DesiredState, EsimConfiguration, Place } from '../domain/desired.ts'
import { nearest } from './nearest.ts'
import type { Mention } from './reading.ts'
import type { Tell } from './tell.ts'
import { quoted, whereIs, wrong } from './tell.ts'
import type { Spot } from './tree.ts'

/** What the rules between documents look at. */
type Whole = {
  readonly desired: DesiredState
  readonly mentions: readonly Mention[]
  /** False when a document could not be read: then a name may be missing for that reason alone. */
  readonly whole: boolean
}

/** A rule between documents: tells what it finds, changes nothing. */
export type Rule = (whole: Whole, tell: Tell) => void

/** Every rule that takes more than one document to judge. */
export const RULES: readonly Rule[] = [namesAreUnique, groupsExist, noCertainTie]

/** A name is unique per kind. */
function namesAreUnique({ desired }: Whole, tell: Tell): void {
  const kinds = {
    EsimConfiguration: desired.configurations,
    DeviceGroup: desired.groups,
    Retirement: desired.retirements,
  }
  for (const [kind, documents] of Object.entries(kinds)) {
    const first = new Map<string, Place>()
    for (const { name, place, places } of documents) {
      const at = places['metadata.name'] ?? place
      const before = first.get(name)
      if (name === '') continue
      if (before === undefined) first.set(name, at)
      else {
        const message = `another ${kind} is named ${quoted(name)}: ${whereIs(before)}`
        tell(
          wrong('duplicate-name', { place: at, length: 'name'.length }, message, {
            hint: 'give one of them another name',
          }),
        )
      }
    }
  }
}

/** Every group that is named exists: a slip must never select nobody in silence. */
function groupsExist({ desired, mentions, whole }: Whole, tell: Tell): void {
  if (!whole) return
  const groups = new Map(
    desired.groups.map((group) => [group.name, group.places['metadata.name'] ?? group.place]),
  )
  for (const { group, spot } of mentions) {
    if (groups.has(group)) continue
    const near = nearest(group, groups.keys())
    const place = near === undefined ? undefined : groups.get(near)
    const hint =
      near === undefined || place === undefined
        ? 'write a DeviceGroup of this name'
        : `did you mean "${near}" (${whereIs(place)})?`
    tell(wrong('unknown-group', spot, `no DeviceGroup is named ${quoted(group)}`, { hint }))
  }
}

type Claim = { readonly configuration: EsimConfiguration; readonly as: string }

/**
 * Two enabled configurations of one platform and equal priority that both go to all, or both name the same device or
 * group (S30). Other ties depend on the fleet and are found when planning. Looks each claim up once: linear.
 */
function noCertainTie({ desired }: Whole, tell: Tell): void {
  const claims = new Map<string, Claim[]>()
  const told = new Set<string>()
  for (const configuration of desired.configurations) {
    if (!configuration.enabled) continue
    for (const { subject, as, shared, at } of claimsOf(configuration)) {
      const key = `${configuration.spec.platform}\n${configuration.priority}\n${subject}`
      const before = claims.get(key) ?? []
      const rival = before.find(
        (one) => one.configuration !== configuration && (one.as === as || one.as === '' || as === ''),
      )
      if (rival !== undefined) tie(rival.configuration, configuration, shared, at)
      // One claim of each sort is enough to meet every later one.
      if (!before.some((one) => one.as === as)) claims.set(key, [...before, { configuration, as }])
    }
  }

  function tie(first: EsimConfiguration, second: EsimConfiguration, shared: string, at: Spot): void {
    const pair = `${first.name}\n${second.name}`
    if (first.name === second.name || told.has(pair)) return
    told.add(pair)
    const priority = second.places['spec.priority']
    const spot = priority === undefined ? at : { place: priority, length: 'priority'.length }
    const message = `${quoted(second.name)} and ${quoted(first.name)} (${whereIs(first.place)}) both have priority ${second.priority} and both ${shared}`
    const hint = 'give one of them a lower number: the lowest wins'
    tell(wrong('priority-tie', spot, message, { rule: 'S30', configuration: second.name, hint }))
  }
}

type Naming = { readonly subject: string; readonly as: string; readonly shared: string; readonly at: Spot }

function claimsOf({ distribution, place, places }: EsimConfiguration): readonly Naming[] {
  if (distribution.to === 'none') return []
  const to: Spot = { place: places['spec.distribution.to'] ?? place, length: 'to'.length }
  if (distribution.to === 'all') return [{ subject: 'all', as: '', shared: 'go to all', at: to }]
  const groups = distribution.select.groups.map((group, index) => {
    const item = places[`spec.distribution.groups.${index}`]
    return {
      subject: `group ${group}`,
      as: '',
      shared: `go to group ${quoted(group)}`,
      at: item === undefined ? to : { place: item, length: group.length },
    }
  })
  const devices = distribution.select.devices.map(({ text, as, place: at }) => ({
    subject: `device ${text.toLowerCase()}`,
    as: as ?? '',
    shared: `name the device ${quoted(text)}`,
    at: { place: at, length: text.length },
  }))
  return [...groups, ...devices]
}
