import type { DesiredState, EsimConfiguration } from '../domain/desired.ts'
import type { RecordKey } from '../domain/device.ts'
import { specAddress, type EsimSpec } from '../domain/esim.ts'
import type { SourceFile } from '../domain/source.ts'
import { compareText, sortedUnique } from '../domain/text.ts'
import { expectedOf, saysWhatIsMeant } from './adopting-check.ts'
import { newDocument, type For } from './adopting-document.ts'
import { withExcepted, withSpec } from './adopting-edits.ts'

/** A device whose drift may become the desired state, and what it was seen to have. */
export type DriftedDevice = {
  readonly device: RecordKey
  /** As it is named in a document: `serial:5CG40007`. */
  readonly reference: string
  /** The configuration that git wants there. */
  readonly configuration: string
  readonly has: EsimSpec | 'nothing'
}

export type AdoptingQuestion = {
  /** The files of the revision that `desired` was read from. */
  readonly files: readonly SourceFile[]
  readonly ignore: readonly string[]
  readonly desired: DesiredState
  readonly drifted: readonly DriftedDevice[]
  /** By configuration: every device that wants it and can have it. */
  readonly wanting: ReadonlyMap<string, ReadonlySet<RecordKey>>
  /** By platform and group: its members that can have a configuration of that platform. */
  readonly members: Readonly<Record<EsimSpec['platform'], ReadonlyMap<string, ReadonlySet<RecordKey>>>>
  /** The devices were named one by one. */
  readonly named: boolean
  /** The group that was asked for. */
  readonly group?: string
}

/** One thing that the desired state says differently from now on. */
export type AdoptedChange = {
  /** `spec`: a configuration in place; `document`: a new one; `except`: devices that it excepts. */
  readonly kind: 'spec' | 'document' | 'except'
  /** The one that is changed, or made. */
  readonly configuration: string
  /** The one that git wanted of these devices. */
  readonly instead: string
  readonly to?: EsimSpec
  readonly group?: string
  readonly file: string
  readonly devices: readonly RecordKey[]
  /** They are written into the file one by one. */
  readonly names: boolean
}

/** Why drift stays drift, and what a person can do. */
export type NotAdopted = {
  readonly devices: readonly RecordKey[]
  readonly configuration?: string
  readonly why: string
  readonly hint: string
}

export type Adopting = {
  readonly changes: readonly AdoptedChange[]
  /** The files that become others, by path below the source path. */
  readonly files: ReadonlyMap<string, { readonly before?: string; readonly after: string }>
  readonly notAdopted: readonly NotAdopted[]
}

const BY_HAND = 'Change the file by hand, or let the desired state stand: simplane plan shows what follows.'

/**
 * The smallest change of the documents after which they say what these devices have: a configuration in place when all
 * who want it have the same, a new one for a group or named devices, or an exception for those that have nothing. What
 * is not certain is not adopted.
 */
export function adoptDrift(question: AdoptingQuestion): Adopting {
  const work = openWork(question)
  for (const name of sortedUnique(question.drifted.map(({ configuration }) => configuration))) {
    const configuration = question.desired.configurations.find((each) => each.name === name)
    if (configuration === undefined) continue
    const drifted = question.drifted.filter((each) => each.configuration === name)
    adoptOf(work, configuration, drifted)
  }
  const { changes, notAdopted } = work
  const files = new Map(
    [...work.texts].map(([path, after]) => {
      const before = work.originals.get(path)
      return [path, before === undefined ? { after } : { before, after }]
    }),
  )
  if (changes.length === 0 || saysWhatIsMeant(question, files, work.expected))
    return { changes, files, notAdopted }
  // Written by rules, read by others: where the two disagree nothing is proposed.
  const why = 'the changed documents would not say what is meant, and nothing else'
  const devices = sortedUnique(changes.flatMap((change) => change.devices))
  return { changes: [], files: new Map(), notAdopted: [...notAdopted, { devices, why, hint: BY_HAND }] }
}

type Work = {
  readonly question: AdoptingQuestion
  readonly originals: ReadonlyMap<string, string>
  readonly texts: Map<string, string>
  readonly changes: AdoptedChange[]
  readonly notAdopted: NotAdopted[]
  expected: DesiredState
}

function openWork(question: AdoptingQuestion): Work {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const wanted = new Set(question.desired.configurations.map(({ place }) => place.file))
  const files = question.files.filter(({ path }) => wanted.has(path))
  const originals = new Map(files.map(({ path, bytes }) => [path, decoder.decode(bytes)]))
  const { desired: expected } = question
  return { question, originals, texts: new Map(), changes: [], notAdopted: [], expected }
}

function adoptOf(work: Work, configuration: EsimConfiguration, drifted: readonly DriftedDevice[]): void {
  const removed = drifted.filter(({ has }) => has === 'nothing')
  const excepted = removed.length > 0 && except(work, configuration, removed)
  const gone = new Set(excepted ? removed.map(({ device }) => device) : [])
  const rest = [...(work.question.wanting.get(configuration.name) ?? [])].filter((key) => !gone.has(key))
  const specs = bySpec(drifted)
  for (const alike of specs) {
    if (isExactly(keysOf(alike.devices), rest)) inPlace(work, configuration, alike)
    else beside(work, configuration, alike, { of: rest.length, specs: specs.length })
  }
}

type Alike = { readonly spec: EsimSpec; readonly devices: readonly DriftedDevice[] }

