import type { DesiredState, EsimConfiguration } from '../../src/domain/desired.ts'
import type { DeviceRecord, Esim, InstalledConfiguration, RecordKey } from '../../src/domain/device.ts'
import { sameFlags, specIdentity } from '../../src/domain/esim.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import type { PlannedStep } from '../../src/domain/plan.ts'
import type { Instant } from '../../src/domain/time.ts'

/*
 * The device side of planning.md section 2, independent of the planner: what each step does, what it needs, and when
 * the goals of section 4 are reached. A record stands for the device and for what is known of it once the step is
 * proven: after a proven reset the list is known empty; after a proven install C's eSIM is listed.
 */

/** A step ran although its precondition did not hold. */
export class Refused extends Error {}

/** The record once the step took effect; throws `Refused` where section 2's precondition does not hold. */
function applyStep(record: DeviceRecord, step: PlannedStep, at: Instant): DeviceRecord {
  switch (step.kind) {
    case 'install':
      return installed(record, step, at)
    case 'update':
      return updated(record, step)
    case 'uninstall':
      return uninstalled(record, step)
    case 'forget':
      return { ...record, installed: entries(record).filter((each) => each !== entryOf(record, step)) }
    case 'reset':
      need(
        isWindows11(record) && record.registration === 'active',
        'a reset needs an active Windows 11 device',
      )
      return { ...record, esims: [], esimsComplete: true, eraseOwed: [] }
    case 'release':
      needEmptied(record)
      return { ...record, released: { retirement: step.retirement ?? '', at } }
    case 'retire':
      needEmptied(record)
      return { ...record, registration: 'retired' }
    case 'delete-record':
      throw new Error('delete-record is a step on the fleet: use applyToFleet')
  }
}

/** The fleet once a step of this device took effect. */
export function applyToFleet(
  records: readonly DeviceRecord[],
  device: RecordKey,
  step: PlannedStep,
  at: Instant,
): DeviceRecord[] {
  if (step.kind !== 'delete-record')
    return records.map((each) => (each.key === device ? applyStep(each, step, at) : each))
  const stale = records.find((each) => each.key === step.record)
  need(
    stale !== undefined && stale.registration !== 'active',
    'only a record that is no longer active may be deleted',
  )
  return records.filter((each) => each.key !== step.record)
}

/** What one device is to become, said without the planner's words. */
export type Aim =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'configuration'
      readonly configuration: EsimConfiguration
      readonly redownload?: Instant
    }
  | { readonly kind: 'retirement'; readonly finish: 'by-hand' | 'in-mdm' }

/** Section 4, "Goals", for a Windows device with a complete list: does `end` fulfil the aim, having begun as `start`? */
export function reaches(start: DeviceRecord, end: DeviceRecord, aim: Aim): boolean {
  const left = entries(end).filter((entry) => entry.managed)
  if (aim.kind === 'retirement') {
    const done = aim.finish === 'by-hand' ? end.released !== undefined : end.registration === 'retired'
    return left.length === 0 && isEmptied(end) && done
  }
  if (aim.kind === 'nothing') return left.length === 0 && !holdsErased(start, end, undefined)
  const { spec } = aim.configuration
  const mine = entries(end).filter((entry) => isFrom(entry.spec, spec) && entry.state !== 'failed')
  const before = entries(start).filter((entry) => isFrom(entry.spec, spec) && entry.state !== 'failed')
  const there = listed(end).some((esim) => isOf(esim, aim.configuration))
  const since = Math.max(...before.flatMap((entry) => entry.installedAt ?? []))
  const fresh = aim.redownload !== undefined && Number.isFinite(since) && aim.redownload > since
  const served =
    !fresh || mine.some((entry) => (entry.installedAt ?? -Infinity) >= (aim.redownload ?? Infinity))
  const owed = before.length > 0 || mine.length > 0
  const current = !owed || mine.some((entry) => sameFlags(entry.spec, spec))
  const others = left.filter((entry) => !isFrom(entry.spec, spec))
  return others.length === 0 && there && served && current && !holdsErased(start, end, aim.configuration)
}

/** Is an eSIM of another configuration still there that was to be erased when the plan was made? */
function holdsErased(start: DeviceRecord, end: DeviceRecord, wanted: EsimConfiguration | undefined): boolean {
  return listed(end).some((esim) => {
    const { source } = esim
    if (source === undefined || (wanted !== undefined && isOf(esim, wanted))) return false
    if (wanted !== undefined && source.configuration === wanted.name) return false
    const entry = entries(start).find((each) => each.managed && specIdentity(each.spec) === source.identity)
    const newest = entry?.onRemove ?? source.onRemove
    return newest === 'erase-all-esims' || start.eraseOwed.includes(source.configuration)
  })
}

