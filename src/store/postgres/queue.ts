/**
 * Takes the next rows of a queue, up to `limit`; `take` reads them from a place on. What has left a queue stays in its
 * index for a while, so a large taking goes on where the last one was. Whoever came in further ahead since then is taken
 * once nobody is behind, or at one of the takings that begin at the front again.
 */
export type Queue<Row, Place> = (
  limit: number,
  take: (from: Place) => Promise<readonly Row[]>,
) => Promise<readonly Row[]>

/** Fewer are taken from the front: stepping over what has left costs less than being out of order. */
const LARGE = 200
/** Every so many takings begin at the front. */
const FROM_FRONT = 16

/** `placeOf`: where the taking after one of these rows, which are never none, goes on. */
export function openQueue<Row, Place>(
  front: Place,
  placeOf: (rows: readonly Row[]) => Place,
): Queue<Row, Place> {
  let from = front
  let takings = 0
  return async (limit, take) => {
    takings += 1
    if (limit < LARGE || takings % FROM_FRONT === 0) from = front
    const resumed = from !== front
    let rows = await take(from)
    if (resumed && rows.length < limit) rows = await take(front)
    from = rows.length < limit || rows.length === 0 ? front : placeOf(rows)
    return rows
  }
}
