import { SimplaneError } from '../../domain/error.ts'
import type { Instant } from '../../domain/time.ts'
import type { Call } from '../../exchange/answer.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { isDeviceId, readAttributes, readDevice, type Attributes, type IvantiDevice } from './device.ts'
import { readSaid, type Said } from './envelope.ts'

/** What reading brought. Trouble is thrown. */
export type Read<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'throttled'; readonly retryAt: Instant }

/** What became of telling the MDM something. */
export type Told =
  | { readonly kind: 'taken' }
  | { readonly kind: 'refused'; readonly message: string }
  /** Nothing was taken; come again then. */
  | { readonly kind: 'throttled'; readonly retryAt: Instant }
  /** Whether it was taken is not known. */
  | { readonly kind: 'unheard'; readonly why: string }

export type DevicePage = { readonly devices: readonly IvantiDevice[]; readonly total: number }

/**
 * The API of Neurons for MDM (v1), and of it only what is here: there is no call that could erase a device, and no way
 * to write one, for the one device action has a name of its own. Wrong credentials throw `driver-unreachable`.
 */
export interface Client {
  /** `rows` devices from `start` on, by id; 500 rows at most. */
  devices(start: number, rows: number): Promise<Read<DevicePage>>
  device(id: string): Promise<Read<IvantiDevice | undefined>>
  attributes(id: string): Promise<Read<Attributes>>
  /** Add/Replace: whether what is left out stays is not said, so leave nothing out. */
  putAttributes(id: string, attributes: Attributes): Promise<Told>
  retire(id: string): Promise<Told>
  deleteRecord(id: string): Promise<Told>
}

/** Most rows of one page; more is HTTP 400 (release 75). */
export const MOST_ROWS = 500

/** The device actions that are ever asked for. */
type DeviceAction = 'retire'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_BODY = { 'content-type': 'application/json' }

/** Opens the API of one tenant. `space`: the device space; absent, the tenant's default one, which is asked for once. */
export function openClient(driver: string, exchange: Exchange, space: string | undefined): Client {
  let known = space

  async function ask(call: Omit<Call, 'repeatable' | 'method'>): Promise<Read<Said>> {
    const answer = await exchange.send({ ...call, method: 'GET', repeatable: true })
    if (answer.kind === 'throttled') return answer
    if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
    const said = readSaid(answer)
    if (said.kind === 'forbidden') throw forbidden(driver, said.status)
    if (said.kind === 'trouble') throw unreachable(driver, said.why)
    return { kind: 'read', value: said }
  }

  async function tell(call: Omit<Call, 'endpoint'>, endpoint: string): Promise<Told> {
    const answer = await exchange.send({ ...call, endpoint })
    if (answer.kind === 'throttled') return answer
    if (answer.kind === 'unreachable') {
      if (answer.untold) throw unreachable(driver, answer.why)
      return { kind: 'unheard', why: answer.why }
    }
    const said = readSaid(answer)
    switch (said.kind) {
      case 'forbidden':
        throw forbidden(driver, said.status)
      case 'trouble':
        return { kind: 'unheard', why: said.why }
      case 'missing':
        return { kind: 'refused', message: 'it knows no such device' }
      case 'refused':
        return said
      case 'result':
        // 1: done, 0: not done; nothing else is documented, and everything else is found out by looking.
        return said.result === 0
          ? { kind: 'refused', message: 'it answered 0, which is failure' }
          : { kind: 'taken' }
    }
  }

  async function spaceId(): Promise<Read<string>> {
    if (known !== undefined) return { kind: 'read', value: known }
    const read = await ask({ endpoint: 'tenant', path: '/api/v1/metadata/tenant' })
    if (read.kind === 'throttled') return read
    const id = read.value.kind === 'result' ? numberOf(read.value.result, 'defaultDmPartitionId') : undefined
    if (id === undefined)
      throw unreachable(
        driver,
        'it does not say which device space is its default',
        'Set `space` in the settings.',
      )
    known = String(id)
    return { kind: 'read', value: known }
  }

  function action(name: DeviceAction, id: string): Promise<Told> {
    const path = `/api/v1/device/${name}`
    return tell({ method: 'PUT', path, headers: FORM, body: `ids=${segment(id)}`, repeatable: false }, name)
  }

  return {
    async devices(start, rows) {
      const at = await spaceId()
      if (at.kind === 'throttled') return at
      const query = `dmPartitionId=${encodeURIComponent(at.value)}&start=${start}&rows=${Math.min(rows, MOST_ROWS)}`
      const read = await ask({ endpoint: 'devices', path: `/api/v1/device?q=&${query}&${BY_ID}` })
      return read.kind === 'throttled' ? read : { kind: 'read', value: pageOf(driver, read.value) }
    },
    async device(id) {
      const at = await spaceId()
      if (at.kind === 'throttled') return at
      const query = `dmPartitionId=${encodeURIComponent(at.value)}`
      const read = await ask({ endpoint: 'device', path: `/api/v1/device/${segment(id)}?${query}` })
      if (read.kind === 'throttled') return read
      const said = read.value
      if (said.kind === 'missing') return { kind: 'read', value: undefined }
      const device = said.kind === 'result' ? readDevice(said.result) : undefined
      if (device?.id !== id)
        throw unreachable(driver, `asked for a device it did not show that device${whyOf(said)}`)
      return { kind: 'read', value: device }
    },
    async attributes(id) {
      const read = await ask({ endpoint: 'attributes', path: attributesPath(id) })
      if (read.kind === 'throttled') return read
      const said = read.value
      const attributes = said.kind === 'result' ? readAttributes(said.result) : undefined
      if (attributes === undefined)
        throw unreachable(driver, `it does not show custom attributes${whyOf(said)}`)
      return { kind: 'read', value: attributes }
    },
    putAttributes: (id, attributes) =>
      tell(
        {
          method: 'PUT',
          path: attributesPath(id),
          headers: JSON_BODY,
          body: JSON.stringify({ attrs: attributes }),
          repeatable: true,
        },
        'set-attributes',
      ),
    retire: (id) => action('retire', id),
    // `deviceIds`, where actions say `ids`; in the address, for bodies of DELETE get lost on the way.
    deleteRecord: (id) =>
      tell(
        { method: 'DELETE', path: `/api/v1/device?deviceIds=${segment(id)}`, repeatable: false },
        'delete',
      ),
  }
}

