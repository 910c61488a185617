import type { Call } from '../../exchange/answer.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { readCommand, readQueued, type Listed } from './commands.ts'
import { readDevice, type Device, type DeviceId, type Uuid } from './device.ts'
import { judge, unreachable, type Judged } from './judged.ts'
import { object, objects, text, whole, type Json } from './json.ts'
import type { Token } from './token.ts'

/**
 * Jamf Pro's API, as much of it as is needed. Trouble reaching it throws `driver-unreachable`. A command goes to one
 * device, named by its management id: nothing here takes a list or a group, and nothing erases.
 */
export type Client = ReturnType<typeof openClient>

export type ClientOptions = {
  readonly driver: string
  readonly exchange: Exchange
  readonly token: Token
}

/** A page of the inventory. */
export type Page = { readonly devices: readonly Device[]; readonly total: number }

/** What came of the command that fetches an eSIM. */
export type Queued =
  /** `uuid` absent: it took the command, and did not say under which id. */
  { readonly kind: 'done'; readonly uuid?: Uuid } | Exclude<Judged, { kind: 'done' }>

/** Devices on a page; Jamf Pro's default. */
export const PAGE_SIZE = 100
/** Commands of one device that are looked through, newest first. */
const COMMANDS = 100
const SECTIONS = [
  'GENERAL',
  'HARDWARE',
  'NETWORK',
  'SERVICE_SUBSCRIPTIONS',
  'USER_AND_LOCATION',
  'GROUPS',
].map((section) => `section=${section}`)

/** What the API role needs, as Jamf Pro calls it. */
export const PRIVILEGES = {
  devices: 'Read Mobile Devices',
  commands: 'View MDM command information in Jamf Pro API',
  refresh: 'Send Refresh Cellular Plans Command',
  inventory: 'Send Inventory Requests to Mobile Devices',
} as const

export function openClient({ driver, exchange, token }: ClientOptions) {
  async function once(call: Call): ReturnType<Exchange['send']> {
    await token.ready()
    return await exchange.send(call)
  }

  async function send(call: Call): ReturnType<Exchange['send']> {
    const answer = await once(call)
    if (answer.kind !== 'answered' || answer.status !== 401) return answer
    // Tokens end early when the API client is changed. Nothing was done: asking again is safe.
    token.drop()
    return await once(call)
  }

  async function read(endpoint: string, path: string, privilege: string): Promise<Json> {
    const answer = await send({ endpoint, method: 'GET', path, repeatable: true })
    const judged = judge(driver, answer, privilege)
    if (judged.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
    const body = judged.kind === 'done' ? object(judged.body) : undefined
    if (body === undefined)
      throw unreachable(driver, judged.kind === 'refused' ? judged.message : 'its answer cannot be read')
    return body
  }

  async function devices(query: string): Promise<Page> {
    const path = `/api/v2/mobile-devices/detail?${[...SECTIONS, query].join('&')}`
    const body = await read('devices', path, PRIVILEGES.devices)
    const total = whole(body['totalCount'])
    const found = objects(body['results'])?.map(readDevice)
    if (total === undefined || found?.every((each) => each !== undefined) !== true)
      throw unreachable(driver, 'its list of devices cannot be read')
    return { devices: found, total }
  }

  async function commands(filter: string): Promise<readonly Listed[]> {
    const query = `filter=${encodeURIComponent(filter)}&sort=dateSent%3Adesc&page=0&page-size=${COMMANDS}`
    const body = await read('commands', `/api/v2/mdm/commands?${query}`, PRIVILEGES.commands)
    const found = objects(body['results'])?.map(readCommand)
    if (found?.every((each) => each !== undefined) !== true)
      throw unreachable(driver, 'its list of commands cannot be read')
    return found
  }

  return {
    async version(): Promise<string> {
      const body = await read('version', '/api/v1/jamf-pro-version', 'any')
      const version = text(body['version'])
      if (version === undefined) throw unreachable(driver, 'it does not say which Jamf Pro it is')
      return version
    },

    /** A page of all devices, from 0 on. */
    async page(page: number): Promise<Page> {
      return await devices(`page=${page}&page-size=${PAGE_SIZE}&sort=mobileDeviceId%3Aasc`)
    },

    /** `undefined`: Jamf Pro has no such device. */
    async device(id: DeviceId): Promise<Device | undefined> {
      const filter = encodeURIComponent(`mobileDeviceId=="${id}"`)
      const { devices: found } = await devices(`page=0&page-size=2&filter=${filter}`)
      const [device] = found
      // A filter that is not heeded shows another device: that is no answer.
      if (device !== undefined && (device.id !== id || found.length > 1))
        throw unreachable(driver, 'it does not heed the filter for one device')
      return device
    },

    /** One command; `undefined`: Jamf Pro does not list it, or not any more. */
    async command(id: Uuid): Promise<Listed | undefined> {
      const found = await commands(`uuid==${id}`)
      const listed = found.find((each) => each.uuid === id)
      if (listed === undefined && found.length > 0)
        throw unreachable(driver, 'it does not heed the filter for one command')
      return listed
    },

    /** The newest commands by which this device was told to fetch an eSIM, by us or by others. */
    async refreshes(managementId: Uuid): Promise<readonly Uuid[]> {
      const found = await commands(`clientManagementId==${managementId};command==REFRESH_CELLULAR_PLANS`)
      return found.map((each) => each.uuid)
    },

    /** Tells one device to fetch its eSIM. Jamf Pro chooses the id of the command, so that this is never repeated. */
    async refresh(managementId: Uuid, esimServerUrl: string): Promise<Queued> {
      const commandData = { commandType: 'REFRESH_CELLULAR_PLANS', esimServerUrl }
      const answer = await send({
        endpoint: 'refresh',
        method: 'POST',
        path: '/api/v2/mdm/commands',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ clientData: [{ managementId }], commandData }),
        repeatable: false,
      })
      const judged = judge(driver, answer, PRIVILEGES.refresh)
      if (judged.kind !== 'done') return judged
      const queued = readQueued(judged.body)
      return queued === undefined ? { kind: 'done' } : { kind: 'done', uuid: queued }
    },

    /**
     * Asks one device to say anew what it holds. Only the Classic API has this for devices; its answers are XML, and its
     * refusals pages. `false`: it was refused.
     */
    async askInventory(id: DeviceId): Promise<boolean> {
      const answer = await send({
        endpoint: 'inventory',
        method: 'POST',
        path: `/JSSResource/mobiledevicecommands/command/UpdateInventory/id/${id}`,
        headers: { accept: 'application/xml' },
        repeatable: false,
      })
      if (answer.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
      if (answer.kind === 'unreachable') throw unreachable(driver, answer.why)
      return answer.status >= 200 && answer.status < 300
    },
  }
}
