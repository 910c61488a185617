import { hash } from 'node:crypto'
import type { DeviceRecord, Esim } from '../domain/device.ts'
import type { EsimSpec } from '../domain/esim.ts'
import type { PlannedStep, StepId } from '../domain/plan.ts'
import { compareText } from '../domain/text.ts'

/** What a step does and to what: beside its device, what its id is made of. */
export type StepSubject = Pick<
  PlannedStep,
  'kind' | 'configuration' | 'spec' | 'record' | 'retirement' | 'redownload' | 'causes'
>

/** What of a device its step ids are made of; its eSIMs only for a reset. */
export type Identified = Pick<DeviceRecord, 'key' | 'enrolledAt'> &
  Partial<Pick<DeviceRecord, 'esims' | 'esimsComplete'>>

/**
 * The id of a step: device and enrolment, kind, spec, redownload served, cause, and the evidence the decision used (of a
 * reset the eSIMs that it would erase). It is the same in every plan made from the same evidence, and stays the same
 * while earlier steps of its device take effect: so an approval outlives them, and drops out when what it was given for
 * has changed (planning.md section 7).
 */
export function stepId(device: Identified, subject: StepSubject): StepId {
  const { kind, configuration, spec, record, retirement, redownload, causes } = subject
  const { esims, esimsComplete } = kind === 'reset' ? device : NO_EVIDENCE
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

const NO_EVIDENCE: Pick<Identified, 'esims' | 'esimsComplete'> = {}

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
  return hash('sha256', JSON.stringify(value), 'hex')
}
