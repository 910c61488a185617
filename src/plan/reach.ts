import type {
  DesiredState,
  DeviceGroup,
  DeviceReference,
  EsimConfiguration,
  Policy,
  Retirement,
  Selection,
  Selector,
} from '../domain/desired.ts'
import type { Platform, RecordKey } from '../domain/device.ts'
import type { LabelLine, LabelQuery, Reach } from '../domain/reach.ts'
import { differingDocuments } from '../domain/same.ts'
import { retirementGroupKey, type AssignmentMemory } from './assign.ts'
import { MDM_GROUP } from './labels.ts'
import { referenceKey } from './references.ts'

/** A reach that grows; `everybody` once nothing narrower would do. */
type Growing = {
  everybody: boolean
  readonly configurations: Set<string>
  readonly groups: Set<string>
  readonly retirements: Set<string>
  readonly references: Map<string, DeviceReference>
  readonly platforms: Set<Platform>
  readonly labelled: LabelQuery[]
}

/**
 * Whom a new desired state may concern: every device whose assignment or plan could differ from what the one before
 * wanted of it, and as few others as can be told without looking at devices. A group that changed brings its own
 * comers and leavers, so whatever only names a group needs its present members.
 */
export function reachOf(
  before: DesiredState,
  after: DesiredState,
  remembered: AssignmentMemory['retirements'],
): Reach {
  const reach: Growing = {
    everybody: false,
    configurations: new Set(),
    groups: new Set(),
    retirements: new Set(),
    references: new Map(),
    platforms: new Set(),
    labelled: [],
  }
  policyReach(before.policy, after.policy, reach)
  for (const [was, is] of differingDocuments(before.configurations, after.configurations))
    configurationReach(was, is, reach)
  for (const [was, is] of differingDocuments(before.groups, after.groups)) groupReach(was, is, reach)
  for (const [was, is] of differingDocuments(before.retirements, after.retirements))
    retirementReach(was, is, remembered, reach)
  if (reach.everybody) return 'all'
  return {
    configurations: [...reach.configurations],
    groups: [...reach.groups],
    retirements: [...reach.retirements],
    references: [...reach.references.values()],
    platforms: [...reach.platforms],
    labelled: reach.labelled,
  }
}

/** Budgets and proofs are not in any plan; who is declared to be online otherwise is. Everything else is for everybody. */
function policyReach(was: Policy, is: Policy, reach: Growing): void {
  if (rulesText(was) !== rulesText(is)) reach.everybody = true
  if (connectivityText(was) === connectivityText(is)) return
  for (const { groups } of [...was.connectivity, ...is.connectivity])
    for (const group of groups) reach.groups.add(group)
}

function rulesText({ mode, stranding, unknownEsims, freshness, retries }: Policy): string {
  return JSON.stringify([mode, stranding, unknownEsims, freshness, retries])
}

function connectivityText({ connectivity }: Policy): string {
  return JSON.stringify(connectivity.map(({ groups, other }) => [other, groups]))
}

function configurationReach(
  was: EsimConfiguration | undefined,
  is: EsimConfiguration | undefined,
  reach: Growing,
): void {
  const { name } = was ?? is ?? { name: '' }
  if (contentOf(was) !== contentOf(is)) reach.configurations.add(name)
  const [old, now] = [active(was), active(is)]
  if (old === undefined || now === undefined) {
    if (old !== undefined || now !== undefined) targets(old ?? now, reach)
    return
  }
  const sameRank = old.priority === now.priority && old.spec.platform === now.spec.platform
  if (!sameRank || old.distribution.to !== now.distribution.to) {
    targets(old, reach)
    targets(now, reach)
    return
  }
  if (old.distribution.to === 'custom') differing(old.distribution.select, now.distribution.select, reach)
  differing(old.distribution.except, now.distribution.except, reach)
}

/** What a plan takes from a configuration beside whom it goes to. */
function contentOf(of: EsimConfiguration | undefined): string {
  if (of === undefined) return ''
  const { spec, onRemove, mode, redownloads } = of
  const asked = redownloads.map(({ on, to, select, except }) => [on, to, textOf(select), textOf(except)])
  return JSON.stringify([spec, onRemove, mode, asked])
}

function active(of: EsimConfiguration | undefined): EsimConfiguration | undefined {
  return of?.enabled === true && of.distribution.to !== 'none' ? of : undefined
}

