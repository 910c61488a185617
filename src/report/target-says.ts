import type {
  DesiredState,
  DeviceGroup,
  EsimConfiguration,
  Retirement,
  Selection,
} from '../domain/desired.ts'
import { toRfc3339 } from '../domain/time.ts'
import { specText } from './explain-wanted.ts'
import { counted } from './numbers.ts'
import type { TargetInput } from './target.ts'
import { brief } from './visible.ts'

/** What the document says, a sentence a line; defaults included. */
export function saysLines(input: TargetInput): readonly string[] {
  switch (input.kind) {
    case 'configuration':
      return configurationSays(input.document)
    case 'group':
      return groupSays(input.document)
    case 'retirement':
      return retirementSays(input.document)
  }
}

function configurationSays(document: EsimConfiguration): readonly string[] {
  const { distribution, priority, onRemove, mode, redownloads, enabled, spec } = document
  const to = {
    all: `all ${spec.platform} devices`,
    none: 'nobody',
    custom: selectionText(distribution.select),
  }
  const except = distribution.to === 'none' ? '' : exceptText(distribution.except)
  return [
    specText(spec),
    ...(enabled ? [] : ['enabled: false, the same as distribution to none']),
    `for ${to[distribution.to]}${except}`,
    `priority ${priority} (the lowest number wins), onRemove ${onRemove}, mode ${mode}`,
    ...redownloads.map((each) => `a fresh download, once, of eSIMs installed before ${toRfc3339(each.on)}`),
  ]
}

function groupSays({ selector, devices, except }: DeviceGroup): readonly string[] {
  const labels = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => `${key}=${value}`)
  const lines = [
    ...(selector?.mdmGroups === undefined ? [] : [`in the MDM group ${list(selector.mdmGroups, ' or ')}`]),
    ...(labels.length === 0 ? [] : [`labelled ${list(labels)}`]),
    ...(selector?.matchExpressions ?? []).map(({ key, operator, values }) =>
      brief(`${key} ${operator} ${values.join(', ')}`.trimEnd(), 120),
    ),
  ]
  const every =
    lines.length > 1 ? ['every one of these must hold:', ...lines.map((line) => `  ${line}`)] : lines
  return [
    ...(every.length === 0 && devices.length === 0
      ? ['nobody: there is no selector, and no device is named']
      : every),
    ...(devices.length === 0
      ? []
      : [`${every.length === 0 ? '' : 'and '}${counted(devices.length, 'device')} named one by one`]),
    ...(except.devices.length === 0
      ? []
      : [`never ${counted(except.devices.length, 'device')} under except`]),
  ]
}

function retirementSays({ select, finish, enrolledBefore }: Retirement): readonly string[] {
  const end = {
    'by-hand': 'proven empty, then released to a person',
    'in-mdm': 'proven empty, then retired in the MDM',
  }
  const before = enrolledBefore === undefined ? 'this document was first applied' : toRfc3339(enrolledBefore)
  return [selectionText(select), end[finish], `only enrolments from before ${before}`]
}

function selectionText({ groups, devices }: Selection): string {
  const named = devices.length === 0 ? [] : [`${counted(devices.length, 'device')} named one by one`]
  const all = [
    ...(groups.length === 0 ? [] : [`${groups.length === 1 ? 'group' : 'groups'} ${list(groups)}`]),
    ...named,
  ]
  return all.length === 0 ? 'nobody: nothing is selected' : all.join(' and ')
}

function exceptText(except: Selection): string {
  return except.groups.length + except.devices.length === 0 ? '' : `, except ${selectionText(except)}`
}

function list(names: readonly string[], between = ', '): string {
  const shown = names
    .slice(0, 8)
    .map((name) => brief(name, 63))
    .join(between)
  return names.length > 8 ? `${shown} and ${counted(names.length - 8, 'more', 'more')}` : shown
}

/** Which documents name a group. */
export function usersOf(group: string, desired: DesiredState): readonly string[] {
  const { configurations, retirements, policy } = desired
  const selects = ({ groups }: Selection): boolean => groups.includes(group)
  return [
    ...configurations.flatMap(({ name, distribution }) => {
      if (selects(distribution.select)) return [`configuration/${name}`]
      return selects(distribution.except) ? [`configuration/${name} (under except)`] : []
    }),
    ...retirements.flatMap(({ name, select }) => (selects(select) ? [`retirement/${name}`] : [])),
    ...(policy.connectivity.some(({ groups }) => groups.includes(group)) ? ['Policy connectivity'] : []),
  ]
}
