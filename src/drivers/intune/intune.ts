import type { Driver, Observation, ObservationPage } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import type { Log } from '../../domain/log.ts'
import type { Duration } from '../../domain/time.ts'
import { capabilitiesOf } from './capabilities.ts'
import { outcome, submit } from './commands.ts'
import { connect, type ConnectOptions } from './connect.ts'
import { knownOf, knownOfDevice, type Context } from './context.ts'
import { factsOf, type Known } from './facts.ts'
import { refreshAll, refreshOne } from './inventory.ts'
import { openMemory } from './memory.ts'
import { askInventory, isAskDue } from './remediation.ts'
import { READ_EVERY, SWEEP_EVERY } from './timing.ts'

/** How an Intune tenant is reached, and what may be done in it. */
export type IntuneOptions = ConnectOptions & {
  /** SQLite file of its own: what was sent, and the inventory between two sweeps. */
  readonly path: string
  /** Begins the name of everything made in the tenant; default `simplane`. Another for each simplane of a tenant. */
  readonly prefix?: string
  /** Scripts of ours may run on Windows devices as SYSTEM: they read the eUICC, and reset it. Default false. */
  readonly scripts?: boolean
  /** Entra groups whose members are read for selectors, by name or id; default none. */
  readonly groups?: readonly string[]
  /** How often all devices are read, and not only what checked in since; default an hour. */
  readonly sweepEvery?: Duration
  /** How old the answer of the inventory script may grow; default 12 hours. */
  readonly readEvery?: Duration
  readonly log?: Log
}

/** Devices on a page. */
const PAGE_SIZE = 500

/**
 * Opens the driver for the devices of an Intune tenant. Throws `settings` for an address it would not send credentials
 * to, `driver-unreachable` or `store-newer` for its file. Nothing is sent yet.
 */
export async function openIntune(options: IntuneOptions): Promise<Driver> {
  const { name, path, clock, scripts = false, log } = options
  const stack = new AsyncDisposableStack()
  const { graph, address } = stack.use(connect(options))
  const memory = stack.use(openMemory(path, name))
  const context: Context = {
    driver: name,
    clock,
    memory,
    graph,
    address,
    prefix: options.prefix ?? 'simplane',
    scripts,
    groups: options.groups ?? [],
    sweepEvery: options.sweepEvery ?? SWEEP_EVERY,
    readEvery: options.readEvery ?? READ_EVERY,
    ...(log === undefined ? {} : { log }),
  }

  function observationOf(known: Known): Observation {
    return { facts: factsOf(name, known), at: clock.now() }
  }

  return {
    name,
    capabilities: capabilitiesOf(scripts),

    async observe(cursor?: string): Promise<ObservationPage> {
      const after = cursor === undefined ? 0 : Number(cursor)
      if (!Number.isSafeInteger(after) || after < 0)
        throw new SimplaneError(
          'internal',
          `Driver ${name} gave no cursor "${cursor}": its cursors are whole numbers.`,
        )
      if (cursor === undefined) await refreshAll(context)
      return memory.read((rows) => {
        const devices = rows.page(after, PAGE_SIZE + 1)
        const last = devices.slice(0, PAGE_SIZE).at(-1)
        return {
          observations: devices.slice(0, PAGE_SIZE).map((each) => observationOf(knownOfDevice(rows, each))),
          total: rows.countDevices(),
          ...(devices.length > PAGE_SIZE && last !== undefined ? { next: String(last.seq) } : {}),
        }
      })
    },

    async look(id: string): Promise<Observation | undefined> {
      const managed = await refreshOne(context, id)
      if (managed !== undefined && scripts) {
        const known = memory.read((rows) => knownOf(rows, managed.id))
        const ended = Math.max(
          ...(known?.commands ?? []).map(({ end }) => (end?.kind === 'done' ? end.at - 1 : 0)),
          0,
        )
        const isDue =
          known !== undefined && isAskDue(managed, known.reading, clock.now(), context.readEvery, ended)
        // What cannot be asked now is due again at the next look.
        if (isDue) await askInventory(context, managed.id)
      }
      const known = memory.read((rows) => knownOf(rows, managed?.id ?? id))
      return known === undefined ? undefined : observationOf(known)
    },

    submit: (command) => submit(context, command),
    outcome: (command) => outcome(context, command),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
