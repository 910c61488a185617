import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import { readAddress } from '../../exchange/address.ts'
import type { Answer, Call } from '../../exchange/answer.ts'
import { openExchange, type Exchange } from '../../exchange/exchange.ts'
import { quoted } from '../../exchange/words.ts'
import { readDevice, type Device, type DeviceId } from './device.ts'
import { object, objects, parsed, text } from './json.ts'
import type { SimpleMdmOptions } from './options.ts'

/** SimpleMDM's API, as much of it as is needed. Trouble reaching it throws `driver-unreachable`. Nothing here wipes. */
export type Client = ReturnType<typeof openClient>

/** What SimpleMDM itself says to a request. */
export type Judged =
  | { readonly kind: 'done'; readonly body: string }
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** Nothing was taken; come again then. */
  | { readonly kind: 'throttled'; readonly retryAt: Instant }

/** The most that SimpleMDM gives at once. */
export const PAGE_SIZE = 100
const KEY_HINT = 'Check the API key in the settings, and that it may read and write devices.'

/** The way to SimpleMDM. Nothing is sent yet. Throws `settings` for an address it would not use. */
export function connect(options: SimpleMdmOptions): { readonly client: Client; readonly exchange: Exchange } {
  const { name, apiKey } = options
  const address = readAddress(options.address ?? 'https://a.simplemdm.com', `driver ${name}`)
  const exchange = openExchange({
    perSecond: 5,
    ...options,
    address,
    connections: 4,
    // The key is the user, and there is no password.
    authorization: () => `Basic ${Buffer.from(`${apiKey()}:`).toString('base64')}`,
  })
  return { client: openClient(name, exchange), exchange }
}

function openClient(driver: string, exchange: Exchange) {
  async function send(call: Call): Promise<Judged> {
    return judge(driver, await exchange.send({ ...call, path: `/api/v1${call.path}` }))
  }

  return {
    /** Throws unless SimpleMDM is there and takes the key. */
    async reach(): Promise<void> {
      const judged = await send({ endpoint: 'account', method: 'GET', path: '/account', repeatable: true })
      const body = judged.kind === 'done' ? object(parsed(judged.body)) : undefined
      if (object(body?.['data'])?.['type'] !== 'account')
        throw unreachable(driver, 'it does not say whose account this is')
    },

    /** The devices after this one, in the order of their numbers. `more`: there are others behind them. */
    async devices(
      after?: DeviceId,
    ): Promise<{ readonly devices: readonly Device[]; readonly more: boolean }> {
      const start = after === undefined ? '' : `&starting_after=${after}`
      const path = `/devices?limit=${PAGE_SIZE}&direction=asc${start}`
      const judged = await send({ endpoint: 'devices', method: 'GET', path, repeatable: true })
      const body = judged.kind === 'done' ? object(parsed(judged.body)) : undefined
      const devices = objects(body?.['data'])?.map(readDevice)
      const more = body?.['has_more']
      if (typeof more !== 'boolean' || devices?.every((each) => each !== undefined) !== true)
        throw unreachable(driver, 'its list of devices cannot be read')
      let last: number = after ?? 0
      for (const { id } of devices) {
        // A cursor that is not heeded would give the same page for ever.
        if (id <= last) throw unreachable(driver, 'its pages of devices overlap')
        last = id
      }
      if (more && devices.length === 0) throw unreachable(driver, 'half a page arrived')
      return { devices, more }
    },

    /** `undefined`: SimpleMDM has no such device. */
    async device(id: DeviceId): Promise<Device | undefined> {
      const judged = await send({
        endpoint: 'device',
        method: 'GET',
        path: `/devices/${id}`,
        repeatable: true,
      })
      if (judged.kind === 'refused' && judged.status === 404) return undefined
      const body = judged.kind === 'done' ? object(object(parsed(judged.body))?.['data']) : undefined
      const device = body === undefined ? undefined : readDevice(body)
      if (device?.id !== id) throw unreachable(driver, 'what it says of a device cannot be read')
      return device
    },

    /** Tells one device to fetch its eSIM. SimpleMDM gives no id, so that this is never repeated. */
    async refresh(id: DeviceId, esimServerUrl: string): Promise<Judged> {
      return await send({
        endpoint: 'refresh',
        method: 'POST',
        path: `/devices/${id}/refresh_cellular_plans`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ esim_server_url: esimServerUrl }).toString(),
        repeatable: false,
      })
    },
  }
}

/** A complaint counts only in SimpleMDM's own words, `{ errors: [{ title }] }`. Everything else throws. */
function judge(driver: string, answer: Answer): Judged {
  if (answer.kind === 'throttled') return answer
  if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
  const { status, body } = answer
  if (status === 200 || status === 202 || status === 204) return { kind: 'done', body }
  if (status === 401 || status === 403)
    throw unreachable(driver, `it does not accept the API key (HTTP ${status})`, KEY_HINT)
  const errors = objects(object(parsed(body))?.['errors'])
  if (errors === undefined)
    throw unreachable(driver, `it answered HTTP ${status}, which is not what SimpleMDM would say`)
  const said = errors.flatMap((error) => text(error['title']) ?? [])
  return { kind: 'refused', status, message: quoted([`HTTP ${status}`, ...said].join(', ')) }
}

/** The error of a driver that cannot reach its MDM. */
export function unreachable(driver: string, why: string, hint?: string): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${driver} does not answer: ${why}.`,
    hint === undefined ? {} : { hint },
  )
}