function bySpec(drifted: readonly DriftedDevice[]): readonly Alike[] {
  const found = new Map<string, { spec: EsimSpec; devices: DriftedDevice[] }>()
  for (const each of drifted) {
    if (each.has === 'nothing') continue
    const key = JSON.stringify(Object.entries(each.has).sort(([a], [b]) => compareText(a, b)))
    const alike = found.get(key) ?? { spec: each.has, devices: [] }
    found.set(key, alike)
    alike.devices.push(each)
  }
  return [...found].sort(([a], [b]) => compareText(a, b)).map(([, alike]) => alike)
}

function except(work: Work, configuration: EsimConfiguration, removed: readonly DriftedDevice[]): boolean {
  const { name, place } = configuration
  const references = sortedUnique(removed.map(({ reference }) => reference))
  const text = withExcepted(writtenIn(work, place.file), name, references)
  if (text === undefined) {
    refuse(
      work,
      name,
      removed,
      `the exceptions of ${name} are not written so that they can be added to`,
      BY_HAND,
    )
    return false
  }
  work.texts.set(place.file, text)
  work.expected = expectedOf(work.expected, { kind: 'except', name, references })
  work.changes.push({
    kind: 'except',
    configuration: name,
    instead: name,
    file: place.file,
    devices: keysOf(removed),
    names: true,
  })
  return true
}

function inPlace(work: Work, configuration: EsimConfiguration, { spec, devices }: Alike): void {
  const { name, place } = configuration
  const text = withSpec(writtenIn(work, place.file), name, spec)
  if (text === undefined) {
    refuse(work, name, devices, `${name} is not written so that its values can be changed in place`, BY_HAND)
    return
  }
  work.texts.set(place.file, text)
  work.expected = expectedOf(work.expected, { kind: 'spec', name, spec })
  work.changes.push({
    kind: 'spec',
    configuration: name,
    instead: name,
    to: spec,
    file: place.file,
    devices: keysOf(devices),
    names: false,
  })
}

function beside(
  work: Work,
  configuration: EsimConfiguration,
  { spec, devices }: Alike,
  among: { readonly of: number; readonly specs: number },
): void {
  const { question } = work
  const whom = whomFor(question, { spec, devices }, among)
  if ('why' in whom) {
    refuse(work, configuration.name, devices, whom.why, whom.hint)
    return
  }
  if (configuration.priority === 0) {
    const why = `${configuration.name} has priority 0, and nothing can win over it`
    refuse(work, configuration.name, devices, why, 'Give it a higher number first.')
    return
  }
  const { file } = configuration.place
  const made = newDocument(spec, configuration, whom, {
    desired: work.expected,
    paths: [...question.files.map(({ path }) => path), ...work.texts.keys()],
    head: /^# yaml-language-server: [\x20-\x7e]*/.exec(work.originals.get(file) ?? '')?.[0],
  })
  work.texts.set(made.path, made.text)
  work.expected = expectedOf(work.expected, {
    kind: 'document',
    name: made.name,
    spec,
    like: configuration,
    whom,
  })
  work.changes.push({
    kind: 'document',
    configuration: made.name,
    instead: configuration.name,
    to: spec,
    ...('group' in whom ? { group: whom.group } : {}),
    file: made.path,
    devices: keysOf(devices),
    names: 'devices' in whom,
  })
}

/** A group that holds exactly them, or they themselves when they were named; else why neither. */
function whomFor(
  question: AdoptingQuestion,
  { spec, devices }: Alike,
  { of, specs }: { readonly of: number; readonly specs: number },
): For | { readonly why: string; readonly hint: string } {
  const keys = keysOf(devices)
  const fitting = [...question.members[spec.platform]]
    .filter(([, members]) => isExactly(keys, [...members]))
    .map(([group]) => group)
    .sort(compareText)
  const [group] = fitting
  if (question.group !== undefined && fitting.includes(question.group)) return { group: question.group }
  if (group !== undefined && fitting.length === 1 && !question.named) return { group }
  const has = `${devices.length} of ${of} that want ${devices[0]?.configuration ?? ''} have ${specAddress(spec)}`
  if (question.named && specs === 1)
    return { devices: sortedUnique(devices.map(({ reference }) => reference)) }
  if (question.named) {
    const why = `the devices that were named have ${specs} different specs`
    return { why, hint: 'Name those that have the same, one call for each.' }
  }
  if (group !== undefined) {
    const why = `${has}, and several groups hold exactly these: ${fitting.join(', ')}`
    return { why, hint: 'Say which is meant with --group.' }
  }
  return {
    why: `${has}, and no group holds exactly these`,
    hint: 'Name them with --device, or make a DeviceGroup of them first.',
  }
}

function writtenIn({ texts, originals }: Work, path: string) {
  return { path, text: texts.get(path) ?? originals.get(path) ?? '' }
}

function refuse(
  work: Work,
  configuration: string,
  devices: readonly DriftedDevice[],
  why: string,
  hint: string,
): void {
  work.notAdopted.push({ devices: keysOf(devices), configuration, why, hint })
}

function keysOf(devices: readonly DriftedDevice[]): readonly RecordKey[] {
  return sortedUnique(devices.map(({ device }) => device))
}

function isExactly(some: readonly RecordKey[], others: readonly RecordKey[]): boolean {
  const known = new Set(others)
  return some.length === known.size && some.every((each) => known.has(each))
}
