import { canReset, isApple } from '../../domain/device.ts'
import type { Capabilities, Command } from '../../domain/driver.ts'
import { specIdentity } from '../../domain/esim.ts'
import type { Works } from './carry.ts'
import { isDeviceId, type IvantiDevice } from './device.ts'
import { refused, type Refused } from './entry.ts'
import { effective, showsEsimOf } from './facts.ts'
import type { Failure, Memory } from './rows.ts'
import { heldValue, specFor, valueFor } from './targeting.ts'

/** Why the MDM is not even told. */
export function whyNot(
  works: Works,
  capabilities: Capabilities,
  command: Command,
  device: IvantiDevice | undefined,
): Refused | undefined {
  const { kind, spec, configuration } = command
  if (device === undefined) return refused('not-found', 'The MDM has no such device.')
  const able = isApple(device.platform) ? capabilities.ios.steps : capabilities.windows.steps
  if (!able.includes(kind) || device.platform === 'other')
    return refused('unsupported', `There is no ${kind} for this device through Neurons for MDM.`)
  if (device.registration !== 'active')
    return refused('not-active', `The device is not active (${device.registration}).`)
  if (kind === 'delete-record') {
    const id = command.record?.slice(works.driver.length + 1) ?? ''
    const isOther = command.record?.startsWith(`${works.driver}/`) === true && id !== device.id
    return isOther && isDeviceId(id)
      ? undefined
      : refused('wrong-record', 'It names no other record of this MDM.')
  }
  if (kind === 'reset')
    return canReset(device) ? undefined : refused('not-windows-11', 'Only Windows 11 has an eSIM reset.')
  if (kind === 'retire') return undefined
  if (spec === undefined || configuration === undefined)
    return refused('incomplete-command', `The ${kind} carries no configuration.`)
  return kind === 'install' ? whyNoInstall(works, command, device) : whyNoUninstall(works, command, device)
}

function whyNoInstall({ targeting }: Works, { spec }: Command, device: IvantiDevice): Refused | undefined {
  if (spec === undefined || (spec.platform === 'windows') !== (device.platform === 'windows'))
    return refused('wrong-platform', 'The configuration is for another platform.')
  if (spec.platform === 'windows' && !canReset(device))
    return refused('not-windows-11', 'eSIM configurations need Windows 11.')
  if (device.userEnrolled === true)
    return refused('user-enrolled', 'A User Enrollment takes no eSIM from an MDM.')
  if (valueFor(targeting, spec) !== undefined) return undefined
  const message = `No configuration of the console says ${specIdentity(spec)} with these flags: set one up, with a group for a value of ${targeting.attribute}, and add it to the settings of the driver.`
  return refused('no-such-configuration', message)
}

function whyNoUninstall(works: Works, { spec }: Command, device: IvantiDevice): Refused | undefined {
  const { notebook, targeting } = works
  const { assigned } = notebook.memory(device.id)
  const values = [heldValue(targeting, device.attributes ?? {}), effective(works, device, assigned)?.value]
  const held = values.some((value) => {
    const each = value === undefined ? 'unknown' : specFor(targeting, value)
    return typeof each === 'object' && spec !== undefined && specIdentity(each) === specIdentity(spec)
  })
  return held ? undefined : refused('not-installed', 'The device is not pointed at this configuration.')
}

/** The MDM would push the same over an eSIM that is there, and nothing would happen (S15). Windows only (S13). */
export function alreadyThere(command: Command, device: IvantiDevice, memory: Memory): Failure | undefined {
  const { kind, spec } = command
  if (kind !== 'install' || spec?.platform !== 'windows') return undefined
  if (!showsEsimOf(specIdentity(spec), device, memory)) return undefined
  const message = 'The device shows an eSIM from this server: a second install would download nothing.'
  return { code: 'already-downloaded', message, permanent: true, alreadyDownloaded: true }
}
