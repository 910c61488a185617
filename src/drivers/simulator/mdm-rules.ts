import { canReset, isApple } from '../../domain/device.ts'
import type { Capabilities, Command, Submission } from '../../domain/driver.ts'
import type { SimulatedDevice } from './device.ts'

/** What the simulated MDM can do: everything on Windows; on iOS and iPadOS it takes nothing off (S33). */
export const CAPABILITIES: Capabilities = {
  windows: {
    steps: ['install', 'update', 'uninstall', 'reset', 'delete-record', 'retire'],
    seesEveryEsim: true,
  },
  ios: { steps: ['install', 'delete-record', 'retire'], seesEveryEsim: true },
  idempotent: true,
}

type Refused = Extract<Submission, { kind: 'refused' }>

/** Why the MDM does not even queue a command; `undefined`: it does. `record` is the one to delete. */
export function refusal(
  command: Command,
  device: SimulatedDevice | undefined,
  record: SimulatedDevice | undefined,
): Refused | undefined {
  if (device === undefined) return refused('not-found', `The MDM has no device ${command.device.id}.`)
  if (!supports(device, command)) {
    return refused('unsupported', `The MDM has no ${command.kind} for ${device.platform} devices.`)
  }
  if (command.kind === 'delete-record') return undeletable(command.record, record)
  if (device.registration !== 'active') {
    return refused(
      'not-active',
      `The device's registration is ${device.registration}, and nothing reaches it any more.`,
    )
  }
  if (command.kind === 'reset' && !canReset(device)) {
    return refused('unsupported', 'Only Windows 11 devices have an eSIM reset.')
  }
  return carriesWhatItNeeds(command, device)
}

/** Why a record may not be deleted (S26); `undefined`: it may. */
export function undeletable(
  key: string | undefined,
  record: SimulatedDevice | undefined,
): Refused | undefined {
  if (record === undefined) return refused('not-found', `The MDM has no record ${key ?? '(none was named)'}.`)
  if (record.registration === 'active' || record.registration === 'unknown') {
    return refused(
      'record-active',
      `The record ${key} is ${record.registration}: only a retired or wiped one may be deleted.`,
    )
  }
  return undefined
}

function supports(device: SimulatedDevice, command: Command): boolean {
  if (device.platform === 'other') return false
  const { steps } = isApple(device.platform) ? CAPABILITIES.ios : CAPABILITIES.windows
  return steps.includes(command.kind)
}

function carriesWhatItNeeds(command: Command, device: SimulatedDevice): Refused | undefined {
  if (command.kind === 'reset' || command.kind === 'retire') return undefined
  if (command.configuration === undefined)
    return refused('incomplete-command', `The ${command.kind} names no configuration.`)
  if (command.spec === undefined) {
    if (command.kind === 'uninstall') return undefined
    return refused(
      'incomplete-command',
      `The ${command.kind} of ${command.configuration} carries no content.`,
    )
  }
  if ((command.spec.platform === 'ios') === isApple(device.platform)) return undefined
  return refused(
    'wrong-platform',
    `${command.configuration} is for ${command.spec.platform}, the device is ${device.platform}.`,
  )
}

function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}
