import { isAscii } from 'node:buffer'
import type { Sheet } from '../plan/passing/sheet.ts'
import { openPassing, type PassingQuestion } from '../plan/passing/planner.ts'
import { readStretch, type Stretch } from '../snapshot/stretch.ts'
import type { FleetFile } from './fleet-file.ts'

/** So many bytes of the file are in memory at a time. */
const STRETCH_BYTES = 1 << 19
/** So many are taken at a time: to hand over what was made of them takes as long as planning a few devices. */
const TURN_BYTES = 1 << 22

/** What several readers of one file share: whose turn it is. */
export type Share = {
  /** Where the lines of devices begin. */
  readonly body: number
  readonly size: number
  /** One number: how many turns were taken. */
  readonly turns: SharedArrayBuffer
}

/** The lines of one turn, read and planned. */
export type Read = {
  /** Which turn, from 0. */
  readonly turn: number
  readonly stretches: readonly Stretch[]
  readonly sheet: Sheet
}

/** Nobody has taken a turn yet. */
export function openShare(body: number, size: number): Share {
  return { body, size, turns: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT) }
}

/** Takes one turn after the other at the lines of a file, one at each call; `undefined`: none is left. */
export function openFleetReading(
  file: FleetFile,
  question: PassingQuestion,
  share: Share,
): () => Read | undefined {
  const passing = openPassing(question)
  const turns = new Int32Array(share.turns)
  return () => {
    const turn = Atomics.add(turns, 0, 1)
    const start = share.body + turn * TURN_BYTES
    const end = Math.min(start + TURN_BYTES, share.size)
    if (start >= end) return undefined
    const stretches: Stretch[] = []
    for (let at = start; at < end; at += STRETCH_BYTES) {
      const lines = file.linesWithin(at, Math.min(at + STRETCH_BYTES, end))
      if (lines === undefined) continue
      stretches.push(readStretch(lines.bytes, lines.start, passing.see, isAscii(lines.bytes)))
    }
    return { turn, stretches, sheet: passing.takeSheet() }
  }
}
