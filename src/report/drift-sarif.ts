import { createHash } from 'node:crypto'
import type { DesiredState, Place } from '../domain/desired.ts'
import type { DriftCause } from '../domain/journal.ts'
import { compareText, sortedUnique } from '../domain/text.ts'
import { age } from './ages.ts'
import { driftGroups } from './drift.ts'
import type { DriftGroup, DriftReport, DriftRow } from './drift.ts'
import { count, counted } from './numbers.ts'
import { literal, sarifLocation, sarifLog } from './sarif.ts'
import type { SarifOptions } from './sarif.ts'
import { brief } from './visible.ts'

/** Devices that a result names, where names may be told. */
const NAMED = 20

const CAUSES: Readonly<Record<DriftCause, string>> = {
  'removed-on-device': 'The eSIM was removed on the device.',
  'disabled-on-device': 'The eSIM was switched off on the device.',
  'changed-outside': 'Somebody changed in the MDM what the repository asks for.',
  'excluded-in-mdm': 'The MDM no longer gives the device what it was given.',
  're-enrolled': 'The device was wiped and enrolled again.',
  failed: 'Every try to bring the device there failed.',
  'never-applied': 'What is wanted of the device has not reached it for more than a day.',
}

type Sum = { readonly first: DriftGroup; readonly groups: DriftGroup[] }

/**
 * Drift as SARIF 2.1.0: one result for each cause and configuration, where that configuration is written, with the same
 * fingerprint from one report to the next. What no configuration asks for stands at the Policy, else where the desired
 * state begins: GitHub refuses a file with a result that has no location. Devices are named with `identities` only.
 */
export function driftSarif(report: DriftReport, options: SarifOptions) {
  const sums = byConfiguration(report)
  const causes = sortedUnique(sums.map(({ first }) => first.cause))
  const rules = causes.map((cause) => ({
    id: ruleOf(cause),
    shortDescription: { text: `Drift: ${cause}` },
    fullDescription: { text: CAUSES[cause] },
    help: { text: `${CAUSES[cause]}\n\nsimplane drift says what follows, simplane explain DEVICE why.` },
    properties: { tags: ['esim', 'drift'] },
  }))
  const results = sums.flatMap(({ first: { cause, configuration }, groups }) => {
    const place = placeOf(report.desired, configuration)
    return {
      ruleId: ruleOf(cause),
      ruleIndex: causes.indexOf(cause),
      level: 'warning',
      message: { text: literal(textOf(report, groups, options)) },
      locations: place === undefined ? [] : [sarifLocation(place, options.prefix)],
      partialFingerprints: { primaryLocationLineHash: `${printOf(cause, configuration)}:1` },
    }
  })
  return sarifLog(options.version, rules, results)
}

function ruleOf(cause: DriftCause): string {
  return `drift-${cause}`
}

function byConfiguration(report: DriftReport): readonly Sum[] {
  const sums = new Map<string, Sum>()
  for (const group of driftGroups(report)) {
    const key = JSON.stringify([group.cause, group.configuration])
    const sum = sums.get(key) ?? { first: group, groups: [] }
    sums.set(key, sum)
    sum.groups.push(group)
  }
  return [...sums.values()]
}

function textOf(report: DriftReport, groups: readonly DriftGroup[], { identities }: SarifOptions): string {
  const [first] = groups
  if (first === undefined) return ''
  const { cause, configuration } = first
  const devices = groups.reduce((sum, each) => sum + each.devices, 0)
  const oldest = groups.reduce((most, each) => Math.max(most, each.oldest), 0)
  const of = configuration === undefined ? '' : ` of ${brief(configuration, 100)}`
  const lines = [
    `${counted(devices, 'device')}${of} drifted: ${cause}, oldest ${age(oldest)}.`,
    ...groups.map((each) => `${count(each.devices)}: ${brief(each.follows, 200)}`),
  ]
  if (identities !== true) return lines.join('\n')
  const named = report.rows
    .filter((row) => row.cause === cause && row.configuration === configuration)
    .map(nameOf)
    .sort(compareText)
  const more = named.length > NAMED ? ` and ${count(named.length - NAMED)} more` : ''
  return [...lines, `${named.slice(0, NAMED).join(', ')}${more}`].join('\n')
}

function nameOf({ name, serial, device }: DriftRow): string {
  return brief(name ?? serial ?? device, 100)
}

function placeOf(desired: DesiredState | undefined, configuration: string | undefined): Place | undefined {
  if (desired === undefined) return undefined
  const { configurations, groups, retirements, policy } = desired
  const written = configurations.find(({ name }) => name === configuration)
  return written?.place ?? policy.place ?? [...configurations, ...groups, ...retirements][0]?.place
}

function printOf(cause: DriftCause, configuration: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([cause, configuration ?? '']))
    .digest('hex')
    .slice(0, 32)
}
