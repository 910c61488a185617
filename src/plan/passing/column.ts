/** Numbers of one kind, one a device. */
export type Numbers = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** A column that grows by whole parts. */
export interface Column<T extends Numbers> {
  readonly length: number
  /** Copies the part to the end and gives its memory back. */
  append(part: T): void
  /** All of it; good until the next part. */
  whole(): T
}

/** An empty column. `make`: how so many numbers of its kind are made. */
export function openColumn<T extends Numbers>(make: (length: number) => T): Column<T> {
  let numbers = make(0)
  let length = 0
  return {
    get length() {
      return length
    },
    append(part) {
      const needed = length + part.length
      if (needed > numbers.length) {
        const wider = make(Math.max(needed, Math.ceil(numbers.length * 1.5)))
        wider.set(numbers.subarray(0, length))
        release(numbers)
        numbers = wider
      }
      numbers.set(part, length)
      length = needed
      release(part)
    },
    whole: () => numbers.subarray(0, length) as T,
  }
}

/**
 * Gives memory back now: a fleet's columns are most of the memory of its plan, and a collector in no hurry would let
 * them stand twice.
 */
export function release({ buffer }: Numbers): void {
  buffer.transfer(0)
}
