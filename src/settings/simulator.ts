import type { Duration } from '../domain/time.ts'
import { milliseconds } from './duration.ts'

/** A fleet that does not exist. */
export type SimulatorSettings = {
  readonly name: string
  readonly kind: 'simulator'
  readonly path: string
  readonly devices: number
  readonly seed: number
  readonly latency?: { readonly min: Duration; readonly max: Duration }
}

/** As the schema accepts it. */
export type WrittenSimulator = Partial<Omit<SimulatorSettings, 'latency'>> &
  Pick<SimulatorSettings, 'name' | 'kind'> & {
    readonly latency?: { readonly min: string; readonly max: string }
  }

/** With the defaults; `path` is where its file is unless it is written. */
export function completeSimulator(
  { latency, ...written }: WrittenSimulator,
  path: string,
): SimulatorSettings {
  return {
    path,
    devices: 42,
    seed: 1,
    ...written,
    ...(latency === undefined
      ? {}
      : { latency: { min: milliseconds(latency.min), max: milliseconds(latency.max) } }),
  }
}
