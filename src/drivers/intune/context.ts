import type { Log } from '../../domain/log.ts'
import type { Clock, Duration } from '../../domain/time.ts'
import type { Known } from './facts.ts'
import type { Graph } from './graph.ts'
import type { Memory } from './memory.ts'
import type { DeviceRow, Managed } from './rows.ts'
import type { Tables } from './tables.ts'
import { unreachable } from './trouble.ts'

/** What every part of the driver works with. */
export type Context = {
  readonly driver: string
  readonly clock: Clock
  readonly memory: Memory
  readonly graph: Graph
  /** Where Graph is: entities are named by their whole address. */
  readonly address: URL
  /** Begins the name of everything that is made in the tenant. */
  readonly prefix: string
  /** May scripts of ours run on devices? */
  readonly scripts: boolean
  /** Entra groups whose members are read, by name or id. */
  readonly groups: readonly string[]
  readonly sweepEvery: Duration
  readonly readEvery: Duration
  readonly log?: Log
}

/** Everything that is remembered of a device; `undefined`: nobody knows it. */
export function knownOf(tables: Tables, id: string): Known | undefined {
  const device = tables.device(id)
  return device === undefined ? undefined : knownOfDevice(tables, device)
}

export function knownOfDevice(tables: Tables, device: DeviceRow): Known {
  const { id } = device.managed
  return {
    device,
    memberships: tables.memberships(id),
    targets: new Map(tables.targets().map((target) => [target.name, target])),
    commands: tables.commands(id),
    reading: tables.reading(id),
    origins: tables.origins(id),
  }
}

/** What came of one call that changes something; what got no answer throws. */
export type Told =
  | { readonly kind: 'ok'; readonly at: number; readonly body: unknown }
  | { readonly kind: 'refused'; readonly status: number; readonly code: string; readonly message: string }
  | { readonly kind: 'throttled'; readonly retryAt: number }

/** A write; throws `driver-unreachable` when nobody can say whether it was done. */
export async function tell({ graph, driver }: Context, call: Parameters<Graph['write']>[0]): Promise<Told> {
  const written = await graph.write(call)
  if (written.kind === 'unheard') throw unreachable(driver, written.why)
  return written
}

/** Graph asks for the object id of a device, and Intune shows its deviceId only. */
export async function objectIdOf({ graph }: Context, { entraId }: Managed): Promise<string | undefined> {
  if (entraId === undefined) return undefined
  const device = (await graph.get('entra-device', `/v1.0/devices(deviceId='${entraId}')?$select=id`)) as
    | { readonly id?: string }
    | undefined
  return device?.id
}
