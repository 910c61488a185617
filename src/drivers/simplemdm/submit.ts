import { isApple } from '../../domain/device.ts'
import type { Command, Submission } from '../../domain/driver.ts'
import type { Clock } from '../../domain/time.ts'
import { unreachable, type Client } from './client.ts'
import { deviceId, type Device } from './device.ts'
import type { Memory, Sent } from './memory.ts'

/** What every part of the driver works with. */
export type Work = {
  readonly driver: string
  readonly client: Client
  readonly memory: Memory
  readonly clock: Clock
}

/** Tells an iPhone or iPad to fetch its eSIM; remembered before SimpleMDM hears of it, and told once under one id. */
export async function submit(work: Work, command: Command): Promise<Submission> {
  const { client, memory, clock, driver } = work
  const known = memory.sent(command.id)
  if (known?.state === 'sending') throw unreachable(driver, 'whether it took a command it does not show')
  if (known !== undefined) return answered(known)
  const id = deviceId(command.device.id)
  const device = id === undefined ? undefined : await client.device(id)
  if (device === undefined) {
    // Whether SimpleMDM is there at all comes before what it would say.
    await client.reach()
    return refused('not-found', `SimpleMDM has no device ${command.device.id}.`)
  }
  const { spec } = command
  const refusal = refusalOf(command, device)
  if (refusal !== undefined || spec?.platform !== 'ios')
    return refusal ?? refused('wrong-platform', 'What is to be installed is not for iOS.')
  memory.add({ step: command.id, device: device.id, sentAt: clock.now(), seenAt: device.seenAt ?? 0 })
  const judged = await client.refresh(device.id, spec.carrierUrl)
  switch (judged.kind) {
    case 'done':
      memory.told(command.id)
      return { kind: 'accepted' }
    case 'throttled':
      memory.drop(command.id)
      return { kind: 'deferred', reason: 'SimpleMDM wants to be left alone.', retryAt: judged.retryAt }
    case 'refused': {
      const { message } = judged
      const at = clock.now()
      memory.ended(command.id, { kind: 'failed', code: 'refused', message, permanent: true, at }, 'over')
      return refused('refused', message)
    }
  }
}

/** As it was answered before. */
function answered({ outcome, state }: Sent): Submission {
  if (state === 'over' && outcome?.kind === 'failed') return refused(outcome.code, outcome.message)
  return { kind: 'accepted' }
}

type Refused = Extract<Submission, { kind: 'refused' }>

/** Why it cannot be, before anything is sent. */
function refusalOf({ kind, spec, configuration }: Command, device: Device): Refused | undefined {
  if (kind !== 'install' || !isApple(device.platform))
    return refused('unsupported', `There is no ${kind} on this device through SimpleMDM.`)
  if (device.registration !== 'active')
    return refused('not-active', 'The device is not enrolled in SimpleMDM.')
  if (device.userEnrolled) return refused('user-enrolled', 'A User Enrollment takes no eSIM from an MDM.')
  if (spec?.platform !== 'ios') return undefined
  // iOS refuses a bare server name, which is what Windows wants.
  if (!/^https?:\/\/[^/]/.test(spec.carrierUrl) || !URL.canParse(spec.carrierUrl))
    return refused('bad-url', `${configuration} has no http(s) address of a carrier's server.`)
  return undefined
}

function refused(code: string, message: string): Refused {
  return { kind: 'refused', code, message }
}
