import type { AdoptedChange, Adopting, NotAdopted } from '../desired/adopting.ts'
import type { DesiredState } from '../domain/desired.ts'
import type { RecordKey } from '../domain/device.ts'
import { specAddress, specIdentity, type EsimSpec } from '../domain/esim.ts'
import { counted } from '../report/numbers.ts'
import type { Paint } from '../report/paint.ts'
import { brief } from '../report/visible.ts'
import { unifiedDiff } from './adopt-diff.ts'
import type { Objection } from './adopt-proof.ts'

/** What is shown of one adoption. */
export type AdoptionShown = {
  readonly adopting: Adopting
  readonly desired: DesiredState
  /** In front of paths: where the desired state is in its repository. */
  readonly prefix: string
  readonly nameOf: (device: RecordKey) => string
}

const EXAMPLES = 5

/** The devices that would be written into the repository one by one. */
export function namedDevices({ changes }: Adopting): readonly RecordKey[] {
  return [...new Set(changes.filter(({ names }) => names).flatMap(({ devices }) => devices))]
}

/** One thing that changes, in a sentence without a device in it. */
export function changeText(
  { kind, configuration, instead, to, group, devices }: AdoptedChange,
  desired: DesiredState,
): string {
  const many = counted(devices.length, 'device')
  const before = desired.configurations.find(({ name }) => name === instead)?.spec
  switch (kind) {
    case 'except':
      return `${configuration}: ${many} that ${devices.length === 1 ? 'does' : 'do'} not have it any more ${devices.length === 1 ? 'is' : 'are'} excepted`
    case 'spec':
      return `${configuration}: ${differences(before, to)}, as all ${many} that want it have`
    case 'document': {
      const whom = group === undefined ? many : `group ${group}, ${many}`
      return `${configuration}: new, for ${whom}, instead of ${instead}: ${differences(before, to)}`
    }
  }
}

function differences(before: EsimSpec | undefined, to: EsimSpec | undefined): string {
  if (before === undefined || to === undefined) return 'as they have'
  const found: string[] = []
  if (specIdentity(before) !== specIdentity(to))
    found.push(`${brief(specAddress(before), 80)} becomes ${brief(specAddress(to), 80)}`)
  if (before.platform === 'windows' && to.platform === 'windows') {
    for (const key of ['isDiscoveryServer', 'autoEnable'] as const)
      if (before[key] !== to[key]) found.push(`${key} becomes ${to[key]}`)
  }
  return found.join(', ')
}

/** What is adopted and what is not, for a person. */
export function adoptionText(shown: AdoptionShown, paint: Paint): string {
  const { adopting, desired, prefix } = shown
  const lines = adopting.changes.map(
    (change) =>
      `${paint.green('adopt')}  ${changeText(change, desired)}\n       ${brief(prefix + change.file, 200)}\n`,
  )
  return lines.join('') + adopting.notAdopted.map((each) => notAdoptedText(shown, each, paint)).join('')
}

function notAdoptedText(
  { nameOf }: AdoptionShown,
  { devices, configuration, why, hint }: NotAdopted,
  paint: Paint,
): string {
  const names = devices.slice(0, EXAMPLES).map((device) => brief(nameOf(device), 40))
  const more = devices.length > names.length ? `, and ${devices.length - names.length} more` : ''
  const of = configuration === undefined ? '' : ` of ${configuration}`
  const subject = `${counted(devices.length, 'device')}${of} (${names.join(', ')}${more})`
  return `${paint.yellow('not')}    ${subject}: ${brief(why, 300)}\n       ${brief(hint, 200)}\n`
}

/** Why nothing is proposed although it could be written. */
export function objectionsText(
  { nameOf }: Pick<AdoptionShown, 'nameOf'>,
  objections: readonly Objection[],
  adopted: ReadonlySet<RecordKey>,
): string {
  const lines = objections.slice(0, EXAMPLES).map(({ device, why }) => {
    const which = adopted.has(device) ? '' : ' (not one of those to adopt)'
    return `  ${brief(nameOf(device), 40)}${which}: ${brief(why, 300)}\n`
  })
  const more = objections.length - lines.length
  const rest = more > 0 ? `  and ${more} more\n` : ''
  return `Nothing was adopted: planned with the changed desired state, ${counted(objections.length, 'device')} would not be left alone.\n${lines.join('')}${rest}`
}

export function diffOf({ files }: Adopting, prefix: string): string {
  return [...files].map(([path, { before, after }]) => unifiedDiff(prefix + path, before, after)).join('')
}

/** The result for a program. */
export function adoptionJson(
  { adopting, desired, prefix }: AdoptionShown,
  more: {
    readonly revision: string
    readonly branch?: string
    readonly pullRequest?: { readonly number: number; readonly url: string }
    readonly objections: readonly Objection[]
  },
) {
  return {
    apiVersion: 'simplane/v1',
    kind: 'DriftAdoption',
    revision: more.revision,
    branch: more.branch ?? null,
    pullRequest: more.pullRequest ?? null,
    changes: adopting.changes.map((change) => ({
      kind: change.kind,
      configuration: change.configuration,
      instead: change.instead,
      group: change.group ?? null,
      file: prefix + change.file,
      summary: changeText(change, desired),
      devices: change.devices,
      namesDevices: change.names,
    })),
    objections: more.objections,
    notAdopted: adopting.notAdopted.map((each) => ({ ...each, configuration: each.configuration ?? null })),
    diff: diffOf(adopting, prefix),
  }
}
