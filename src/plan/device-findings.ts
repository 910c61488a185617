import type { Assignment, Wanted } from '../domain/assignment.ts'
import { isApple, type DeviceRecord, type Esim } from '../domain/device.ts'
import { specAddress } from '../domain/esim.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { Decision } from './decide.ts'
import { isPresent, keptEsims } from './view.ts'

/** What its other records and its identity say. */
export function hardwareFindings(hardware: Hardware): Finding[] {
  const { steering, duplicates, ambiguous, masked, pending } = hardware
  const device = steering.key
  const findings: Finding[] = duplicates.map((record) => ({
    code: 'duplicate-active',
    severity: 'warning',
    message: `${record.key} is a second active record of the same device; ${device} steers, the other gets no step`,
    rule: 'S27',
    device: record.key,
    hint: 'delete the record that is not in use',
  }))
  if (ambiguous !== undefined) {
    const hint = 'settle in the MDM which record belongs to the device'
    findings.push({
      code: 'stale-record-ambiguous',
      severity: 'warning',
      message: `${ambiguous}; nothing is planned for it`,
      rule: 'S27',
      device,
      hint,
    })
  }
  if (masked !== undefined) {
    const message = `its ${masked} is masked or shared and identifies nobody: former records of this device cannot be found`
    findings.push({
      code: 'identity-masked',
      severity: 'info',
      message,
      rule: 'S27',
      device,
      hint: 'let the MDM user of simplane see identities in clear',
    })
  }
  for (const record of pending) {
    const message = `${record.key}, an earlier record of the same device, is ${record.registration}; an install waits until it is gone`
    findings.push({ code: 'registration-frozen', severity: 'warning', message, rule: 'S31', device })
  }
  return findings
}

/** What its place in the desired state says. */
export function wantedFindings(device: DeviceRecord, assignment: Assignment): Finding[] {
  const findings: Finding[] = assignment.outranked.map((configuration) => ({
    code: 'outranked',
    severity: 'info',
    message: `${configuration} selects it too, with a higher priority number`,
    rule: 'S30',
    device: device.key,
    configuration,
  }))
  for (const configuration of assignment.otherPlatform) {
    const message = `${configuration} names it, but is for another platform than ${device.platform}`
    findings.push({
      code: 'ineligible-platform',
      severity: 'info',
      message,
      rule: 'S3',
      device: device.key,
      configuration,
    })
  }
  if (assignment.returned !== undefined) {
    const message = `it enrolled again, or joined a group, after retirement ${assignment.returned} was first applied: it is not retired`
    const hint = 'to retire it now, write a new Retirement; else take it out of the list'
    findings.push({ code: 'retired-device-returned', severity: 'warning', message, device: device.key, hint })
  }
  if (assignment.wanted.kind === 'retirement' && device.platform === 'other' && assignment.wanted.named) {
    const message = `retirement ${assignment.wanted.retirement} names it, but its platform has no eSIM configuration`
    findings.push({ code: 'ineligible-platform', severity: 'info', message, rule: 'S2', device: device.key })
  }
  return findings
}

export function undecidedFinding(device: DeviceRecord, wanted: Wanted & { kind: 'undecided' }): Finding {
  if (wanted.code === 'ambiguous-device') {
    const message = 'a reference names this and another device; nothing is planned for either'
    return {
      code: 'ambiguous-device',
      severity: 'error',
      message,
      device: device.key,
      hint: 'write serial:, eid: or id: in front of the reference',
    }
  }
  const message = `${wanted.configurations.join(' and ')} select it with the same priority; nothing is planned until one wins`
  const hint = 'give one of them a lower priority number'
  return { code: 'priority-tie', severity: 'warning', message, rule: 'S30', device: device.key, hint }
}

/** A device that is leaving or gone: is an eSIM of ours going with it (S17, S25)? */
export function leavingFindings(device: DeviceRecord, assignment: Assignment, gone: boolean): Finding[] {
  const findings: Finding[] = []
  const state = gone ? 'gone from the inventory' : device.registration
  if (assignment.wanted.kind === 'configuration') {
    const { configuration } = assignment.wanted
    const message = `${configuration} is wanted, but the record is ${state}: no step while it is`
    findings.push({
      code: 'registration-frozen',
      severity: 'info',
      message,
      rule: 'S31',
      device: device.key,
      configuration,
    })
  }
  const left = oursLeft(device)
  if (left === undefined) return findings
  const severity = device.registration === 'wiped' ? 'warning' : 'error'
  const message = `the record is ${state} and no eSIM reset was proven: ${left}`
  const hint = 'have the carrier suspend the line; nothing can erase it from here any more'
  findings.push({ code: 'retire-before-reset', severity, message, rule: 'S17', device: device.key, hint })
  return findings
}

/** What of ours is or may be on the eUICC; `undefined`: nothing. */
function oursLeft(device: DeviceRecord): string | undefined {
  if (device.platform === 'other' || device.euicc === 'none') return undefined
  const listed = device.esims === 'unknown' ? [] : device.esims
  const ours = listed.filter((esim) => esim.source !== undefined)
  if (ours.length > 0) return `last known there: ${iccids(ours)}`
  if (device.esims !== 'unknown' && device.esimsComplete) return undefined
  // A release was recorded only once the eUICC was proven empty.
  if (device.released !== undefined && (device.enrolledAt ?? -Infinity) <= device.released.at)
    return undefined
  return device.provisionedBefore
    ? 'what its eUICC holds is not known, and it was provisioned before'
    : undefined
}

