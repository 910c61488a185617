import type { Command, Driver, Observation, ObservationPage, Outcome } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import { CAPABILITIES } from './capabilities.ts'
import { connect } from './client.ts'
import { deviceId, factsOf, type Device, type DeviceId } from './device.ts'
import { openMemory } from './memory.ts'
import type { SimpleMdmOptions } from './options.ts'
import { outcomeOf } from './outcome.ts'
import { submit, type Work } from './submit.ts'

/**
 * Opens the driver for iPhones and iPads in SimpleMDM. Throws `settings` for an address it would not send the key to,
 * `driver-unreachable` or `store-newer` for its file. Nothing is sent yet.
 */
export async function openSimpleMdm(options: SimpleMdmOptions): Promise<Driver> {
  const { name, clock } = options
  const stack = new AsyncDisposableStack()
  const memory = stack.use(openMemory(options.path, name))
  const { client, exchange } = connect(options)
  stack.use(exchange)
  const work: Work = { driver: name, client, memory, clock }

  function observation(device: Device): Observation {
    const at = clock.now()
    return { facts: factsOf(name, device, at), at }
  }

  return {
    name,
    capabilities: CAPABILITIES,

    async observe(cursor?: string): Promise<ObservationPage> {
      const { devices, more } = await client.devices(readCursor(name, cursor))
      const last = devices.at(-1)
      return {
        observations: devices.map(observation),
        ...(more && last !== undefined ? { next: String(last.id) } : {}),
      }
    },

    async look(id: string): Promise<Observation | undefined> {
      const number = deviceId(id)
      const device = number === undefined ? undefined : await client.device(number)
      if (device !== undefined) return observation(device)
      await client.reach()
      return undefined
    },

    submit: (command: Command) => submit(work, command),

    async outcome({ id }: Command): Promise<Outcome> {
      const sent = memory.sent(id)
      if (sent !== undefined) return await outcomeOf(work, sent)
      await client.reach()
      return { kind: 'unknown' }
    },

    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}

function readCursor(driver: string, cursor: string | undefined): DeviceId | undefined {
  const after = deviceId(cursor)
  if (cursor !== undefined && after === undefined)
    throw new SimplaneError(
      'internal',
      `Driver ${driver} gave no cursor "${cursor}": its cursors are a device.`,
    )
  return after
}
