import type { Mode } from '../domain/desired.ts'
import type { EsimSource, InstalledState, Platform, Registration } from '../domain/device.ts'
import { iosIdentity, windowsIdentity } from '../domain/esim.ts'
import type { OnRemove } from '../domain/esim.ts'

/** The keys of a device. */
export const DEVICE_KEYS = keys(
  'id driver name user platform osVersion edition model serialNumber eid imei euicc registration ownership ' +
    'userEnrolled enrolledAt lastSeenAt otherConnectivity labels groups provisionedBefore installed ' +
    'installedObservedAt esims esimsComplete esimsObservedAt eraseOwed released',
)
/** The keys of `released`. */
export const RELEASED_KEYS = keys('retirement at')
/** The keys of an entry of `installed`. */
export const INSTALLED_KEYS = keys(
  'configuration platform windows ios installedAt managed onRemove mode state error',
)
/** The keys of a `windows` block. */
export const WINDOWS_KEYS = keys('serverName isDiscoveryServer autoEnable')
/** The keys of an `ios` block. */
export const IOS_KEYS = keys('carrierUrl')
/** The keys of an `error`. */
export const ERROR_KEYS = keys('code message at')
/** The keys of an entry of `esims`. */
export const ESIM_KEYS = keys('iccid source enabled')
/** The keys of a `source`. */
export const SOURCE_KEYS = keys('configuration serverName carrierUrl onRemove mode')

/** What `onRemove` may say. */
export const ON_REMOVE: readonly OnRemove[] = ['keep-esims', 'erase-all-esims']
/** What `mode` may say. */
export const MODES: readonly Mode[] = ['observe', 'propose', 'enforce']
/** What the `state` of an installed configuration may say. */
export const STATES: readonly InstalledState[] = ['pending', 'installed', 'failed', 'removing']
const REGISTRATIONS: readonly Registration[] = [
  'active',
  'retire-pending',
  'retired',
  'wipe-pending',
  'wiped',
  'unknown',
]

/** A registration of another world is no error: it is not known. */
export function registrationOf(text: string | undefined): Registration {
  return REGISTRATIONS.find((word) => word === text) ?? 'unknown'
}

/** Platforms that cannot have an eSIM from us are all one to the planner. */
export function platformOf(text: string | undefined): Platform {
  const platform = text?.toLowerCase()
  if (platform === 'windows' || platform === 'ios' || platform === 'ipados') return platform
  return 'other'
}

/** The identity of the server that a source names; `undefined`: it names none. */
export function sourceIdentity(
  serverName: string | undefined,
  carrierUrl: string | undefined,
): EsimSource['identity'] {
  if (serverName !== undefined) return windowsIdentity(serverName)
  return carrierUrl === undefined ? undefined : iosIdentity(carrierUrl)
}

function keys(words: string): ReadonlySet<string> {
  return new Set(words.split(' '))
}