function targets(of: EsimConfiguration | undefined, reach: Growing): void {
  if (of === undefined) return
  if (of.distribution.to === 'custom') return whole(of.distribution.select, reach)
  for (const platform of of.spec.platform === 'windows'
    ? (['windows'] as const)
    : (['ios', 'ipados'] as const))
    reach.platforms.add(platform)
}

function groupReach(was: DeviceGroup | undefined, is: DeviceGroup | undefined, reach: Growing): void {
  if (groupText(was) === groupText(is)) return
  const { name } = was ?? is ?? { name: '' }
  if (was !== undefined) reach.groups.add(name)
  const none: readonly DeviceReference[] = []
  differingReferences(was?.devices ?? none, is?.devices ?? none, reach)
  differingReferences(was?.except.devices ?? none, is?.except.devices ?? none, reach)
  const { selector } = is ?? {}
  if (selector === undefined || JSON.stringify(was?.selector) === JSON.stringify(selector)) return
  const query = queryOf(selector)
  if (query === 'all') reach.everybody = true
  else if (query !== undefined) reach.labelled.push(query)
}

/** Lines that every match must carry; `undefined`: nobody matches; `all`: the selector asks for nothing to be there. */
function queryOf({
  mdmGroups,
  matchLabels,
  matchExpressions = [],
}: Selector): LabelQuery | 'all' | undefined {
  const lines: LabelLine[] = []
  if (mdmGroups !== undefined) lines.push({ key: MDM_GROUP, values: mdmGroups })
  for (const [key, value] of Object.entries(matchLabels ?? {})) lines.push({ key, values: [value] })
  for (const { key, operator, values } of matchExpressions) {
    if (operator === 'In') lines.push({ key, values })
    if (operator === 'Exists') lines.push({ key, values: 'any' })
  }
  if (lines.some(({ values }) => values.length === 0)) return undefined
  if (lines.length > 0) return lines
  return matchExpressions.length > 0 ? 'all' : undefined
}

function retirementReach(
  was: Retirement | undefined,
  is: Retirement | undefined,
  remembered: AssignmentMemory['retirements'],
  reach: Growing,
): void {
  if (retirementText(was) === retirementText(is)) return
  for (const each of [was, is]) {
    if (each === undefined) continue
    reach.retirements.add(each.name)
    whole(each.select, reach)
    for (const group of each.select.groups) {
      for (const key of remembered.get(retirementGroupKey(each.name, group))?.members ?? [])
        addReference(recordReference(key, each), reach)
    }
  }
}

/** Who was in a group when it was retired may have left it since. */
function recordReference(key: RecordKey, { place }: Retirement): DeviceReference {
  return { text: key, as: 'id', place }
}

function whole({ groups, devices }: Selection, reach: Growing): void {
  for (const group of groups) reach.groups.add(group)
  for (const reference of devices) addReference(reference, reach)
}

function differing(was: Selection, is: Selection, reach: Growing): void {
  for (const group of was.groups) if (!is.groups.includes(group)) reach.groups.add(group)
  for (const group of is.groups) if (!was.groups.includes(group)) reach.groups.add(group)
  differingReferences(was.devices, is.devices, reach)
}

function differingReferences(
  was: readonly DeviceReference[],
  is: readonly DeviceReference[],
  reach: Growing,
): void {
  const before = new Map(was.map((each) => [referenceKey(each), each]))
  const after = new Map(is.map((each) => [referenceKey(each), each]))
  for (const [key, each] of before) if (!after.has(key)) addReference(each, reach)
  for (const [key, each] of after) if (!before.has(key)) addReference(each, reach)
}

function addReference(reference: DeviceReference, reach: Growing): void {
  reach.references.set(referenceKey(reference), reference)
}

/** What a group says, without where it says it. */
export function groupText(group: DeviceGroup | undefined): string {
  if (group === undefined) return ''
  const { selector, devices, except } = group
  return JSON.stringify([selector ?? null, devices.map(referenceKey), except.devices.map(referenceKey)])
}

function retirementText(of: Retirement | undefined): string {
  return of === undefined ? '' : JSON.stringify([of.finish, of.enrolledBefore ?? null, textOf(of.select)])
}

function textOf({ groups, devices }: Selection): readonly unknown[] {
  return [groups, devices.map(referenceKey)]
}