function installed(record: DeviceRecord, step: PlannedStep, at: Instant): DeviceRecord {
  const spec = specOf(step)
  const name = step.configuration ?? ''
  const apple = record.platform === 'ios' || record.platform === 'ipados'
  const blocking = listed(record).filter(
    (esim) => esim.source?.identity === specIdentity(spec) || esim.source?.configuration === name,
  )
  need(apple || blocking.length === 0, `an eSIM blocks the install of ${name}`)
  const entry: InstalledConfiguration = {
    configuration: name,
    spec,
    installedAt: Math.max(at, step.redownload ?? at),
    managed: true,
    onRemove: 'keep-esims',
    state: 'installed',
  }
  const esim: Esim = {
    iccid: `downloaded ${specIdentity(spec)}`,
    source: { configuration: name, identity: specIdentity(spec), onRemove: 'keep-esims' },
    enabled: true,
  }
  const kept = listed(record).filter((each) => each.iccid !== esim.iccid)
  const others = entries(record).filter((each) => !isFrom(each.spec, spec) && each.configuration !== name)
  return {
    ...record,
    installed: record.installed === 'unknown' ? 'unknown' : [...others, entry],
    esims: [...kept, esim],
    esimsComplete: record.esims !== 'unknown' && record.esimsComplete,
    provisionedBefore: true,
  }
}

function updated(record: DeviceRecord, step: PlannedStep): DeviceRecord {
  const spec = specOf(step)
  const mine = entries(record).filter((each) => isFrom(each.spec, spec) && each.state === 'installed')
  need(mine.length > 0, `${step.configuration ?? ''} is not installed`)
  return {
    ...record,
    installed: entries(record).map((each) => (isFrom(each.spec, spec) ? { ...each, spec } : each)),
  }
}

function uninstalled(record: DeviceRecord, step: PlannedStep): DeviceRecord {
  const entry = entryOf(record, step)
  need(entry !== undefined, `${step.configuration ?? ''} is not installed`)
  const rest = entries(record).filter((each) => each !== entry)
  const name = step.configuration ?? ''
  const complete = record.esims !== 'unknown' && record.esimsComplete
  const gone = complete && !listed(record).some((esim) => esim.source?.configuration === name)
  // Failed counts as not installed: nothing was downloaded through it.
  const owes =
    entry?.onRemove === 'erase-all-esims' &&
    entry.state !== 'failed' &&
    !gone &&
    !record.eraseOwed.includes(name)
  return {
    ...record,
    installed: rest,
    eraseOwed: owes ? [...record.eraseOwed, name] : record.eraseOwed,
    // What was installed may have downloaded unseen: it is no longer known not to be provisioned.
    provisionedBefore: record.provisionedBefore || (!complete && entry?.state !== 'failed'),
  }
}

function entryOf(record: DeviceRecord, step: PlannedStep): InstalledConfiguration | undefined {
  const spec = specOf(step)
  return entries(record).find((each) => each.configuration === step.configuration && isFrom(each.spec, spec))
}

function specOf(step: PlannedStep): EsimSpec {
  if (step.spec === undefined) throw new Error(`${step.kind} without a spec`)
  return step.spec
}

function entries(record: DeviceRecord): readonly InstalledConfiguration[] {
  return record.installed === 'unknown' ? [] : record.installed
}

function listed(record: DeviceRecord): readonly Esim[] {
  return record.esims === 'unknown' ? [] : record.esims
}

function isFrom(a: EsimSpec, b: EsimSpec): boolean {
  return specIdentity(a) === specIdentity(b)
}

function isOf({ source }: Esim, { name, spec }: EsimConfiguration): boolean {
  if (source === undefined) return false
  return source.identity === undefined
    ? source.configuration === name
    : source.identity === specIdentity(spec)
}

function isWindows11({ platform, osVersion }: DeviceRecord): boolean {
  return platform === 'windows' && Number(/^10\.0\.(\d{5})/.exec(osVersion ?? '')?.[1] ?? 0) >= 22_000
}

/** Nothing is left that needed a reset. What cannot be reset at all is asked nothing. */
function isEmptied(record: DeviceRecord): boolean {
  if (record.platform !== 'windows' || record.euicc === 'none') return true
  const none = listed(record).every((esim) => esim.source === undefined)
  const complete = record.esims !== 'unknown' && record.esimsComplete
  if (complete && listed(record).length === 0) return true
  const bare =
    record.installed !== 'unknown' &&
    !record.installed.some((entry) => entry.state !== 'failed' && entry.managed)
  return none && !record.provisionedBefore && (complete || bare)
}

function needEmptied(record: DeviceRecord): void {
  need(isEmptied(record), 'a needed reset was not proven')
}

function need(holds: boolean, otherwise: string): void {
  if (!holds) throw new Refused(otherwise)
}

/** The aim behind what the desired state assigns; undefined where nobody can tell. */
export function aimOf(
  state: DesiredState,
  wanted: {
    readonly kind: string
    readonly configuration?: string
    readonly redownload?: Instant
    readonly finish?: 'by-hand' | 'in-mdm'
  },
): Aim | undefined {
  if (wanted.kind === 'nothing') return { kind: 'nothing' }
  if (wanted.kind === 'retirement') return { kind: 'retirement', finish: wanted.finish ?? 'by-hand' }
  const found = state.configurations.find(
    (each) => wanted.kind === 'configuration' && each.name === wanted.configuration,
  )
  if (found === undefined) return undefined
  return {
    kind: 'configuration',
    configuration: found,
    ...(wanted.redownload === undefined ? {} : { redownload: wanted.redownload }),
  }
}
