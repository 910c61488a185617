import { createHash } from 'node:crypto'
import type { DeviceRecord, Esim } from '../domain/device.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { PlannedStep, StepId } from '../domain/plan.ts'
import { compareText } from '../domain/text.ts'

/** What a step's id is made of beside its device. */
export type StepEvidence = Pick<
  PlannedStep,
  'kind' | 'configuration' | 'spec' | 'record' | 'retirement' | 'redownload'
> & {
  /** Why: the causes of a reset. */
  readonly causes?: readonly string[]
  /** The eSIMs the decision rests on. */
  readonly esims?: readonly Esim[] | 'unknown'
  readonly esimsComplete?: boolean
}

/**
 * The id of a step: device and enrolment, kind, spec, redownload served, cause, and the evidence the decision used. It
 * is the same in every plan made from the same evidence, and stays the same while earlier steps of its device take
 * effect: so an approval outlives them, and drops out when what it was given for has changed (planning.md section 7).
 */
export function stepId(device: DeviceRecord, evidence: StepEvidence): StepId {
  const { kind, configuration, spec, record, retirement, redownload, causes, esims, esimsComplete } = evidence
  const listed = esims === undefined || esims === 'unknown' ? esims : esims.map(esimText).sort(compareText)
  return digest([
    device.key,
    device.enrolledAt ?? null,
    kind,
    configuration ?? null,
    spec === undefined ? null : specText(spec),
    record ?? null,
    retirement ?? null,
    redownload ?? null,
    causes ?? null,
    listed ?? null,
    esimsComplete ?? null,
  ]).slice(0, 20) as StepId
}

function specText(spec: EsimSpec): readonly unknown[] {
  return spec.platform === 'windows'
    ? [spec.serverName, spec.isDiscoveryServer, spec.autoEnable]
    : [spec.carrierUrl]
}

function esimText(esim: Esim): string {
  return `${esim.iccid} ${esim.source?.identity ?? esim.source?.configuration ?? 'foreign'}`
}

/** Hex SHA-256 of the JSON of `value`. */
export function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex')
}