/** What the decision leaves as it is. */
export function decisionFindings(device: DeviceRecord, decision: Decision): Finding[] {
  return [...unmanaged(device, decision), ...onEsims(device, decision), ...impossible(device, decision)]
}

function unmanaged(device: DeviceRecord, { view }: Decision): Finding[] {
  return [...view.oldC, ...view.others]
    .filter((entry) => !entry.managed)
    .map(({ configuration, spec }) => ({
      code: 'unmanaged-configuration',
      severity: 'info',
      message: `${configuration} (${specAddress(spec)}) was put there by somebody else; simplane leaves it alone`,
      device: device.key,
      configuration,
      hint: 'take it off in the console, or want it here to adopt it',
    }))
}

function onEsims(device: DeviceRecord, decision: Decision): Finding[] {
  if (isApple(device.platform)) return onAppleEsims(device, decision)
  const { goal, view, reset } = decision
  const findings: Finding[] = []
  if (goal.kind === 'configuration') {
    const { name, spec } = goal.configuration
    findings.push(...adopted(device, decision))
    const off = view.cEsims.length > 0 && view.cEsims.every((esim) => esim.enabled === false)
    if (reset === undefined && spec.platform === 'windows' && spec.autoEnable && off) {
      const message = `the eSIM of ${name} (${iccids(view.cEsims)}) is there but switched off; simplane never erases it for that`
      findings.push({
        code: 'esim-disabled',
        severity: 'warning',
        message,
        rule: 'S6',
        device: device.key,
        configuration: name,
        hint: 'switch it on in Settings',
      })
    }
  }
  if (goal.kind === 'retirement') {
    if (reset === undefined && view.foreignEsims.length > 0) {
      const message = `it holds ${iccids(view.foreignEsims)}, which did not come from simplane, and goes with it`
      findings.push({ code: 'foreign-esim', severity: 'warning', message, rule: 'S17', device: device.key })
    }
    return findings
  }
  return reset === undefined ? [...findings, ...residual(device, decision)] : findings
}

function adopted(device: DeviceRecord, { goal, view, install }: Decision): Finding[] {
  if (
    goal.kind !== 'configuration' ||
    install !== undefined ||
    view.c.some(isPresent) ||
    view.cEsims.length === 0
  )
    return []
  if (!view.installedKnown) return []
  const { name } = goal.configuration
  const message = `the eSIM of ${name} is there although the configuration is not: it is taken as it is, nothing is pushed`
  return [
    { code: 'esim-adopted', severity: 'info', message, rule: 'S15', device: device.key, configuration: name },
  ]
}

function residual(device: DeviceRecord, { view }: Decision): Finding[] {
  const staying = [...keptEsims(view, device), ...view.earlierEsims]
  const names = new Map<string, Esim[]>()
  for (const esim of staying) {
    const name = esim.source?.configuration ?? ''
    names.set(name, [...(names.get(name) ?? []), esim])
  }
  return [...names].map(([configuration, esims]) => ({
    code: 'residual-esim',
    severity: 'warning',
    message: `the eSIM of ${configuration} (${iccids(esims)}) stays on the device, active and billed`,
    rule: 'S18',
    device: device.key,
    configuration,
    hint: 'end the line with the carrier; onRemove: erase-all-esims erases every eSIM next time',
  }))
}

/** iOS has no eSIM removal (S33): wherever one is left behind it may stay. */
function onAppleEsims(device: DeviceRecord, decision: Decision): Finding[] {
  const { goal, view, uninstalls } = decision
  const findings = adopted(device, decision)
  const leaving = new Set(uninstalls.map(({ entry }) => entry.configuration))
  if (view.oldC.length > 0) for (const entry of view.oldC) leaving.add(entry.configuration)
  for (const esim of [...view.otherEsims, ...view.earlierEsims])
    if (esim.source !== undefined) leaving.add(esim.source.configuration)
  const ends =
    goal.kind === 'retirement' && device.euicc !== 'none' && leaving.size === 0 && mayHoldOurs(device)
  for (const configuration of leaving) findings.push(mayRemain(device, configuration))
  return ends ? [...findings, mayRemain(device)] : findings
}

function mayHoldOurs(device: DeviceRecord): boolean {
  const empty = device.esims !== 'unknown' && device.esimsComplete && device.esims.length === 0
  return !empty
}

function mayRemain(device: DeviceRecord, configuration?: string): Finding {
  const of = configuration === undefined ? '' : ` of ${configuration}`
  return {
    code: 'esim-may-remain',
    severity: 'warning',
    message: `an eSIM${of} may remain on the device: no MDM can remove it from iOS or iPadOS without erasing everything`,
    rule: 'S33',
    device: device.key,
    ...(configuration === undefined ? {} : { configuration }),
    hint: 'remove it on the device under Settings > Mobile Service, and end the line with the carrier',
  }
}

function impossible(device: DeviceRecord, { resetImpossible }: Decision): Finding[] {
  if (resetImpossible === undefined) return []
  const message = `an eSIM reset is due (${resetImpossible}), but only Windows 11 has one; nothing after it is planned`
  return [{ code: 'ineligible-os', severity: 'warning', message, rule: 'S12', device: device.key }]
}

function iccids(esims: readonly Esim[]): string {
  return esims.map((esim) => esim.iccid).join(', ')
}
