/** A step id is 20 hexadecimal digits, ten bytes; a pile of millions keeps no more than these. */
export const ID_BYTES = 10

/** Below so many ids an ordinary sort is as good. */
const FEW = 4_096
const BUCKETS = 65_536

/** Writes an id at a byte offset. Throws for what is no step id: nothing else comes back as it was. */
export function writeStepId(bytes: Buffer, at: number, id: string): void {
  if (id.length !== 2 * ID_BYTES || bytes.write(id, at, 'hex') !== ID_BYTES)
    throw new Error(`${id} is no step id: it is not ${2 * ID_BYTES} hexadecimal digits`)
}

/** The id at a byte offset. */
export function readStepId(bytes: Buffer, at: number): string {
  return bytes.toString('hex', at, at + ID_BYTES)
}

/** The ids of a pile in code-point order, in runs: each run sorted, and every id of a run before those of the next. */
export function* sortedStepIds(pile: Buffer): Generator<readonly string[], void> {
  const many = pile.length / ID_BYTES
  if (many <= FEW) {
    yield idsOf(pile, 0, many).sort()
    return
  }
  const memory = new ArrayBuffer(pile.length)
  try {
    const bytes = Buffer.from(memory)
    let from = 0
    for (const to of fillBuckets(pile, many, bytes)) {
      yield idsOf(bytes, from, to).sort()
      from = to
    }
  } finally {
    memory.transfer(0)
  }
}

/** Ids are hashes: by their first two bytes they fall into buckets of nearly one size. Gives where each ends, in ids. */
function fillBuckets(pile: Buffer, many: number, bytes: Buffer): Uint32Array {
  const ends = new Uint32Array(BUCKETS)
  const bucketOf = (index: number): number => pile.readUInt16BE(index * ID_BYTES)
  for (let index = 0; index < many; index += 1) add(ends, bucketOf(index), 1)
  let sum = 0
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    sum += ends[bucket] ?? 0
    ends[bucket] = sum
  }
  for (let index = 0; index < many; index += 1) {
    const place = add(ends, bucketOf(index), -1) * ID_BYTES
    pile.copy(bytes, place, index * ID_BYTES, (index + 1) * ID_BYTES)
  }
  return startsToEnds(ends, many)
}

/** Filling a bucket from its end leaves where it starts. */
function startsToEnds(starts: Uint32Array, many: number): Uint32Array {
  const ends = new Uint32Array(starts.length)
  ends.set(starts.subarray(1))
  ends[starts.length - 1] = many
  return ends
}

function add(counts: Uint32Array, at: number, more: number): number {
  const sum = (counts[at] ?? 0) + more
  counts[at] = sum
  return sum
}

function idsOf(bytes: Buffer, from: number, to: number): string[] {
  const ids: string[] = []
  for (let index = from; index < to; index += 1) ids.push(readStepId(bytes, index * ID_BYTES))
  return ids
}
