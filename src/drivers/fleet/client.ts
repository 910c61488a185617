import type { Call } from '../../exchange/answer.ts'
import type { Exchange } from '../../exchange/exchange.ts'
import { readResults, type CommandState } from './commands.ts'
import { readCount, readHost, type Host, type HostId } from './host.ts'
import { judge, unreachable, type Judged } from './judged.ts'
import { object, objects, text, type Json } from './json.ts'
import { writeForm } from './multipart.ts'
import { TEAM_PARAMETER, type ApiNames } from './names.ts'

/** A configuration profile as Fleet lists it. */
export type Profile = {
  readonly uuid: string
  readonly name: string
  readonly platform: string
  /** Names of the labels a host needs; `broken`: one of them was deleted. */
  readonly labels: readonly string[]
  readonly broken: boolean
}

/**
 * Fleet's API, as much of it as is needed. Trouble reaching Fleet throws `driver-unreachable`. Hosts are deleted one by
 * one, by number: the call that deletes by filter, where an empty filter means every host, is not in here.
 */
export type Client = ReturnType<typeof openClient>

export type ClientOptions = {
  readonly driver: string
  /** Path of the API below the address: `/api/v1/fleet`. */
  readonly base: string
  readonly names: ApiNames
  readonly exchange: Exchange
}

/** Rows on a page, of hosts and of profiles. */
export const PAGE_SIZE = 100
/** More pages of profiles than this are no list. */
const MOST_PAGES = 50
const BOUNDARY = 'simplane-a5f1c3d7-6b1e-4b43-9f0e-profile'
const JSON_TYPE = { 'content-type': 'application/json' }

