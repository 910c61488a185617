import type { DesiredState, Distribution, EsimConfiguration, Place, Selection } from '../domain/desired.ts'
import type { Change } from '../domain/plan.ts'
import { compareText, sortedUnique } from '../domain/text.ts'
import { toRfc3339 } from '../domain/time.ts'

/** What a revision changes against the one before, configuration by configuration, with the line that says so. */
export function changesBetween(before: DesiredState, after: DesiredState): Change[] {
  const [old, now] = [byName(before), byName(after)]
  return sortedUnique([...old.keys(), ...now.keys()]).flatMap((name) => {
    const [from, to] = [old.get(name), now.get(name)]
    if (from === undefined && to === undefined) return []
    if (from === undefined) return [{ configuration: name, path: '', to: 'new', ...sourceOf(to?.place) }]
    if (to === undefined) return [{ configuration: name, path: '', from: 'present', to: 'removed', ...sourceOf(from.place) }]
    return fieldChanges(name, from, to)
  })
}

function byName(desired: DesiredState): Map<string, EsimConfiguration> {
  return new Map(desired.configurations.map((each) => [each.name, each]))
}

function fieldChanges(configuration: string, before: EsimConfiguration, after: EsimConfiguration): Change[] {
  const [from, to] = [fieldsOf(before), fieldsOf(after)]
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
function fieldsOf({ enabled, spec, distribution, priority, onRemove, redownloads, mode }: EsimConfiguration): Map<string, string> {
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
    fields.set('redownload', redownloads.map((each) => `${toRfc3339(each.on)} ${each.to} ${selectionText(each.select)}`).sort(compareText).join('; '))
  }
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
  const counted = devices.length === 0 ? [] : [`${devices.length} ${devices.length === 1 ? 'device' : 'devices'}`]
  return [...named, ...counted].join(', ')
}

function placeOf(configuration: EsimConfiguration, path: string): Place {
  for (let key = `spec.${path}`; key.includes('.'); key = key.slice(0, key.lastIndexOf('.'))) {
    const place = configuration.places[key]
    if (place !== undefined) return place
  }
  return configuration.place
}

function sourceOf(place: Place | undefined): { source?: Place } {
  return place === undefined ? {} : { source: place }
}
