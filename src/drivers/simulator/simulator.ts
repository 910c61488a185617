import type { Driver } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Clock } from '../../domain/time.ts'
import { controlsOf } from './controls.ts'
import type { SimulatorControls } from './controls.ts'
import { createFleet } from './creation.ts'
import { openDatabase } from './database.ts'
import { CALM, turn } from './dials.ts'
import type { Dials } from './dials.ts'
import { CAPABILITIES } from './mdm-rules.ts'
import { outcome, submit } from './messages.ts'
import { look, observe } from './observation.ts'
import { joinWorld } from './world.ts'

/** How a simulated world is made or found again. */
export type SimulatorOptions = {
  /** The driver's name; default `simulator`. */
  readonly name?: string
  /** Its own SQLite file; `:memory:` for one that is gone when closed. */
  readonly path: string
  /** Default 42. Counts only when the file is new: a fleet that is there stays as it is. */
  readonly devices?: number
  /** Default 1. Counts only when the file is new. */
  readonly seed?: number
  readonly clock: Clock
  /** What is not turned is calm. Never stored. */
  readonly dials?: Partial<Dials>
  /** Hears, while a new fleet is written, how many enrolments are. */
  readonly progress?: (written: number) => void
}

/** A simulated MDM with its devices: a driver like any other, and the hands that stir it. */
export interface Simulator extends Driver, SimulatorControls {}

/** ICCIDs have room for this many enrolments. */
const MOST_DEVICES = 5_000_000

/**
 * Opens a simulated world, or makes a new one: contracts.md section 5. Devices obey planning.md section 2; what
 * happens on them happens at its own time and is caught up with whenever anybody asks. Throws `settings` for options
 * out of range, `driver-unreachable` when the file cannot be used.
 */
export async function openSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { name = 'simulator', path, devices = 42, seed = 1, clock, progress } = options
  if (!Number.isSafeInteger(devices) || devices < 0 || devices > MOST_DEVICES) {
    throw new SimplaneError(
      'settings',
      `A simulated fleet of ${devices} devices is not possible: expected 0 to ${MOST_DEVICES}.`,
    )
  }
  if (!Number.isSafeInteger(seed)) {
    throw new SimplaneError('settings', `The simulator's seed is ${seed}; expected a whole number.`)
  }
  const dials = turn(CALM, options.dials ?? {})
  const db = openDatabase(path)
  try {
    await createFleet(db, {
      devices,
      seed,
      createdAt: clock.now(),
      ...(progress === undefined ? {} : { progress }),
    })
    const world = joinWorld(db, name, clock, dials)
    return {
      name,
      capabilities: CAPABILITIES,
      observe: async (cursor) => observe(world, cursor),
      look: async (id) => look(world, id),
      submit: async (command) => submit(world, command),
      outcome: async (command) => outcome(world, command.id),
      ...controlsOf(world),
      [Symbol.asyncDispose]: async () => void db.close(),
    }
  } catch (error) {
    db.close()
    throw error
  }
}
