import { randomUUID } from 'node:crypto'
import { WindowsDevice } from '../../../syncml/device/device.ts'
import type { Operators } from '../../../syncml/device/operator.ts'
import { makeDevice, type AppleDevice } from '../apple-device.ts'

/** A profile on a host, as Fleet keeps it. */
export type HostedProfile = {
  readonly uuid: string
  readonly name: string
  readonly xml: string
  operation: 'install' | 'remove'
  status: 'pending' | 'verifying' | 'verified' | 'failed' | null
  detail: string
}

/** One host of the fake, as Fleet's database has it, with the device behind it. */
export type FakeHost = {
  readonly id: number
  readonly uuid: string
  readonly platform: 'windows' | 'ios' | 'ipados' | 'darwin'
  readonly serial: string
  enrollment: string | null
  deviceStatus: string
  pendingAction: string
  teamId: number | null
  online: boolean
  seenAt: number
  enrolledAt: number
  osVersion: string
  readonly labels: Set<string>
  profiles: HostedProfile[]
  /** Ids of commands that wait for it, oldest first. */
  queue: string[]
  /** What really happened on the device: `install NAME`, `remove NAME`, `exec URI`. */
  readonly log: string[]
  readonly apple?: AppleDevice
  windows?: WindowsDevice
}

let made = 0

/** What all hosts of one fake begin with. */
function begin(id: number, now: number): Omit<FakeHost, 'platform' | 'serial' | 'osVersion' | 'uuid'> {
  return {
    id,
    enrollment: 'On (manual)',
    deviceStatus: 'unlocked',
    pendingAction: '',
    teamId: null,
    online: true,
    seenAt: now,
    enrolledAt: now - 86_400_000,
    labels: new Set(['All Hosts']),
    profiles: [],
    queue: [],
    log: [],
  }
}

/** An iPhone with nothing on it. */
export function appleHost(id: number, now: number, apple = makeDevice()): FakeHost {
  const platform = apple.product.startsWith('iPad') ? 'ipados' : 'ios'
  const name = platform === 'ios' ? 'iOS' : 'iPadOS'
  return {
    ...begin(id, now),
    platform,
    serial: apple.serial,
    uuid: apple.udid,
    osVersion: `${name} ${apple.osVersion}`,
    apple,
  }
}

/** A laptop with an empty eUICC, and an eSIM ready for it at each of these servers. */
export function windowsHost(
  id: number,
  now: number,
  operators: Operators,
  servers: readonly string[],
): FakeHost {
  made += 1
  const number = String(made).padStart(8, '0')
  const eid = `8904903200000000000001${number}00`
  for (const [at, server] of servers.entries()) {
    for (let copy = 0; copy < 3; copy += 1)
      operators.prepared.push({ server, eid, iccid: `89331${at}${copy}0${number}0000` })
  }
  const windows = new WindowsDevice({ operators, eids: [eid] })
  windows.setClock(now)
  return {
    ...begin(id, now),
    platform: 'windows',
    serial: `5CG${number}`,
    uuid: randomUUID().toUpperCase(),
    osVersion: 'Windows 11 Enterprise 23H2 10.0.22631.4317',
    windows,
  }
}

/** A Mac, of which there are always some. */
export function macHost(id: number, now: number): FakeHost {
  const rest = {
    platform: 'darwin',
    serial: `C02${id}`,
    uuid: randomUUID(),
    osVersion: 'macOS 15.1',
  } as const
  return { ...begin(id, now), ...rest }
}

/** A host as Fleet's API gives it; a list holds less than the page of one host. */
export function hostJson(host: FakeHost, full: boolean, teamKey: 'team' | 'fleet'): object {
  const { id, uuid, platform, serial, enrollment, osVersion } = host
  const time = (at: number): string => new Date(at).toISOString()
  const isApple = host.apple !== undefined
  return {
    created_at: time(host.enrolledAt),
    updated_at: time(host.seenAt),
    id,
    uuid,
    platform,
    hardware_serial: serial,
    hardware_model: isApple ? 'iPhone15,2' : 'Latitude 7450',
    hostname: `host-${id}`,
    display_name: `Device ${id}`,
    os_version: osVersion,
    status: host.online ? 'online' : 'offline',
    [`${teamKey}_id`]: host.teamId,
    [`${teamKey}_name`]: host.teamId === null ? null : 'Workstations',
    // Fleet's "never" for iOS before 4.93.
    seen_time: isApple ? '2000-01-01T00:00:00Z' : time(host.seenAt),
    last_enrolled_at: time(host.enrolledAt),
    last_mdm_enrolled_at: enrollment === null ? null : time(host.enrolledAt),
    last_mdm_checked_in_at: time(host.seenAt),
    labels: [...host.labels].map((name, at) => ({ id: at + 1, name, label_membership_type: 'manual' })),
    mdm: {
      enrollment_status: enrollment,
      connected_to_fleet: enrollment !== null,
      name: 'Fleet',
      server_url: 'https://fleet.example.com/mdm',
      ...(full
        ? {
            device_status: host.deviceStatus,
            pending_action: host.pendingAction,
            profiles:
              host.profiles.length === 0
                ? null
                : host.profiles.map((each) => ({
                    profile_uuid: each.uuid,
                    name: each.name,
                    status: each.status,
                    operation_type: each.operation,
                    detail: each.detail,
                  })),
          }
        : {}),
    },
  }
}
