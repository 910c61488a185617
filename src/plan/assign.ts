import type { Assignment, Wanted } from '../domain/assignment.ts'
import type { DesiredState, EsimConfiguration, Retirement, Selection } from '../domain/desired.ts'
import { isApple, type DeviceFacts, type RecordKey, type Traits } from '../domain/device.ts'
import { compareText } from '../domain/text.ts'
import type { Instant } from '../domain/time.ts'
import { indexGroups, type GroupIndex } from './memberships.ts'
import { indexReferences, referenceKey, type ReferenceIndex, type ReferenceList } from './references.ts'

/** What assigning needs beside the device: built once a revision. */
export type AssignmentIndex = {
  readonly desired: DesiredState
  readonly references: ReferenceIndex
  readonly groups: GroupIndex
  readonly targets: TargetIndex
  readonly memory: AssignmentMemory
  /** Assignments of devices that nothing sets apart: by what decides them. Shared, so not to be changed. */
  readonly common: Map<string, Assignment>
}

/** Which configurations may be meant for a device. */
type TargetIndex = {
  readonly all: readonly EsimConfiguration[]
  readonly byGroup: ReadonlyMap<string, readonly EsimConfiguration[]>
  readonly byList: ReadonlyMap<ReferenceList, readonly EsimConfiguration[]>
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
  const references = indexReferences(desired)
  const targets = indexTargets(desired.configurations)
  return { desired, references, groups: indexGroups(desired.groups), targets, memory, common: new Map() }
}

function indexTargets(configurations: readonly EsimConfiguration[]): TargetIndex {
  const enabled = configurations.filter((each) => each.enabled)
  const custom = enabled.filter((each) => each.distribution.to === 'custom')
  const byGroup = new Map<string, EsimConfiguration[]>()
  const byList = new Map<ReferenceList, EsimConfiguration[]>()
  for (const each of custom) {
    const { groups, devices } = each.distribution.select
    for (const group of groups) byGroup.set(group, [...(byGroup.get(group) ?? []), each])
    if (devices.length > 0) byList.set(devices, [...(byList.get(devices) ?? []), each])
  }
  return { all: enabled.filter((each) => each.distribution.to === 'all'), byGroup, byList }
}

/** What an assignment asks of a device; serial number and EID in any case of letters. */
export type Assignable = Traits & Pick<DeviceFacts, 'key' | 'id' | 'serialNumber' | 'eid' | 'enrolledAt'>

/** What of a device decides its assignment, found once. */
type Facing = {
  readonly device: Assignable
  readonly groups: readonly string[]
  readonly named: ReadonlySet<ReferenceList>
}

/** What the revision wants of one device: retirement before configuration, configurations by priority (S30). */
export function assign(index: AssignmentIndex, device: Assignable): Assignment {
  const named = index.references.listsNaming(device)
  const groups = index.groups.memberships(device, named)
  const facing: Facing = { device, groups, named }
  const retirement = wantedRetirement(index, facing)
  if (named.size > 0 || retirement.wanted !== undefined || retirement.returned !== undefined)
    return assignmentOf(index, facing, retirement)
  const key = `${axisOf(device)} ${groups.join(' ')}`
  const known = index.common.get(key)
  if (known !== undefined) return known
  const common = assignmentOf(index, facing, retirement)
  if (index.common.size < REMEMBERED) index.common.set(key, common)
  return common
}

/** Bounds the memory, not the number of different assignments. */
const REMEMBERED = 50_000

