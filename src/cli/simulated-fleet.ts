import { Option, type Command } from 'commander'
import type { Settings } from '../settings.ts'
import { wholeNumber } from './output.ts'

/** Options that put one simulated fleet in place of the configured drivers. */
export type FleetOptions = { readonly driver?: string; readonly devices?: string; readonly seed?: string }

export function withFleetOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--driver <kind>',
        'with --devices: one simulated fleet in place of the configured drivers',
      ).choices(['simulator']),
    )
    .option('--devices <number>', 'size of a new simulated fleet')
    .option('--seed <number>', 'seed of a new simulated fleet')
}

/** One simulated fleet of the size asked for. */
export function simulated(settings: Settings, { driver, devices, seed }: FleetOptions): Settings {
  if (driver === undefined && devices === undefined && seed === undefined) return settings
  const known = settings.drivers.find((each) => each.kind === 'simulator')
  const fleet = known ?? {
    name: 'simulator',
    kind: 'simulator' as const,
    path: './state/simulator.db',
    devices: 42,
    seed: 1,
  }
  return {
    ...settings,
    drivers: [
      {
        ...fleet,
        ...(devices === undefined ? {} : { devices: wholeNumber('--devices', devices) }),
        ...(seed === undefined ? {} : { seed: wholeNumber('--seed', seed) }),
      },
    ],
  }
}
