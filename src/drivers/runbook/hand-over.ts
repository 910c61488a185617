import { canReset, isApple, type DeviceFacts } from '../../domain/device.ts'
import type { Capabilities, Command, SentKind } from '../../domain/driver.ts'
import { specIdentity } from '../../domain/esim.ts'
import type { TaskFailure } from './task.ts'

/** What a person can do on Windows, in the order of steps; on iOS there is neither an eSIM reset nor a flag (S12, S33). */
const BY_HAND: readonly SentKind[] = ['delete-record', 'uninstall', 'reset', 'install', 'update', 'retire']
const BY_HAND_IOS: readonly SentKind[] = ['delete-record', 'uninstall', 'install', 'retire']

/** What the MDM and a person can do together. */
export function joined(mdm: Capabilities, manual: readonly SentKind[]): Capabilities {
  const add = (steps: readonly SentKind[], able: readonly SentKind[]): readonly SentKind[] => [
    ...steps,
    ...able.filter((kind) => manual.includes(kind) && !steps.includes(kind)),
  ]
  return {
    windows: { ...mdm.windows, steps: add(mdm.windows.steps, BY_HAND) },
    ios: { ...mdm.ios, steps: add(mdm.ios.steps, BY_HAND_IOS) },
    idempotent: mdm.idempotent,
  }
}

/** Why nobody is even asked. `facts`: the device now; `stale`: the record that a delete-record names, if it is there. */
export function whyNotByHand(
  command: Command,
  facts: DeviceFacts | undefined,
  stale: DeviceFacts | undefined,
): TaskFailure | undefined {
  const { kind, spec, configuration } = command
  if (facts === undefined) return never('not-found', 'The MDM has no such device.')
  const able = isApple(facts.platform) ? BY_HAND_IOS : BY_HAND
  if (facts.platform === 'other' || !able.includes(kind))
    return never('unsupported', `There is no ${kind} on this device, not even by hand.`)
  if (facts.registration !== 'active')
    return never('not-active', `The device is not active (${facts.registration}).`)
  switch (kind) {
    case 'reset':
      return canReset(facts) ? undefined : never('not-windows-11', 'Only Windows 11 has an eSIM reset.')
    case 'delete-record':
      return whyNotDelete(facts, stale)
    case 'retire':
      return undefined
    case 'install':
    case 'update':
    case 'uninstall':
      break
  }
  if (spec === undefined || configuration === undefined)
    return never('incomplete-command', `The ${kind} carries no configuration.`)
  if ((spec.platform === 'windows') !== (facts.platform === 'windows'))
    return never('wrong-platform', 'The configuration is for another platform.')
  const { installed, esims } = facts
  if (kind !== 'install') {
    const there =
      installed === 'unknown' || installed.some((each) => specIdentity(each.spec) === specIdentity(spec))
    return there ? undefined : never('not-installed', 'The configuration is not on the device.')
  }
  const blocked = esims !== 'unknown' && esims.some((each) => each.source?.identity === specIdentity(spec))
  if (!blocked || spec.platform !== 'windows') return undefined
  const message = 'The device shows an eSIM from this server: a second install would download nothing.'
  return { ...never('already-downloaded', message), alreadyDownloaded: true }
}

/** Only an older record that is over: never the live one (S14, S26). */
function whyNotDelete(live: DeviceFacts, stale: DeviceFacts | undefined): TaskFailure | undefined {
  if (stale === undefined) return never('not-found', 'The MDM has no such record.')
  if (stale.key === live.key) return never('wrong-record', 'It names the device itself.')
  if (stale.registration !== 'retired' && stale.registration !== 'wiped')
    return never('not-stale', `The record is ${stale.registration}: it is in use.`)
  const older = (stale.enrolledAt ?? Infinity) < (live.enrolledAt ?? -Infinity)
  return older ? undefined : never('not-older', 'The record is not known to be older than the live one.')
}

function never(code: string, message: string): TaskFailure {
  return { code, message, permanent: true }
}
