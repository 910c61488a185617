import { objects, type Json } from '../json.ts'
import { unreachable } from '../trouble.ts'

/** The most that GitHub gives at once. */
export const PAGE = 100

/** A list longer than 50,000 is not ours to read; one that never ends would be read for ever. */
const MOST_PAGES = 500

/**
 * The entries of a list, page after page as the library gives them; whoever has read enough stops. `what` is for
 * messages; `of` finds the list in a page that holds more than it.
 */
export async function* entries(
  forge: string,
  what: string,
  pages: AsyncIterable<{ readonly data: unknown }>,
  of: (page: unknown) => unknown = (page) => page,
): AsyncGenerator<Json> {
  let read = 0
  for await (const { data } of pages) {
    const list = objects(of(data))
    if (list === undefined) throw unreachable(forge, `its list of ${what} cannot be read`)
    yield* list
    read += 1
    if (read >= MOST_PAGES) throw unreachable(forge, `its list of ${what} does not end`)
  }
}
