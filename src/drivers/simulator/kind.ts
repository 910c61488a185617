import type { SimulatorSettings } from '../../settings/simulator.ts'
import type { DriverKind } from '../kind.ts'
import { CAPABILITIES } from './mdm-rules.ts'
import { openSimulator } from './simulator.ts'

/** A fleet that does not exist. */
export const SIMULATOR: DriverKind<SimulatorSettings> = {
  capabilities: () => CAPABILITIES,
  open: ({ name, path, devices, seed, latency }, { clock, pathOf, progress }) =>
    openSimulator({
      name,
      path: pathOf(path),
      devices,
      seed,
      clock,
      ...(latency === undefined ? {} : { dials: { latency } }),
      ...(progress === undefined ? {} : { progress }),
    }),
}
