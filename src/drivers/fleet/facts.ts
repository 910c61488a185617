import {
  isApple,
  recordKey,
  type DeviceFacts,
  type Esim,
  type InstalledConfiguration,
} from '../../domain/device.ts'
import { specIdentity } from '../../domain/esim.ts'
import { present, type Host, type HostProfile } from './host.ts'
import type { Known, Reading } from './rows.ts'
import { readSlot } from './slot.ts'
import { APPEARS_WITHIN } from './timing.ts'

/**
 * What is known of a device. On Windows `installed` is what Fleet says of our profiles; a server that the device itself
 * lists besides them is unmanaged. Fleet shows no eSIM of a Windows device: what there is comes from a reading. No list
 * is ever complete but that of a chip that says it is empty.
 */
export function factsOf(driver: string, premium: boolean, host: Host, known: Known): DeviceFacts {
  const { platform, personal } = host
  const reading = current(host, known)
  return {
    key: recordKey(driver, String(host.id)),
    driver,
    id: String(host.id),
    platform,
    registration: host.registration,
    userEnrolled: isApple(platform) && personal,
    labels: host.team.name === undefined ? {} : { team: host.team.name },
    installed: platform === 'windows' ? installedOf(host, known, premium, reading) : 'unknown',
    ...esimsOf(reading, known),
    ...present({
      name: host.name,
      osVersion: host.osVersion,
      edition: host.edition,
      model: host.model,
      serialNumber: host.serialNumber,
      ownership: ownershipOf(host),
      enrolledAt: host.enrolledAt,
      lastSeenAt: host.seenAt,
      // Our own labels are no groups: a device would change them by being configured.
      groups: host.labels?.filter((name) => readSlot(name) === undefined),
    }),
  }
}

function ownershipOf({ personal, automatic }: Host): DeviceFacts['ownership'] {
  if (personal) return 'personal'
  return automatic ? 'company' : undefined
}

/** A reading of this enrolment. */
function current(host: Host, { reading }: Known): Reading | undefined {
  return reading !== undefined && reading.at >= (host.enrolledAt ?? -Infinity) ? reading : undefined
}

type EsimFacts = Pick<DeviceFacts, 'eid' | 'imei' | 'euicc' | 'esims' | 'esimsComplete' | 'esimsObservedAt'>

function esimsOf(reading: Reading | undefined, { origins }: Known): EsimFacts {
  if (reading === undefined || reading.kind === 'silent') return { esims: 'unknown', esimsComplete: false }
  if (reading.kind === 'euicc') {
    const { eid, euicc, esims, esimsComplete, esimsObservedAt } = reading.facts
    return { esims, esimsComplete, ...present({ eid, euicc, esimsObservedAt }) }
  }
  const { iccids, eid, imei } = reading.plans
  const esims = iccids.map((iccid): Esim => {
    const origin = origins.find((each) => each.iccid === iccid)
    if (origin === undefined) return { iccid }
    const { configuration, identity } = origin
    return { iccid, source: { configuration, identity, onRemove: 'keep-esims' } }
  })
  return {
    esims,
    // Whether one that is switched off is listed is not documented.
    esimsComplete: false,
    esimsObservedAt: reading.at,
    ...(eid === undefined ? {} : { euicc: 'present' as const }),
    ...present({ eid, imei }),
  }
}

function installedOf(
  host: Host,
  { sent }: Known,
  premium: boolean,
  reading: Reading | undefined,
): DeviceFacts['installed'] {
  // What a step of ours is bringing is not there yet; what Fleet brings by itself, after an enrolment, is on its way.
  const coming = new Set(sent.flatMap(({ slot, outcome }) => (outcome === undefined ? (slot ?? []) : [])))
  const ours = host.profiles
    ?.filter(
      ({ name, operation, status }) => !(coming.has(name) && operation === 'install' && status === 'pending'),
    )
    .flatMap((profile) => entryOf(profile, host) ?? [])
    .map((entry) => unlessUnderWay(entry, reading))
  const read = reading?.kind === 'euicc' ? reading.facts.installed : 'unknown'
  if (ours === undefined || (!premium && ours.length === 0 && read === 'unknown')) return 'unknown'
  const others = (read === 'unknown' ? [] : read).filter(({ spec }) => {
    const identity = specIdentity(spec)
    if (ours.some((entry) => specIdentity(entry.spec) === identity)) return false
    // What was done since the device was looked at, the next look shows.
    return !sent.some((each) => each.identity === identity && each.sentAt >= (reading?.at ?? Infinity))
  })
  return [...ours, ...others]
}

/** Is an eSIM under way, by a look? A server that is asked for longer gives none. */
export function isUnderWay(reading: Reading | undefined): boolean {
  return (
    reading?.kind === 'euicc' &&
    reading.asksSince !== undefined &&
    reading.at < reading.asksSince + APPEARS_WITHIN
  )
}

/** Fleet brings a configuration by itself, too, after an enrolment: while its eSIM is on its way, nothing is settled. */
function unlessUnderWay(entry: InstalledConfiguration, reading: Reading | undefined): InstalledConfiguration {
  if (entry.state !== 'installed' || reading?.kind !== 'euicc' || !isUnderWay(reading)) return entry
  const identity = specIdentity(entry.spec)
  const { esims } = reading.facts
  const isThere = esims !== 'unknown' && esims.some(({ source }) => source?.identity === identity)
  return isThere ? entry : { ...entry, state: 'pending' }
}

function entryOf(profile: HostProfile, { seenAt }: Host): InstalledConfiguration | undefined {
  const slot = readSlot(profile.name)
  const state = stateOf(profile)
  if (slot === undefined || state === undefined) return undefined
  const { configuration, spec } = slot
  const entry = { configuration, spec, managed: true, onRemove: 'keep-esims', state } as const
  if (profile.status !== 'failed') return entry
  const message = profile.detail ?? 'Fleet did not say why.'
  return { ...entry, error: { code: 'profile-failed', message, at: seenAt ?? 0 } }
}

/** A removal that failed leaves it installed, and is planned again. */
function stateOf({ operation, status }: HostProfile): InstalledConfiguration['state'] | undefined {
  if (operation === 'remove') {
    if (status === 'failed') return 'installed'
    return status === 'verified' ? undefined : 'removing'
  }
  if (status === 'failed') return 'failed'
  return status === 'pending' ? 'pending' : 'installed'
}
