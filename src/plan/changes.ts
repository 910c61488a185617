import type {
  DesiredState,
  DeviceGroup,
  DeviceReference,
  Distribution,
  EsimConfiguration,
  Place,
  Retirement,
  Selection,
} from '../domain/desired.ts'
import type { Change } from '../domain/plan.ts'
import { differingDocuments } from '../domain/same.ts'
import { compareText, sortedUnique } from '../domain/text.ts'
import { toRfc3339 } from '../domain/time.ts'
import { referenceKey } from './references.ts'
import { digest } from './step-id.ts'

type Documented = {
  readonly name: string
  readonly place: Place
  readonly places: Readonly<Record<string, Place>>
}

/**
 * What a revision changes against the one before, document by document, with the line that says so. Configurations go
 * by their name, groups and retirements as `group/NAME` and `retirement/NAME`: they decide who gets a configuration.
 */
export function changesBetween(before: DesiredState, after: DesiredState): Change[] {
  return [
    ...documentChanges(before.configurations, after.configurations, '', fieldsOf),
    ...documentChanges(before.groups, after.groups, 'group/', groupFields),
    ...documentChanges(before.retirements, after.retirements, 'retirement/', retirementFields),
  ]
}

function documentChanges<T extends Documented>(
  before: readonly T[],
  after: readonly T[],
  prefix: string,
  fields: (document: T) => Map<string, string>,
): Change[] {
  const named = differingDocuments(before, after).map(([from, to]) => ({
    name: (from ?? to)?.name ?? '',
    from,
    to,
  }))
  named.sort((a, b) => compareText(a.name, b.name))
  return named.flatMap(({ name, from, to }) => {
    const configuration = `${prefix}${name}`
    if (from !== undefined && to !== undefined)
      return fieldChanges(configuration, to, fields(from), fields(to))
    if (to !== undefined) return [{ configuration, path: '', to: 'new', ...sourceOf(to.place) }]
    return [{ configuration, path: '', from: 'present', to: 'removed', ...sourceOf(from?.place) }]
  })
}

function fieldChanges(
  configuration: string,
  after: Documented,
  from: ReadonlyMap<string, string>,
  to: ReadonlyMap<string, string>,
): Change[] {
  return sortedUnique([...from.keys(), ...to.keys()])
    .filter((path) => from.get(path) !== to.get(path))
    .map((path) => {
      const [was, is] = [from.get(path), to.get(path)]
      return {
        configuration,
        path,
        ...(was === undefined ? {} : { from: was }),
        ...(is === undefined ? {} : { to: is }),
        ...sourceOf(placeOf(after, path)),
      }
    })
}

/** Every field that can change a plan, flattened to text. */
function fieldsOf({
  enabled,
  spec,
  distribution,
  priority,
  onRemove,
  redownloads,
  mode,
}: EsimConfiguration): Map<string, string> {
  const fields = new Map<string, string>([
    ['enabled', String(enabled)],
    ['priority', String(priority)],
    ['onRemove', onRemove],
    ['mode', mode],
    ...distributionFields(distribution),
  ])
  if (spec.platform === 'windows') {
    fields.set('windows.serverName', spec.serverName)
    fields.set('windows.isDiscoveryServer', String(spec.isDiscoveryServer))
    fields.set('windows.autoEnable', String(spec.autoEnable))
  } else {
    fields.set('ios.carrierUrl', spec.carrierUrl)
  }
  if (redownloads.length > 0) {
    fields.set(
      'redownload',
      redownloads
        .map((each) => `${toRfc3339(each.on)} ${each.to} ${selectionText(each.select)}`)
        .sort(compareText)
        .join('; '),
    )
  }
  return fields
}

function groupFields({ selector, devices, except }: DeviceGroup): Map<string, string> {
  const fields = new Map<string, string>()
  if (selector?.mdmGroups !== undefined)
    fields.set('selector.mdmGroups', [...selector.mdmGroups].sort(compareText).join(', '))
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {}))
    fields.set(`selector.matchLabels.${key}`, value)
  for (const { key, operator, values } of selector?.matchExpressions ?? []) {
    fields.set(
      'selector.matchExpressions',
      [fields.get('selector.matchExpressions'), `${key} ${operator} ${values.join(', ')}`]
        .filter(Boolean)
        .join('; '),
    )
  }
  if (devices.length > 0) fields.set('devices', countText(devices))
  if (except.devices.length > 0) fields.set('except.devices', countText(except.devices))
  return fields
}

function retirementFields({ select, finish, enrolledBefore }: Retirement): Map<string, string> {
  const fields = new Map([['finish', finish]] as [string, string][])
  if (selectionText(select) !== '') fields.set('select', selectionText(select))
  if (enrolledBefore !== undefined) fields.set('enrolledBefore', toRfc3339(enrolledBefore))
  return fields
}

function distributionFields({ to, select, except }: Distribution): [string, string][] {
  const fields: [string, string][] = [['distribution.to', to]]
  if (selectionText(select) !== '') fields.push(['distribution.select', selectionText(select)])
  if (selectionText(except) !== '') fields.push(['distribution.except', selectionText(except)])
  return fields
}

/** Groups by name; of devices only how many, for a change must not print a list of 3,000 serial numbers. */
function selectionText({ groups, devices }: Selection): string {
  const named = [...groups].sort(compareText)
  return [...named, ...(devices.length === 0 ? [] : [countText(devices)])].join(', ')
}

/** How many, and which by a short digest: another device in place of one is a change too. */
function countText(devices: readonly DeviceReference[]): string {
  const which = digest(sortedUnique(devices.map(referenceKey))).slice(0, 4)
  return `${devices.length} ${devices.length === 1 ? 'device' : 'devices'} (${which})`
}

function placeOf(document: Documented, path: string): Place {
  for (let key = `spec.${path}`; key.includes('.'); key = key.slice(0, key.lastIndexOf('.'))) {
    const place = document.places[key]
    if (place !== undefined) return place
  }
  return document.place
}

function sourceOf(place: Place | undefined): { source?: Place } {
  return place === undefined ? {} : { source: place }
}
