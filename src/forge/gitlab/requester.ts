import type { Users } from '@gitbeaker/rest'

/** What gitbeaker sends its requests with; its own one retries by a clock of its own, and reads without end. */
export type RequesterFn = NonNullable<ConstructorParameters<typeof Users>[0]['requesterFn']>

type Requester = ReturnType<RequesterFn>
type Asked = Parameters<Requester['post']>[1]

/** The host gitbeaker believes in. Nothing is sent there: only what it asks below is taken. */
export const HOST = 'https://gitlab.invalid'

/**
 * Requests of gitbeaker, sent by a `fetch` that is bounded. What GitLab says is the answer, whatever its status: with
 * `showExpanded` the library hands it on. `base`: of the API, `https://gitlab.com/api/v4`.
 */
export function requesterOver(send: typeof fetch, base: URL, token: () => string): RequesterFn {
  return ({ url }) => {
    // Some resources keep the first word of their paths, `projects`, to themselves.
    const first = url.slice(`${HOST}/api/v4/`.length)
    const root = [base.href.replace(/\/+$/, ''), first].filter((part) => part !== '').join('/')

    async function ask(method: string, endpoint: string, { searchParams, body }: NonNullable<Asked>) {
      const query = queryOf(searchParams)
      const response = await send(`${root}/${endpoint}${query === '' ? '' : `?${query}`}`, {
        method,
        headers: {
          accept: 'application/json',
          'private-token': token(),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(snake(body)) }),
      })
      const text = await response.text()
      const { status, headers: heads } = response
      // Whatever type the library promises for it: it is looked at where it is read.
      return { status, headers: Object.fromEntries(heads), body: text === '' ? null : JSON.parse(text) }
    }

    return {
      get: (endpoint, options = {}) => ask('GET', endpoint, options),
      post: (endpoint, options = {}) => ask('POST', endpoint, options),
      put: (endpoint, options = {}) => ask('PUT', endpoint, options),
      patch: (endpoint, options = {}) => ask('PATCH', endpoint, options),
      delete: (endpoint, options = {}) => ask('DELETE', endpoint, options),
    }
  }
}

function queryOf(params: Readonly<Record<string, unknown>> = {}): string {
  const given = Object.entries(params).filter(([, value]) => value !== undefined)
  return new URLSearchParams(
    given.map(([key, value]): [string, string] => [snakeName(key), String(value)]),
  ).toString()
}

/** The library's names are `sourceBranch`, GitLab's `source_branch`. */
function snake(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snake)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [snakeName(key), snake(inner)]))
}

function snakeName(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
