import { quoted } from '../../exchange/words.ts'
import { object, objects, text, type Json } from '../json.ts'
import { Refused, unreachable } from '../trouble.ts'

/** The most that GitLab gives at once (docs.gitlab.com/api/rest, "Pagination"). */
export const PAGE_SIZE = 100
/** More pages than these are no list, but a mistake. */
const MOST_PAGES = 1_000

const CREDENTIALS = 'Check the token in the settings.'
const RIGHTS = 'Give the token the scope api, and its owner the role Developer in the project.'
const NOT_FOUND =
  'Check the name of the project, and that the token may see it: GitLab says the same of both.'
const REJECTED = 'Nothing was changed. What GitLab says above is the reason.'

/** What GitLab says to the calls of gitbeaker, judged. All throw `forge-unreachable`. */
export type Answers = ReturnType<typeof answersOf>

/** For messages of this forge. Every call is made with `showExpanded`. */
export function answersOf(forge: string) {
  /** What it says no with. A no in other words is somebody else's, who stands between. */
  function refused(status: number, data: unknown): Error {
    const said = saidIn(data)
    if (said === undefined)
      return unreachable(forge, `it answered HTTP ${status}, which is not what GitLab would say`)
    return new Refused(forge, `${said} (HTTP ${status})`, hintFor(status), status)
  }

  async function judged(call: Promise<unknown>): Promise<unknown> {
    const answer = object(await call)
    const status = answer?.['status']
    if (typeof status !== 'number') throw unreachable(forge, 'what it says cannot be read')
    if (status < 200 || status > 299) throw refused(status, answer?.['data'])
    return answer?.['data']
  }

  /** What was asked for; everything but a 2xx throws. */
  async function one(call: Promise<unknown>): Promise<Json> {
    const data = object(await judged(call))
    if (data === undefined) throw unreachable(forge, 'what it says cannot be read')
    return data
  }

  return {
    one,

    /** `undefined`: there is none, or none that may be seen. */
    async perhaps(call: Promise<unknown>): Promise<Json | undefined> {
      try {
        return await one(call)
      } catch (error) {
        if (error instanceof Refused && error.httpStatus === 404) return undefined
        throw error
      }
    },

    /** All of a list, page by page. */
    async all(pageOf: (page: number) => Promise<unknown>): Promise<readonly Json[]> {
      const found: Json[] = []
      for (let page = 1; page <= MOST_PAGES; page += 1) {
        const answer = object(await pageOf(page))
        const paging = object(answer?.['paginationInfo'])
        // The library says nothing of pages where GitLab gave no list.
        if (paging === undefined) await judged(Promise.resolve(answer))
        const items = objects(answer?.['data'])
        if (items === undefined) throw unreachable(forge, 'its list cannot be read')
        found.push(...items)
        // A page may be short of what we may not see; and a proxy may take the header away.
        if (typeof paging?.['next'] !== 'number' && items.length < PAGE_SIZE) return found
      }
      throw unreachable(forge, 'its list has no end')
    },

    /** The error for an answer that does not hold what it must. */
    unreadable: (what: string) => unreachable(forge, `what it says of ${what} cannot be read`),
  }
}

function hintFor(status: number): string {
  if (status === 401) return CREDENTIALS
  if (status === 403) return RIGHTS
  return status === 404 ? NOT_FOUND : REJECTED
}

/** `message` is a text, or texts by field; OAuth's errors have words of their own. */
function saidIn(data: unknown): string | undefined {
  const body = object(data)
  const message = body?.['message'] ?? body?.['error_description'] ?? body?.['error']
  if (message === undefined || message === '') return undefined
  return quoted(text(message) ?? JSON.stringify(message))
}
