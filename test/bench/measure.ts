import { readFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import type { Bed, Figure, Reading, Result } from './figure.ts'

/** Adds up the time between starts and stops, in ms, so that what a run has to prepare is left out. */
export class Stopwatch {
  #total = 0

  async time<T>(work: () => Promise<T> | T): Promise<T> {
    const start = performance.now()
    const result = await work()
    this.#total += performance.now() - start
    return result
  }

  get milliseconds(): number {
    return this.#total
  }

  /** How many of `count` things were done a second. */
  rate(count: number): number {
    return (count / this.#total) * 1_000
  }
}

/** A warm-up, then the runs, then the floors: memory is read before a floor could use any. */
export async function measure(
  figure: Figure,
  runs: number,
  bed: Bed,
  tell: (text: string) => void,
): Promise<Result> {
  const opened = await figure.open(bed)
  const count = Math.min(runs, figure.runs ?? runs)
  const readings: Reading[] = []
  if (figure.cold !== true) await opened.run()
  for (let run = 0; run < count; run += 1) {
    const reading = await opened.run()
    readings.push(reading)
    tell(`${figure.name}: run ${run + 1} of ${count}, ${shown(reading.value)} ${figure.unit}`)
  }
  const memory = opened.peak?.() ?? peakMemory()
  const floors: number[] = []
  if (figure.cold !== true) await opened.floor()
  for (let run = 0; run < count; run += 1) floors.push((await opened.floor()).value)
  return {
    name: figure.name,
    title: figure.title,
    unit: figure.unit,
    goal: figure.goal,
    values: readings.map(({ value }) => value),
    floorOf: figure.floor,
    floors,
    memory,
    ...(figure.memory === undefined ? {} : { memoryGoal: figure.memory }),
    did: readings.at(-1)?.did ?? {},
  }
}

/** The most memory this process ever held, in MB. Linux counts what `resourceUsage` says from before the program was loaded. */
export function peakMemory(): number {
  try {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))
    if (line?.[1] !== undefined) return Number(line[1]) / 1024
  } catch {
    // No Linux.
  }
  return process.resourceUsage().maxRSS / 1024
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
}

/** The value that `share` of all do not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
}

/** Three digits that mean something: `0.0214`, `3.61`, `127,000`. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (value === 0) return '0'
  const digits = 10 ** (2 - Math.floor(Math.log10(Math.abs(value))))
  const rounded =
    digits >= 1 ? Math.round(value * digits) / digits : Math.round(Math.round(value * digits) / digits)
  return rounded.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}
