import type { EsimConfiguration } from '../domain/desired.ts'
import type { DeviceRecord, Esim, InstalledConfiguration } from '../domain/device.ts'
import { specIdentity, type EsimSpec } from '../domain/esim.ts'
import type { PlannedStep } from '../domain/plan.ts'
import type { Instant } from '../domain/time.ts'

/** What is remembered of a device once a step of it is proven. */
export function afterProof(
  record: DeviceRecord,
  step: PlannedStep,
  issuedAt: Instant,
  now: Instant,
): DeviceRecord {
  switch (step.kind) {
    case 'install':
      return afterInstall(record, step, Math.max(issuedAt, step.redownload ?? issuedAt))
    case 'uninstall':
      return afterUninstall(record, step)
    case 'forget':
      return { ...record, installed: without(record, step) }
    case 'reset':
      // Where no list can show it, the proof itself is what is known of the eUICC.
      return isComplete(record)
        ? { ...record, eraseOwed: [] }
        : { ...record, eraseOwed: [], esims: [], esimsComplete: true, esimsObservedAt: now }
    case 'release':
      return { ...record, released: { retirement: step.retirement ?? '', at: now } }
    case 'retire':
    case 'update':
    case 'delete-record':
      return record
  }
}

function afterInstall(record: DeviceRecord, step: PlannedStep, installedAt: Instant): DeviceRecord {
  const { configuration = '', spec } = step
  if (spec === undefined) return record
  const identity = specIdentity(spec)
  const known = record.installed === 'unknown' ? [] : record.installed
  const entry: InstalledConfiguration = {
    configuration,
    spec,
    installedAt,
    managed: true,
    onRemove: 'keep-esims',
    state: 'installed',
  }
  const others = known.filter(
    (each) => specIdentity(each.spec) !== identity && each.configuration !== configuration,
  )
  // Proven without being seen, the eSIM is there and not listed: the list is not complete any more.
  const seen = record.esims !== 'unknown' && record.esims.some((esim) => esim.source?.identity === identity)
  return {
    ...record,
    esimsComplete: record.esimsComplete && seen,
    installed: [...others, { ...known.find((each) => specIdentity(each.spec) === identity), ...entry }],
    provisionedBefore: true,
    eraseOwed: record.eraseOwed.filter((name) => name !== configuration),
  }
}

function without(record: DeviceRecord, step: PlannedStep): DeviceRecord['installed'] {
  if (record.installed === 'unknown') return 'unknown'
  return record.installed.filter((entry) => !isSame(entry, step.configuration, step.spec))
}

function isSame(
  entry: InstalledConfiguration,
  configuration: string | undefined,
  spec: EsimSpec | undefined,
): boolean {
  return spec === undefined
    ? entry.configuration === configuration
    : specIdentity(entry.spec) === specIdentity(spec)
}

/** What was installed may have downloaded: where the list cannot show it, "never provisioned" is no longer known. */
function afterUninstall(record: DeviceRecord, step: PlannedStep): DeviceRecord {
  return {
    ...record,
    installed: without(record, step),
    eraseOwed: owedAfter(record, step),
    provisionedBefore: record.provisionedBefore || (step.onRemove !== undefined && !isComplete(record)),
  }
}

function isComplete(record: DeviceRecord): boolean {
  return record.esims !== 'unknown' && record.esimsComplete
}

/** Taken off, an erase configuration owes its erasure until a reset is proven, or a complete list shows no eSIM of it. */
function owedAfter(record: DeviceRecord, step: PlannedStep): readonly string[] {
  const { configuration } = step
  if (
    configuration === undefined ||
    step.onRemove !== 'erase-all-esims' ||
    record.eraseOwed.includes(configuration)
  )
    return record.eraseOwed
  const { esims, esimsComplete } = record
  const gone =
    esims !== 'unknown' &&
    esimsComplete &&
    !esims.some((esim) => esim.source?.configuration === configuration)
  return !gone ? [...record.eraseOwed, configuration] : record.eraseOwed
}

/**
 * The newest applied `onRemove`, `mode` and name of a configuration are remembered on the device while it is wanted
 * there: its document may be gone when it leaves (planning.md section 3, "What is remembered"). The same record when
 * nothing differs.
 */
export function withApplied(record: DeviceRecord, wanted: EsimConfiguration): DeviceRecord {
  const identity = specIdentity(wanted.spec)
  const { name, onRemove, mode } = wanted
  const differs = (of: { configuration: string; onRemove: string; mode?: string }): boolean =>
    of.configuration !== name || of.onRemove !== onRemove || of.mode !== mode
  const entries = record.installed === 'unknown' ? [] : record.installed
  const esims = record.esims === 'unknown' ? [] : record.esims
  const entryDiffers = entries.some(
    (each) => specIdentity(each.spec) === identity && (differs(each) || !each.managed),
  )
  const esimDiffers = esims.some((each) => each.source?.identity === identity && differs(each.source))
  if (!entryDiffers && !esimDiffers) return record
  return {
    ...record,
    ...(record.installed === 'unknown'
      ? {}
      : {
          installed: entries.map((each) =>
            specIdentity(each.spec) === identity
              ? { ...each, configuration: name, onRemove, mode, managed: true }
              : each,
          ),
        }),
    ...(record.esims === 'unknown'
      ? {}
      : { esims: esims.map((each) => appliedSource(each, identity, wanted)) }),
  }
}

function appliedSource(esim: Esim, identity: string, { name, onRemove, mode }: EsimConfiguration): Esim {
  if (esim.source === undefined || esim.source.identity !== identity) return esim
  return { ...esim, source: { ...esim.source, configuration: name, onRemove, mode } }
}

/** "Already downloaded" from an install is knowledge: an eSIM of C is there, and the list is not all (planning.md section 5). */
export function alreadyDownloaded(record: DeviceRecord, step: PlannedStep): DeviceRecord {
  const { spec, configuration = '' } = step
  if (spec === undefined) return record
  const identity = specIdentity(spec)
  const listed = record.esims === 'unknown' ? [] : record.esims
  const known = listed.some(
    (esim) => esim.source?.identity === identity || esim.source?.configuration === configuration,
  )
  if (known) return record
  const esim: Esim = { iccid: 'unknown', source: { configuration, identity, onRemove: 'keep-esims' } }
  return { ...record, esims: [...listed, esim], esimsComplete: false }
}
