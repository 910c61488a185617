import { parentPort, workerData } from 'node:worker_threads'
import type { PassingQuestion } from '../plan/passing/planner.ts'
import { FleetFile } from './fleet-file.ts'
import { openFleetReading, type Share } from './fleet-reading.ts'

/** What another thread that reads a fleet snapshot is given. It answers with one `Read` a stretch, and ends. */
export type FleetWork = {
  readonly path: string
  readonly name: string
  readonly question: PassingQuestion
  readonly share: Share
}

// Node calls a worker's data anything; it is what fleet-readers.ts hands over.
const { path, name, question, share } = workerData as FleetWork
using file = new FleetFile(path, name)
const next = openFleetReading(file, question, share)
for (let read = next(); read !== undefined; read = next()) {
  const { sheet } = read
  const columns = [sheet.starts, sheet.lengths, sheet.keys, sheet.keyEnds, sheet.patterns, sheet.ids]
  const more = [sheet.findings, sheet.serials, sheet.eids, sheet.active]
  parentPort?.postMessage(
    read,
    [...columns, ...more].map(({ buffer }) => buffer),
  )
}
