import type { DesiredState, DeviceReference, EsimConfiguration, Place } from '../domain/desired.ts'
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

/** One configuration that goes to a subject, named with this prefix. */
type Claim = { readonly configuration: EsimConfiguration; readonly as: string }

/** What configurations of one platform and priority go to; each map by the text that names the subject. */
type Claims = Readonly<Record<'all' | 'group' | 'device', Map<string, Claim[]>>>

/**
 * Two enabled configurations of one platform and equal priority that both go to all, or both name the same device or
 * group (S30). Other ties depend on the fleet and are found when planning. Looks each claim up once: linear.
 */
function noCertainTie({ desired }: Whole, tell: Tell): void {
  const equals = new Map<string, Claims>()
  const told = new Set<string>()
  for (const configuration of desired.configurations) {
    const { enabled, spec, priority } = configuration
    if (!enabled) continue
    const rank = `${spec.platform} ${priority}`
    const claims = equals.get(rank) ?? { all: new Map(), group: new Map(), device: new Map() }
    equals.set(rank, claims)
    claim(configuration, claims)
  }

  function claim(configuration: EsimConfiguration, claims: Claims): void {
    const { to, select } = configuration.distribution
    if (to === 'all') meet(claims.all, '', '', configuration, () => toAll(configuration))
    if (to !== 'custom') return
    for (const [index, group] of select.groups.entries())
      meet(claims.group, group, '', configuration, () => toGroup(configuration, group, index))
    for (const device of select.devices)
      meet(claims.device, device.text.toLowerCase(), device.as ?? '', configuration, () => toDevice(device))
  }

  function meet(
    claims: Map<string, Claim[]>,
    subject: string,
    as: string,
    configuration: EsimConfiguration,
    shared: () => Shared,
  ): void {
    const before = claims.get(subject)
    if (before === undefined) {
      claims.set(subject, [{ configuration, as }])
      return
    }
    const rival = before.find(
      (one) => one.configuration !== configuration && (one.as === as || one.as === '' || as === ''),
    )
    if (rival !== undefined) tie(rival.configuration, configuration, shared())
    // One claim of each sort is enough to meet every later one.
    if (!before.some((one) => one.as === as)) before.push({ configuration, as })
  }

  function tie(first: EsimConfiguration, second: EsimConfiguration, { what, at }: Shared): void {
    const pair = `${first.name}\n${second.name}`
    if (first.name === second.name || told.has(pair)) return
    told.add(pair)
    const priority = second.places['spec.priority']
    const spot = priority === undefined ? at : { place: priority, length: 'priority'.length }
    const message = `${quoted(second.name)} and ${quoted(first.name)} (${whereIs(first.place)}) both have priority ${second.priority} and both ${what}`
    const hint = 'give one of them a lower number: the lowest wins'
    tell(wrong('priority-tie', spot, message, { rule: 'S30', configuration: second.name, hint }))
  }
}

/** What two configurations have in common, and where the second says it. */
type Shared = { readonly what: string; readonly at: Spot }

function toAll({ place, places }: EsimConfiguration): Shared {
  return { what: 'go to all', at: { place: places['spec.distribution.to'] ?? place, length: 'to'.length } }
}

function toGroup(configuration: EsimConfiguration, group: string, index: number): Shared {
  const item = configuration.places[`spec.distribution.groups.${index}`]
  const at = item === undefined ? toAll(configuration).at : { place: item, length: group.length }
  return { what: `go to group ${quoted(group)}`, at }
}

function toDevice({ text, place }: DeviceReference): Shared {
  return { what: `name the device ${quoted(text)}`, at: { place, length: text.length } }
}