/** A stable order: pages are cut from it. */
const BY_ID = 'sortFields%5B0%5D.name=id&sortFields%5B0%5D.order=ASC'

function attributesPath(id: string): string {
  return `/api/v1/device/${segment(id)}/customattributes`
}

/** An id is digits: nothing else ever becomes part of an address. */
function segment(id: string): string {
  if (isDeviceId(id)) return id
  throw new SimplaneError('internal', `"${id}" is no id of a device of Neurons for MDM.`)
}

function pageOf(driver: string, said: Said): DevicePage {
  const result =
    said.kind === 'result' ? (said.result as Readonly<Record<string, unknown>> | null) : undefined
  const rows = result?.['searchResults']
  const total = numberOf(result, 'totalCount')
  if (!Array.isArray(rows) || total === undefined)
    throw unreachable(driver, `asked for devices it sent something else${whyOf(said)}`)
  const devices = rows.map(readDevice)
  const whole = devices.filter((each) => each !== undefined)
  if (whole.length !== rows.length) throw unreachable(driver, 'it sent a device without an id')
  return { devices: whole, total }
}

function numberOf(value: unknown, key: string): number | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const number = (value as Readonly<Record<string, unknown>>)[key]
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined
}

function whyOf(said: Said): string {
  return said.kind === 'refused' ? ` (${said.message})` : ''
}

function forbidden(driver: string, status: number): SimplaneError {
  return unreachable(
    driver,
    `it does not accept the credentials (HTTP ${status})`,
    'Check user, password and role. A user who signs in with password and PIN cannot use the API like this.',
  )
}

/** The error of a driver that cannot reach its MDM. */
export function unreachable(driver: string, why: string, hint?: string): SimplaneError {
  return new SimplaneError(
    'driver-unreachable',
    `The MDM of driver ${driver} does not answer: ${why}.`,
    hint === undefined ? {} : { hint },
  )
}

/** What was read; throws `driver-unreachable` where the MDM wants to be left alone. */
export function valueOf<T>(driver: string, read: Read<T>): T {
  if (read.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
  return read.value
}
