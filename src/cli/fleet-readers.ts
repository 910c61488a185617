import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { openSheetJoiner, type Joined } from '../plan/passing/joined.ts'
import type { PassingQuestion } from '../plan/passing/planner.ts'
import type { Stretch } from '../snapshot/stretch.ts'
import type { FleetFile } from './fleet-file.ts'
import { openFleetReading, openShare, type Read } from './fleet-reading.ts'
import type { FleetWork } from './fleet-worker.ts'

/** From so many bytes on other threads read: starting them takes as long as reading a few megabytes. */
const LARGE = 1 << 25
/** More threads read no faster than their sheets can be joined, and each takes memory. */
const MOST_READERS = 4
/**
 * Megabytes of new objects in a reader; nothing of a device outlives it. Left alone V8 takes more than a hundred for
 * each thread before it looks.
 */
const YOUNG_MEGABYTES = 16

/** A whole file, read and planned. */
export type FleetRead = { readonly joined: Joined; readonly stretches: readonly Stretch[] }

/**
 * Reads and plans all lines of a file from `body` on, in other threads when it is large. Memory holds less than a
 * megabyte of the file for each and some eighty bytes a device. `undefined`: it was told to stop.
 */
export async function readFleet(
  file: FleetFile,
  question: PassingQuestion,
  body: number,
  signal: AbortSignal,
): Promise<FleetRead | undefined> {
  const share = openShare(body, file.size)
  const joiner = openSheetJoiner()
  const stretches: Stretch[] = []
  const take = (read: Read, reader: number): void => {
    joiner.add(read.sheet, reader, read.turn)
    stretches.push(...read.stretches)
  }
  if (file.size - body < LARGE) await readHere(openFleetReading(file, question, share), take, signal)
  else await readElsewhere({ path: file.path, name: file.name, question, share }, take, signal)
  if (signal.aborted) return undefined
  return { joined: joiner.join(), stretches: stretches.sort((a, b) => a.start - b.start) }
}

type Take = (read: Read, reader: number) => void

async function readHere(next: () => Read | undefined, take: Take, signal: AbortSignal): Promise<void> {
  for (let read = next(); read !== undefined && !signal.aborted; read = next()) {
    take(read, 0)
    await setImmediate()
  }
}

async function readElsewhere(work: FleetWork, take: Take, signal: AbortSignal): Promise<void> {
  const workers = Array.from({ length: Math.min(MOST_READERS, availableParallelism()) }, (_, reader) => {
    const worker = new Worker(new URL('fleet-worker.ts', import.meta.url), {
      workerData: work,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    })
    return worker.on('message', (read: Read) => take(read, reader))
  })
  try {
    await Promise.all(workers.map((worker) => once(worker, 'exit', { signal })))
  } catch (error) {
    if (!signal.aborted) throw error
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