function assignmentOf(
  index: AssignmentIndex,
  facing: Facing,
  retirement: ReturnType<typeof wantedRetirement>,
): Assignment {
  const { device, groups } = facing
  const targeting = targetsOf(index, facing)
  const ranked = targeting.sort((a, b) => a.priority - b.priority || compareText(a.name, b.name))
  const { wanted, losers } =
    retirement.wanted === undefined ? winner(ranked, facing) : { wanted: retirement.wanted, losers: [] }
  const doubtful = index.references
    .naming(device)
    .some((each) => index.memory.ambiguous.has(referenceKey(each)))
  const otherConnectivity = declaredConnectivity(index, groups)
  return {
    wanted: doubtful ? { kind: 'undecided', code: 'ambiguous-device', configurations: [] } : wanted,
    groups,
    outranked: losers,
    otherPlatform: namedByOtherPlatform(index, facing),
    ...(retirement.returned === undefined ? {} : { returned: retirement.returned }),
    ...(otherConnectivity === undefined ? {} : { otherConnectivity }),
  }
}

/** Configurations go to a platform; a device that is neither is nobody's target. */
function axisOf({ platform }: Traits): 'windows' | 'apple' | 'other' {
  if (platform === 'windows') return 'windows'
  return isApple(platform) ? 'apple' : 'other'
}

function winner(
  ranked: readonly EsimConfiguration[],
  facing: Facing,
): { wanted: Wanted; losers: readonly string[] } {
  const [first, second] = ranked
  if (first === undefined) return { wanted: { kind: 'nothing' }, losers: [] }
  if (second !== undefined && second.priority === first.priority) {
    const tied = ranked.filter((each) => each.priority === first.priority).map((each) => each.name)
    return { wanted: { kind: 'undecided', code: 'priority-tie', configurations: tied }, losers: [] }
  }
  const asked = first.redownloads
    .filter((each) => each.to === 'all' || selects(each.select, facing))
    .filter((each) => !selects(each.except, facing))
    .map((each) => each.on)
  const wanted: Wanted = {
    kind: 'configuration',
    configuration: first.name,
    ...(asked.length === 0 ? {} : { redownload: Math.max(...asked) }),
  }
  return { wanted, losers: ranked.slice(1).map((each) => each.name) }
}

function targetsOf({ targets }: AssignmentIndex, facing: Facing): EsimConfiguration[] {
  const candidates = new Set(targets.all)
  for (const group of facing.groups) for (const each of targets.byGroup.get(group) ?? []) candidates.add(each)
  for (const list of facing.named) for (const each of targets.byList.get(list) ?? []) candidates.add(each)
  return [...candidates].filter(
    (each) => isOfPlatform(each, facing.device) && !selects(each.distribution.except, facing),
  )
}

function isOfPlatform(configuration: EsimConfiguration, device: Assignable): boolean {
  return configuration.spec.platform === 'windows' ? device.platform === 'windows' : isApple(device.platform)
}

function selects(selection: Selection, { groups, named }: Facing): boolean {
  return selection.groups.some((group) => groups.includes(group)) || named.has(selection.devices)
}

function namedByOtherPlatform({ targets }: AssignmentIndex, { device, named }: Facing): string[] {
  const names = new Set<string>()
  for (const list of named) {
    for (const each of targets.byList.get(list) ?? []) if (!isOfPlatform(each, device)) names.add(each.name)
  }
  return [...names].sort(compareText)
}

/** Of several retirements, `by-hand` wins over `in-mdm`, then the name decides. */
function wantedRetirement(index: AssignmentIndex, facing: Facing): { wanted?: Wanted; returned?: string } {
  if (index.desired.retirements.length === 0) return {}
  const selecting = index.desired.retirements
    .map((retirement) => ({ retirement, ...retirementSelects(index, retirement, facing) }))
    .filter((each) => each.named || each.member)
    .sort(
      (a, b) =>
        finishRank(a.retirement) - finishRank(b.retirement) ||
        compareText(a.retirement.name, b.retirement.name),
    )
  const binding = selecting.filter(
    (each) => !each.late && existedBefore(index, each.retirement, facing.device),
  )
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
  { device, groups, named: lists }: Facing,
): { named: boolean; member: boolean; late: boolean } {
  const { retirements } = index.memory
  const named = lists.has(retirement.select.devices)
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
function existedBefore(index: AssignmentIndex, retirement: Retirement, device: Assignable): boolean {
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