export function openClient({ driver, base, names, exchange }: ClientOptions) {
  let asking: Promise<Json> | undefined

  async function send(call: Omit<Call, 'path'> & { readonly path: string }): Promise<Judged> {
    return judge(driver, await exchange.send({ ...call, path: `${base}${call.path}` }))
  }

  /** For what only reads: turned away is as good as not there. */
  async function read(endpoint: string, path: string): Promise<Json | undefined> {
    const judged = await send({ endpoint, method: 'GET', path, repeatable: true })
    if (judged.kind === 'throttled') throw unreachable(driver, 'it wants to be left alone')
    if (judged.kind === 'done') return judged.body
    if (judged.status === 404) return undefined
    throw unreachable(driver, judged.message)
  }

  async function version(): Promise<Json> {
    // Everybody who asks at once is told by one request.
    asking ??= read('version', '/version')
      .then((body) => {
        if (body === undefined || text(body['version']) === undefined)
          throw unreachable(driver, 'it does not say which version of Fleet it is')
        return body
      })
      .finally(() => {
        asking = undefined
      })
    return await asking
  }

  return {
    async reach(): Promise<void> {
      await version()
    },

    /** `4.93.0` as [4, 93]; `undefined` for a version that is no release. */
    async version(): Promise<readonly [major: number, minor: number] | undefined> {
      const [, major, minor] = /^v?(\d+)\.(\d+)/.exec(text((await version())['version']) ?? '') ?? []
      return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)]
    },

    async isPremium(): Promise<boolean> {
      const license = object((await read('config', '/config'))?.['license'])
      return license?.['tier'] === 'premium'
    },

    /** A page of all hosts, from 0 on; shorter than a page: the last. */
    async hosts(page: number): Promise<readonly Host[]> {
      const query = `page=${page}&per_page=${PAGE_SIZE}&order_key=id&order_direction=asc&populate_labels=true`
      const list = objects((await read('hosts', `/hosts?${query}`))?.['hosts'])
      const hosts = list?.map(readHost)
      if (hosts?.every((each) => each !== undefined) !== true)
        throw unreachable(driver, 'its list of hosts cannot be read')
      return hosts
    },

    async count(): Promise<number> {
      const count = readCount((await read('count', '/hosts/count')) ?? {})
      if (count === undefined) throw unreachable(driver, 'it does not say how many hosts it has')
      return count
    },

    /** `undefined`: Fleet has no such host. */
    async host(id: HostId): Promise<Host | undefined> {
      const body = await read('host', `/hosts/${id}?exclude_software=true`)
      if (body === undefined) return undefined
      const host = readHost(object(body['host']) ?? {})
      if (host?.id !== id) throw unreachable(driver, 'what it says of a host cannot be read')
      return host
    },

    /** Queues one command for one host. Not repeated: whether it arrived, `results` says. */
    async run(hostUuid: string, command: string): Promise<Judged> {
      const body = { command: Buffer.from(command).toString('base64'), host_uuids: [hostUuid] }
      return await send({ ...post('run', '/commands/run', body), repeatable: false })
    },

    async results(uuid: string, hostUuid: string): Promise<CommandState> {
      const path = `${base}/commands/results?command_uuid=${encodeURIComponent(uuid)}`
      const answer = await exchange.send({ endpoint: 'results', method: 'GET', path, repeatable: true })
      if (answer.kind !== 'answered' || answer.status === 401 || answer.status === 403) {
        const judged = judge(driver, answer)
        throw unreachable(driver, judged.kind === 'throttled' ? 'it wants to be left alone' : 'no answer')
      }
      const state = readResults(answer, hostUuid)
      if (state === undefined) throw unreachable(driver, 'what it says of a command cannot be read')
      return state
    },

    /** A manual label with this host in it: with a member it cannot be taken for a label that a query fills. */
    async createLabel(name: string, first: HostId): Promise<Judged> {
      const body = { name, description: LABEL_DESCRIPTION, host_ids: [first] }
      return await send({ ...post('label', '/labels', body), repeatable: false })
    },

    async addLabel(id: HostId, name: string): Promise<Judged> {
      return await send({
        ...post('host-labels', `/hosts/${id}/labels`, { labels: [name] }),
        repeatable: true,
      })
    },

    async removeLabels(id: HostId, labels: readonly [string, ...string[]]): Promise<Judged> {
      const call = post('host-labels', `/hosts/${id}/labels`, { labels })
      return await send({ ...call, method: 'DELETE', repeatable: true })
    },

    /** Every profile of one team; 0: of no team. */
    async profiles(team: number): Promise<readonly Profile[]> {
      const found: Profile[] = []
      for (let page = 0; page < MOST_PAGES; page += 1) {
        const where = team === 0 ? '' : `&${TEAM_PARAMETER[names]}=${team}`
        const body = await read(
          'profiles',
          `/configuration_profiles?page=${page}&per_page=${PAGE_SIZE}${where}`,
        )
        const list = body?.['profiles'] === null ? [] : objects(body?.['profiles'])
        if (list === undefined) throw unreachable(driver, 'its list of profiles cannot be read')
        found.push(...list.flatMap((each) => profileOf(each) ?? []))
        if (list.length < PAGE_SIZE) return found
      }
      throw unreachable(driver, 'its list of profiles has no end')
    },

    /** A profile for the hosts of this label alone. */
    async addProfile(team: number, name: string, xml: string): Promise<Judged> {
      const fields: (readonly [string, string])[] = [['labels_include_all', name]]
      // In the form, not in the query: there Fleet overlooks the new name.
      if (team !== 0) fields.unshift([TEAM_PARAMETER[names], String(team)])
      const { contentType, body } = writeForm(BOUNDARY, fields, {
        field: 'profile',
        name: `${name}.xml`,
        text: xml,
      })
      return await send({
        endpoint: 'profile',
        method: 'POST',
        path: '/configuration_profiles',
        headers: { 'content-type': contentType },
        body,
        repeatable: false,
      })
    },

    async deleteProfile(uuid: string): Promise<Judged> {
      const path = `/configuration_profiles/${encodeURIComponent(uuid)}`
      return await send({ endpoint: 'profile', method: 'DELETE', path, repeatable: true })
    },

    /** Apple's devices only. */
    async turnOffMdm(id: HostId): Promise<Judged> {
      return await send({
        endpoint: 'unenroll',
        method: 'DELETE',
        path: `/hosts/${id}/mdm`,
        repeatable: false,
      })
    },

    async deleteHost(id: HostId): Promise<Judged> {
      return await send({ endpoint: 'delete-host', method: 'DELETE', path: `/hosts/${id}`, repeatable: true })
    },

    /** The rows of a live query; `undefined`: the host is offline, or could not. */
    async query(id: HostId, sql: string): Promise<readonly Json[] | undefined> {
      const judged = await send({ ...post('query', `/hosts/${id}/query`, { query: sql }), repeatable: true })
      if (judged.kind !== 'done' || judged.body['status'] !== 'online') return undefined
      const error = judged.body['error']
      return error === null || error === undefined ? objects(judged.body['rows']) : undefined
    },
  }
}

const LABEL_DESCRIPTION = 'Devices with this eSIM configuration. Kept by simplane: do not edit or delete.'

function post(endpoint: string, path: string, body: object): Omit<Call, 'repeatable'> {
  return { endpoint, method: 'POST', path, headers: JSON_TYPE, body: JSON.stringify(body) }
}

function profileOf(json: Json): Profile | undefined {
  const uuid = text(json['profile_uuid'])
  const name = text(json['name'])
  if (uuid === undefined || name === undefined) return undefined
  const wanted = ['labels_include_all', 'labels_include_any'].flatMap((key) => objects(json[key]) ?? [])
  return {
    uuid,
    name,
    platform: text(json['platform']) ?? '',
    labels: wanted.flatMap((label) => text(label['name']) ?? []),
    broken: wanted.some((label) => label['broken'] === true),
  }
}
