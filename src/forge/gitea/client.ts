import { quoted } from '../../exchange/words.ts'
import { object, objects, text, type Json } from '../json.ts'
import { Refused, unreachable } from '../trouble.ts'

/**
 * The API of Gitea and of Forgejo, as much of it as is needed. gitea-js, the one library there is, knows Gitea 1.23 and
 * no Forgejo. All throw `forge-unreachable`.
 */
export type Client = ReturnType<typeof openClient>

type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'
type Query = Readonly<Record<string, string>>

/** Most servers give no more at once (`MAX_RESPONSE_ITEMS`), and may be told to give fewer. */
const PAGE_SIZE = 50
/** More pages than these are no list, but a mistake. */
const MOST_PAGES = 1_000

const CREDENTIALS = 'Check the token in the settings.'
const RIGHTS =
  'Give the token the scopes write:repository, write:issue and read:user, and its owner the right to write.'
const NOT_FOUND = 'Check the name of the repository, and that the token may see it: the same is said of both.'
const REJECTED = 'Nothing was changed. What the forge says above is the reason.'

/** `base`: of the API, as `https://HOST/api/v1`. Paths are encoded already. */
export function openClient(forge: string, base: URL, send: typeof fetch, token: () => string) {
  const root = base.href.replace(/\/+$/, '')

  async function ask(method: Method, path: string, body?: object, query: Query = {}) {
    const search = new URLSearchParams(query).toString()
    const response = await send(`${root}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers: {
        accept: 'application/json',
        authorization: `token ${token()}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const said = await response.text()
    const data: unknown = said === '' ? undefined : JSON.parse(said)
    if (response.ok) return { data, headers: response.headers }
    throw refused(response.status, data)
  }

  /** Gitea says why in `message`; the address beside it is that of its API's description. */
  function refused(status: number, data: unknown): Error {
    const message = text(object(data)?.['message'])
    if (message === undefined)
      return unreachable(forge, `it answered HTTP ${status}, which is not what Gitea or Forgejo would say`)
    return new Refused(forge, `${quoted(message)} (HTTP ${status})`, hintFor(status), status)
  }

  async function one(method: Method, path: string, body?: object, query?: Query): Promise<Json> {
    const data = object((await ask(method, path, body, query)).data)
    if (data === undefined) throw unreachable(forge, 'what it says cannot be read')
    return data
  }

  return {
    /** An object. */
    one,

    /** Nothing is wanted back. */
    async none(method: Method, path: string): Promise<void> {
      await ask(method, path)
    },

    /** `undefined`: there is none, or none that may be seen. */
    async perhaps(path: string, query?: Query): Promise<Json | undefined> {
      try {
        return await one('GET', path, undefined, query)
      } catch (error) {
        if (error instanceof Refused && error.httpStatus === 404) return undefined
        throw error
      }
    },

    /** The entries of a list, page after page; whoever has read enough stops. */
    async *all(path: string, query: Query = {}): AsyncGenerator<Json> {
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const paging = { page: String(page), limit: String(PAGE_SIZE) }
        const { data, headers } = await ask('GET', path, undefined, { ...query, ...paging })
        const entries = objects(data)
        if (entries === undefined) throw unreachable(forge, 'its list cannot be read')
        yield* entries
        // How many a page has is the server's to say: only this tells whether there is another one.
        if (!/rel="next"/.test(headers.get('link') ?? '')) return
      }
      throw unreachable(forge, 'its list does not end')
    },

    /** A list that Gitea gives as a whole. */
    async whole(path: string): Promise<readonly Json[]> {
      const entries = objects((await ask('GET', path)).data)
      if (entries === undefined) throw unreachable(forge, 'its list cannot be read')
      return entries
    },
  }
}

function hintFor(status: number): string {
  if (status === 401) return CREDENTIALS
  if (status === 403) return RIGHTS
  return status === 404 ? NOT_FOUND : REJECTED
}
