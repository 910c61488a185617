import type { DeviceFacts, Esim, InstalledConfiguration } from '../domain/device.ts'
import { windowsIdentity } from '../domain/esim.ts'
import type { Instant } from '../domain/time.ts'
import type { EsimReading, EuiccReading, ServerReading } from './reading.ts'

/** What a reading of the eUICCs CSP says of a device, for a driver to add to what it knows otherwise. */
export type EuiccFacts = Pick<
  DeviceFacts,
  'eid' | 'euicc' | 'installed' | 'esims' | 'esimsComplete' | 'installedObservedAt' | 'esimsObservedAt'
>

const NOTHING: EuiccFacts = { installed: 'unknown', esims: 'unknown', esimsComplete: false }

/** States of `Profiles/{ICCID}/State` in which the eSIM is on the chip: Installed, Deleting. */
const ON_CHIP: ReadonlySet<number> = new Set([2, 3])

const DISCOVERY_FAILED = 4

/**
 * A reading as facts of the device, observed at `at`. What was not learned is unknown, and what the reference leaves
 * open is never assumed: the CSP lists the eSIMs of the enterprise alone, and whether one that came from a download
 * server is among them is not documented. So its list is incomplete, whatever it holds, with one exception:
 * `PPR1Allowed` is false as soon as any eSIM of any origin is on the chip, so true and an empty list mean an empty chip.
 * Only the active eUICC counts: another may have left with its board. No eUICC in the answer says nothing, for the
 * modem may be off; so does an answer with none or several active.
 */
export function observedEuiccs(readings: readonly EuiccReading[] | 'unknown', at: Instant): EuiccFacts {
  if (readings === 'unknown' || readings.length === 0) return NOTHING
  const [euicc, ...others] = readings.filter(({ isActive }) => isActive === true)
  if (euicc === undefined || others.length > 0) return { ...NOTHING, euicc: 'present' }
  const isEmpty = readings.length === 1 && isKnownEmpty(euicc)
  const installed = installedOn(euicc, isEmpty, at)
  const esims = euicc.esims === 'unknown' ? 'unknown' : listed(euicc.esims)
  return {
    euicc: 'present',
    ...(euicc.eid === undefined ? {} : { eid: euicc.eid }),
    installed,
    ...(installed === 'unknown' ? {} : { installedObservedAt: at }),
    esims,
    esimsComplete: isEmpty,
    ...(esims === 'unknown' ? {} : { esimsObservedAt: at }),
  }
}

function isKnownEmpty({ ppr1Allowed, ppr1AlreadySet, esims }: EuiccReading): boolean {
  return ppr1Allowed === true && ppr1AlreadySet !== true && esims !== 'unknown' && esims.length === 0
}

/** The configurations on the chip; one whose flags could not be read leaves all of it unknown. */
function installedOn(euicc: EuiccReading, isEmpty: boolean, at: Instant): DeviceFacts['installed'] {
  if (euicc.servers === 'unknown') return 'unknown'
  const entries: InstalledConfiguration[] = []
  for (const server of euicc.servers) {
    const entry = installedServer(server, isEmpty, at)
    if (entry === undefined) return 'unknown'
    entries.push(entry)
  }
  return entries
}

function installedServer(
  { name, autoEnable, isDiscoveryServer, discoveryState }: ServerReading,
  isEmpty: boolean,
  at: Instant,
): InstalledConfiguration | undefined {
  if (autoEnable === undefined || isDiscoveryServer === undefined) return undefined
  const serverName = name.toLowerCase()
  const entry = {
    configuration: serverName,
    spec: {
      platform: 'windows',
      serverName,
      isDiscoveryServer: isDiscoveryServer === true,
      autoEnable,
    },
    // Whose it is, only what simplane remembers can say.
    managed: false,
    onRemove: 'keep-esims',
  } as const
  if (discoveryState !== DISCOVERY_FAILED) return { ...entry, state: 'installed' }
  const error = { code: 'discovery-failed', message: 'The device asked the server in vain.', at }
  // A failed entry counts as one that brought no eSIM. A failed discovery does not show that: it may be the second.
  return { ...entry, state: isEmpty ? 'failed' : 'installed', error }
}

/** The eSIMs that are on the chip. One that failed to install or is still being installed is not there yet. */
function listed(esims: readonly EsimReading[]): readonly Esim[] {
  const there = esims.filter(({ state, iccid }) => ON_CHIP.has(state ?? 0) && /^\d{18,20}$/.test(iccid))
  return [...new Map(there.map((each) => [each.iccid, esimOf(each)])).values()]
}

function esimOf({ iccid, serverName, isEnabled }: EsimReading): Esim {
  const server = serverName?.toLowerCase()
  return {
    iccid,
    ...(server === undefined
      ? {}
      : {
          source: {
            configuration: server,
            identity: windowsIdentity(server),
            onRemove: 'keep-esims',
          } as const,
        }),
    ...(isEnabled === undefined ? {} : { enabled: isEnabled }),
  }
}
