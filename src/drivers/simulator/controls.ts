import { SimplaneError } from '../../domain/error.ts'
import type { EsimSpec } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import { deliverDue, dueAt } from './delivery.ts'
import { parseRecordId, recordId } from './device.ts'
import type { SimulatedDevice } from './device.ts'
import { blocks, download, put } from './device-rules.ts'
import type { Dials } from './dials.ts'
import { BLOCK, plainDevice } from './fleet-shape.ts'
import type { LogEntry } from './log.ts'
import type { DeviceRow } from './tables.ts'
import { guard, isOnline, turnDials, withoutReport, write } from './world.ts'
import type { World } from './world.ts'

/**
 * The hands of everybody who is not simplane: users, other administrators, chance. For the demo and for tests. Each
 * call first lets happen what was due, then takes effect at once; an id that no record has throws `not-found`.
 */
export interface SimulatorControls {
  setDials(changes: Partial<Dials>): void
  /** Switches a device on or off, whatever the dial says. What happens on it while off shows when it is on again. */
  setOnline(id: string, online: boolean): void
  /** The user deletes one eSIM, or all of them. */
  userDeletesEsim(id: string, iccid?: string): void
  /** The user turns one eSIM off, or all of them. */
  userDisablesEsim(id: string, iccid?: string): void
  /** Another administrator installs a configuration, unmanaged by us; an eSIM comes with it unless one blocks it. */
  consoleInstalls(id: string, spec: EsimSpec, configuration: string): void
  /** Another administrator changes what an installed configuration says, or takes it off; eSIMs stay. */
  consoleChanges(id: string, configuration: string, spec: EsimSpec | undefined): void
  /** Another administrator retires the device. */
  retireInConsole(id: string): void
  /** The device is wiped and enrolled again: its record stays behind as wiped. Gives the id of the new one. */
  wipeAndReenrol(id: string): string
  /** Enrols one more plain device, as described. Gives its id. */
  addDevice(facts?: Partial<Omit<SimulatedDevice, 'id'>>): string
  /** The record vanishes from the MDM, as if somebody deleted it in the console. */
  removeDevice(id: string): void
  /** What a device was told and did, oldest first; of all devices without an id. */
  log(id?: string): readonly LogEntry[]
  /** How often a command took effect on its device: 1 at most, or the simulator is broken. */
  effects(command: string): number
  /** Commands the MDM heard (repetitions included), and effects on devices. With a command: of that one. */
  counts(command?: string): { readonly told: number; readonly executed: number }
}

/** The controls of an open world. */
export function controlsOf(world: World): SimulatorControls {
  const { tables, log, clock } = world

  function act<T>(work: (now: Instant) => T): T {
    return write(world, () => {
      const now = clock.now()
      deliverDue(world, now)
      return work(now)
    })
  }

  function change(id: string, alter: (device: SimulatedDevice, now: Instant) => SimulatedDevice): void {
    act((now) => {
      const row = find(world, id)
      tables.updateDevice(altered(world, row, alter(row.device, now)))
    })
  }

  return {
    setDials: (changes) => act((now) => turnDials(world, changes, now)),
    setOnline: (id, online) =>
      act((now) => {
        const row = find(world, id)
        if (isOnline(world, row) === online) return tables.updateDevice({ ...row, online })
        if (!online) return tables.updateDevice({ ...row, online, seenAt: now, reported: row.device })
        const { seenAt: _seenAt, ...rest } = withoutReport(row)
        if (row.device.registration !== 'active') return tables.updateDevice({ ...row, online })
        tables.updateDevice({ ...rest, online })
        tables.unpark(dueAt(world, id, 0, now), row.id)
      }),
    userDeletesEsim: (id, iccid) =>
      change(id, (device) => ({
        ...device,
        esims: iccid === undefined ? [] : device.esims.filter((esim) => esim.iccid !== iccid),
      })),
    userDisablesEsim: (id, iccid) =>
      change(id, (device) => ({
        ...device,
        esims: device.esims.map((esim) =>
          iccid === undefined || esim.iccid === iccid ? { ...esim, enabled: false } : esim,
        ),
      })),
    consoleInstalls: (id, spec, configuration) =>
      change(id, (device, at) => {
        const installed = put(device, { configuration, spec, at, managed: false })
        const blocked = spec.platform === 'windows' && blocks(device.esims, configuration, spec)
        return blocked ? installed : download(installed, configuration, spec)
      }),
    consoleChanges: (id, configuration, spec) =>
      change(id, (device) => ({
        ...device,
        installed: device.installed.flatMap((entry) => {
          if (entry.configuration !== configuration) return [entry]
          return spec === undefined ? [] : [{ ...entry, spec }]
        }),
      })),
    retireInConsole: (id) => act((now) => leave(world, find(world, id), 'retired', now)),
    wipeAndReenrol: (id) => act((now) => wipeAndReenrol(world, find(world, id), now)),
    addDevice: (facts = {}) =>
      act((now) => {
        // Numbered past any fleet, so that its serial number is nobody else's.
        const plain = plainDevice(Number(tables.meta('next-id')) * BLOCK, 0, now)
        return enrol(world, { ...plain, enrolledAt: now, ...facts })
      }),
    removeDevice: (id) =>
      act(() => {
        tables.deleteDevice(find(world, id).id)
        tables.addToCount(-1)
      }),
    log: (id) => {
      act(() => undefined)
      if (id === undefined) return log.entries()
      return log.entries(parseRecordId(id) ?? -1)
    },
    effects: (command) => act(() => log.effects(command)),
    counts: (command) => act(() => ({ told: tables.told(command), executed: log.effects(command) })),
  }
}

function find(world: World, id: string): DeviceRow {
  const number = parseRecordId(id)
  const row = number === undefined ? undefined : guard(world, () => world.tables.device(number))
  if (row === undefined) throw new SimplaneError('not-found', `The simulated fleet has no device "${id}".`)
  return row
}

/** What the MDM believes of an offline device stays as it was when it last checked in. */
function altered(world: World, row: DeviceRow, device: SimulatedDevice): DeviceRow {
  const unseen = !isOnline(world, row) && row.reported === undefined
  return { ...row, device, ...(unseen ? { reported: row.device } : {}) }
}

function leave(world: World, row: DeviceRow, registration: 'retired' | 'wiped', now: Instant): void {
  const seenAt = isOnline(world, row) ? now : (row.seenAt ?? now)
  world.tables.updateDevice({ ...row, seenAt, device: { ...row.device, registration } })
}

function wipeAndReenrol(world: World, row: DeviceRow, now: Instant): string {
  const { device } = row
  const kept = world.dials.wipeKeepsEsims
  const emptied = { ...withoutReport(row), device: { ...device, installed: [], esims: [] } }
  leave(world, kept ? row : emptied, 'wiped', now)
  return enrol(world, {
    ...device,
    registration: 'active',
    enrolledAt: now,
    installed: [],
    esims: kept ? device.esims : [],
    downloads: 0,
  })
}

function enrol(world: World, device: Omit<SimulatedDevice, 'id'>): string {
  const id = Number(world.tables.meta('next-id'))
  world.tables.setMeta('next-id', String(id + 1))
  world.tables.insertDevice({ id, device: { ...device, id } })
  world.tables.addToCount(1)
  return recordId(id)
}
