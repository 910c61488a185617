import type { Assignment, Wanted } from '../domain/assignment.ts'
import type { DesiredState, EsimConfiguration, Retirement, Selection } from '../domain/desired.ts'
import { isApple, type DeviceRecord, type RecordKey } from '../domain/device.ts'
import { compareText } from '../domain/text.ts'
import type { Instant } from '../domain/time.ts'
import { matchesSelector } from './labels.ts'
import { indexReferences, referenceKey, type ReferenceIndex } from './references.ts'

/** What assigning needs beside the device: built once a revision. */
export type AssignmentIndex = {
  readonly desired: DesiredState
  readonly references: ReferenceIndex
  readonly memory: AssignmentMemory
}

export type AssignmentMemory = {
  /** References that fit two devices (`referenceKey`): nobody can tell which is meant. */
  readonly ambiguous: ReadonlySet<string>
  /** By name, when a retirement was first applied; by `retirementGroupKey`, who was then in its group. Absent: applied now. */
  readonly retirements: ReadonlyMap<
    string,
    { readonly firstAppliedAt: Instant; readonly members: ReadonlySet<RecordKey> }
  >
}

/** Where the members of a retirement's group are remembered: a name has no slash, so this is never one. */
export function retirementGroupKey(retirement: string, group: string): string {
  return `${retirement}/${group}`
}

const NO_MEMORY: AssignmentMemory = { ambiguous: new Set(), retirements: new Map() }

export function indexAssignments(
  desired: DesiredState,
  memory: AssignmentMemory = NO_MEMORY,
): AssignmentIndex {
  return { desired, references: indexReferences(desired), memory }
}

/** What the revision wants of one device: retirement before configuration, configurations by priority (S30). */
export function assign(index: AssignmentIndex, device: DeviceRecord): Assignment {
  const groups = membershipsOf(index, device)
  const retirement = wantedRetirement(index, device, groups)
  const targeting = index.desired.configurations.filter((each) => isTarget(index, each, device, groups))
  const ranked = targeting.sort((a, b) => a.priority - b.priority || compareText(a.name, b.name))
  const { wanted, losers } =
    retirement.wanted === undefined
      ? winner(index, ranked, device, groups)
      : { wanted: retirement.wanted, losers: [] }
  const doubtful = index.references
    .naming(device)
    .some((each) => index.memory.ambiguous.has(referenceKey(each)))
  const otherConnectivity = declaredConnectivity(index, groups)
  return {
    wanted: doubtful ? { kind: 'undecided', code: 'ambiguous-device', configurations: [] } : wanted,
    groups,
    outranked: losers,
    otherPlatform: namedByOtherPlatform(index, device),
    ...(retirement.returned === undefined ? {} : { returned: retirement.returned }),
    ...(otherConnectivity === undefined ? {} : { otherConnectivity }),
  }
}

/** The DeviceGroups the device is a member of, sorted. */
export function membershipsOf(index: AssignmentIndex, device: DeviceRecord): string[] {
  return index.desired.groups
    .filter((group) => {
      if (index.references.names(group.except.devices, device)) return false
      if (index.references.names(group.devices, device)) return true
      return group.selector !== undefined && matchesSelector(group.selector, device)
    })
    .map((group) => group.name)
    .sort(compareText)
}

function winner(
  index: AssignmentIndex,
  ranked: readonly EsimConfiguration[],
  device: DeviceRecord,
  groups: readonly string[],
): { wanted: Wanted; losers: readonly string[] } {
  const [first, second] = ranked
  if (first === undefined) return { wanted: { kind: 'nothing' }, losers: [] }
  if (second !== undefined && second.priority === first.priority) {
    const tied = ranked.filter((each) => each.priority === first.priority).map((each) => each.name)
    return { wanted: { kind: 'undecided', code: 'priority-tie', configurations: tied }, losers: [] }
  }
  const asked = first.redownloads
    .filter((each) => each.to === 'all' || selects(index, each.select, device, groups))
    .filter((each) => !selects(index, each.except, device, groups))
    .map((each) => each.on)
  const wanted: Wanted = {
    kind: 'configuration',
    configuration: first.name,
    ...(asked.length === 0 ? {} : { redownload: Math.max(...asked) }),
  }
  return { wanted, losers: ranked.slice(1).map((each) => each.name) }
}

