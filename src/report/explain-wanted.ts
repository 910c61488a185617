import type { Assignment, Wanted } from '../domain/assignment.ts'
import type { DeviceReference, EsimConfiguration, Place, Selection } from '../domain/desired.ts'
import type { DeviceRecord } from '../domain/device.ts'
import { specAddress } from '../domain/esim.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { StoredDevice } from '../domain/stored-device.ts'
import { toRfc3339 } from '../domain/time.ts'
import type { ExplainInput } from './explain.ts'
import { brief, visible } from './visible.ts'

/** What is wanted of the device and why, a sentence a line. */
export function wantedLines(input: ExplainInput): readonly string[] {
  const { assignment } = input.device
  if (assignment === undefined) return ['not settled yet: no revision was resolved for this device']
  const { wanted } = assignment
  if (wanted.kind === 'nothing')
    return ['nothing: no configuration or retirement selects it', ...besides(assignment)]
  if (wanted.kind === 'undecided') {
    return [`nobody can tell (${wanted.code}): ${names(wanted.configurations)}; it is left as it is`]
  }
  if (wanted.kind === 'retirement') return [...retirementLines(wanted, input), ...besides(assignment)]
  return [...configurationLines(wanted, assignment, input), ...besides(assignment)]
}

type WantedOf<K extends Wanted['kind']> = Extract<Wanted, { readonly kind: K }>

function retirementLines(wanted: WantedOf<'retirement'>, input: ExplainInput): readonly string[] {
  const document = input.desired?.retirements.find((each) => each.name === wanted.retirement)
  const end = wanted.finish === 'by-hand' ? 'released to a person' : 'retired in the MDM'
  const because = document === undefined ? undefined : selectedBy(document.select, input.device)
  return [
    `retirement ${brief(wanted.retirement, 63)}: proven empty, then ${end}${fileOf(document)}`,
    ...(because === undefined ? [] : [`because ${because}`]),
  ]
}

function configurationLines(
  wanted: WantedOf<'configuration'>,
  assignment: Assignment,
  input: ExplainInput,
): readonly string[] {
  const document = input.desired?.configurations.find((each) => each.name === wanted.configuration)
  const what = document === undefined ? '' : `: ${specText(document.spec)}`
  const because = document === undefined ? undefined : distributionWhy(document, input.device)
  const alone = assignment.outranked.length === 0 ? '; no other configuration selects it' : ''
  return [
    `${brief(wanted.configuration, 63)}${what}${fileOf(document)}`,
    ...(because === undefined ? [] : [`because ${because}${alone}`]),
    ...(wanted.redownload === undefined
      ? []
      : [`a fresh download is asked of eSIMs installed before ${toRfc3339(wanted.redownload)}`]),
  ]
}

/** `smdp.neo.example, enable after download` */
export function specText(spec: EsimSpec): string {
  const address = brief(specAddress(spec), 80)
  if (spec.platform === 'ios') return address
  return `${address}, ${spec.autoEnable ? 'enable after download' : 'left off after download'}${spec.isDiscoveryServer ? ', discovery server' : ''}`
}

function fileOf(document: { readonly place: Place } | undefined): string {
  return document === undefined ? '' : `   ${visible(document.place.file)}`
}

function names(texts: readonly string[]): string {
  return texts.map((text) => brief(text, 63)).join(', ')
}

function distributionWhy(document: EsimConfiguration, device: StoredDevice): string | undefined {
  const { distribution, places } = document
  if (distribution.to !== 'all') return selectedBy(distribution.select, device)
  const line = places['spec.distribution.to']?.line ?? places['spec.distribution']?.line
  return `distribution.to is all${line === undefined ? '' : ` (line ${line})`}`
}

function selectedBy(select: Selection, { record, assignment }: StoredDevice): string | undefined {
  const named = select.devices.find((reference) => fits(reference, record))
  if (named !== undefined) {
    return `it is named by ${brief(named.text, 60)} (${visible(named.place.file)}:${named.place.line})`
  }
  const shared = select.groups.filter((group) => assignment?.groups.includes(group) === true)
  if (shared.length === 0) return undefined
  return `it is in ${shared.length === 1 ? 'group' : 'groups'} ${names(shared)}`
}

function fits({ text, as }: DeviceReference, record: DeviceRecord): boolean {
  const same = (value: string | undefined): boolean => value?.toLowerCase() === text.toLowerCase()
  const kinds = { serial: record.serialNumber, eid: record.eid, id: record.id }
  return as === undefined ? Object.values(kinds).some(same) : same(kinds[as])
}

function besides({ outranked, otherPlatform, returned }: Assignment): readonly string[] {
  return [
    ...(outranked.length === 0 ? [] : [`outranked by priority: ${names(outranked)}`]),
    ...(otherPlatform.length === 0 ? [] : [`named, but for another platform: ${names(otherPlatform)}`]),
    ...(returned === undefined
      ? []
      : [`retirement ${brief(returned, 63)} is not for this enrolment: it enrolled again since`]),
  ]
}
