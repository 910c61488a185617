import type { EsimSpec } from '../domain/esim.ts'
import { isApple, majorVersion, windowsBuild, WINDOWS_11, type DeviceFacts } from '../domain/device.ts'
import type { FindingCode } from '../domain/finding.ts'

/** The first build that knows `IsDiscoveryServer` (Windows 11 22H2; eUICCs CSP). */
const DISCOVERY_BUILD = 22_621
/** The first iOS with RefreshCellularPlans (Apple, refresh-cellular-plans-command). */
const OLDEST_IOS = 13

export type Ineligibility = { readonly code: FindingCode; readonly why: string; readonly rule: string }

/**
 * Why the device cannot take the configuration; `undefined`: it can. Unknown edition, EID or User Enrollment are
 * eligible, an unknown OS version is not (planning.md section 3, S2, S10).
 */
export function ineligibility(spec: EsimSpec, device: DeviceFacts): Ineligibility | undefined {
  const os =
    spec.platform === 'windows' ? windowsTrouble(spec.isDiscoveryServer, device) : appleTrouble(device)
  if (os !== undefined) return os
  if (device.euicc === 'none') return { code: 'no-euicc', why: 'it has no eUICC', rule: 'S2' }
  if (device.userEnrolled === true) {
    return {
      code: 'user-enrolled',
      why: 'it is a User Enrollment, in which the MDM may install no eSIM',
      rule: 'S10',
    }
  }
  return undefined
}

function windowsTrouble(discovery: boolean, device: DeviceFacts): Ineligibility | undefined {
  const build = windowsBuild(device.osVersion)
  if (build === undefined)
    return { code: 'ineligible-os', why: 'its Windows version is not known', rule: 'S2' }
  if (build < WINDOWS_11) {
    return {
      code: 'ineligible-os',
      why: `it runs Windows 10 (build ${build}); eSIM configurations need Windows 11`,
      rule: 'S2',
    }
  }
  if (discovery && build < DISCOVERY_BUILD) {
    return {
      code: 'ineligible-os',
      why: `a discovery server needs build ${DISCOVERY_BUILD}, this is ${build}`,
      rule: 'S5',
    }
  }
  if (/\bhome\b|^core\b/i.test(device.edition ?? '')) {
    return { code: 'ineligible-edition', why: 'Windows Home takes no eSIM configuration', rule: 'S2' }
  }
  return undefined
}

function appleTrouble(device: DeviceFacts): Ineligibility | undefined {
  if (!isApple(device.platform))
    return { code: 'ineligible-platform', why: `it is a ${device.platform} device`, rule: 'S3' }
  const version = majorVersion(device.osVersion)
  if (version === undefined) return { code: 'ineligible-os', why: 'its iOS version is not known', rule: 'S2' }
  if (version >= OLDEST_IOS) return undefined
  return {
    code: 'ineligible-os',
    why: `it runs iOS ${version}; eSIM commands need iOS ${OLDEST_IOS}`,
    rule: 'S10',
  }
}