function isTarget(
  index: AssignmentIndex,
  configuration: EsimConfiguration,
  device: DeviceRecord,
  groups: readonly string[],
): boolean {
  const { enabled, distribution } = configuration
  if (!enabled || distribution.to === 'none' || !isOfPlatform(configuration, device)) return false
  if (selects(index, distribution.except, device, groups)) return false
  return distribution.to === 'all' || selects(index, distribution.select, device, groups)
}

function isOfPlatform(configuration: EsimConfiguration, device: DeviceRecord): boolean {
  return configuration.spec.platform === 'windows' ? device.platform === 'windows' : isApple(device.platform)
}

function selects(
  index: AssignmentIndex,
  selection: Selection,
  device: DeviceRecord,
  groups: readonly string[],
): boolean {
  return (
    selection.groups.some((group) => groups.includes(group)) ||
    index.references.names(selection.devices, device)
  )
}

function namedByOtherPlatform(index: AssignmentIndex, device: DeviceRecord): string[] {
  return index.desired.configurations
    .filter((each) => each.enabled && each.distribution.to === 'custom' && !isOfPlatform(each, device))
    .filter((each) => index.references.names(each.distribution.select.devices, device))
    .map((each) => each.name)
    .sort(compareText)
}

/** Of several retirements, `by-hand` wins over `in-mdm`, then the name decides. */
function wantedRetirement(
  index: AssignmentIndex,
  device: DeviceRecord,
  groups: readonly string[],
): { wanted?: Wanted; returned?: string } {
  const selecting = index.desired.retirements
    .map((retirement) => ({ retirement, ...retirementSelects(index, retirement, device, groups) }))
    .filter((each) => each.named || each.member)
    .sort(
      (a, b) =>
        finishRank(a.retirement) - finishRank(b.retirement) ||
        compareText(a.retirement.name, b.retirement.name),
    )
  const binding = selecting.filter((each) => !each.late && existedBefore(index, each.retirement, device))
  const [first] = binding
  if (first !== undefined) {
    const { name, finish } = first.retirement
    return {
      wanted: { kind: 'retirement', retirement: name, finish, named: binding.some((each) => each.named) },
    }
  }
  const [returned] = selecting
  return returned === undefined ? {} : { returned: returned.retirement.name }
}

function retirementSelects(
  index: AssignmentIndex,
  retirement: Retirement,
  device: DeviceRecord,
  groups: readonly string[],
): { named: boolean; member: boolean; late: boolean } {
  const { retirements } = index.memory
  const named = index.references.names(retirement.select.devices, device)
  const now = retirement.select.groups.some((group) => groups.includes(group))
  // Groups are resolved when they are first applied: who joins later is reported and not retired.
  const then = retirement.select.groups.some(
    (group) =>
      retirements.get(retirementGroupKey(retirement.name, group))?.members.has(device.key) ??
      groups.includes(group),
  )
  return { named, member: now || then, late: !named && !then }
}

function finishRank(retirement: Retirement): number {
  return retirement.finish === 'by-hand' ? 0 : 1
}

/** Only enrolments before `enrolledBefore`, or before the retirement was first applied, are its targets. */
function existedBefore(index: AssignmentIndex, retirement: Retirement, device: DeviceRecord): boolean {
  if (retirement.enrolledBefore !== undefined) {
    return device.enrolledAt !== undefined && device.enrolledAt < retirement.enrolledBefore
  }
  const remembered = index.memory.retirements.get(retirement.name)
  return (
    remembered === undefined ||
    device.enrolledAt === undefined ||
    device.enrolledAt <= remembered.firstAppliedAt
  )
}

function declaredConnectivity(index: AssignmentIndex, groups: readonly string[]): 'yes' | 'no' | undefined {
  const declared = index.desired.policy.connectivity.filter((each) =>
    each.groups.some((group) => groups.includes(group)),
  )
  if (declared.length === 0) return undefined
  return declared.some((each) => each.other === 'no') ? 'no' : 'yes'
}
