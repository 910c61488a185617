import { WindowsDevice } from '../../../syncml/device/device.ts'
import type { FakeHost } from './hosts.ts'
import type { State } from './state.ts'

/** What becomes of a device, and of its host in Fleet, when it is erased and enrols again. */
export function openReenrolment({ now, hosts, commands }: State) {
  /** Fleet wiped it: it is off, and holds nothing any more. */
  function wipe(host: FakeHost): void {
    erase(host)
    host.online = false
    host.deviceStatus = 'wiped'
  }

  /**
   * Enrols again. Fleet knows it by its hardware, so that it is the same host and no twin (fleetdm/fleet#47259). What
   * waited for it is cancelled, what Fleet had of its profiles is forgotten, so that they are sent again, and it is no
   * longer "wiped" (#50612); the commands of a Windows host are gone altogether (#29086). Manual labels stay (#49581).
   */
  function reenrol(host: FakeHost): void {
    Object.assign(host, { enrollment: 'On (manual)', deviceStatus: 'unlocked', pendingAction: '' })
    Object.assign(host, { online: true, enrolledAt: now(), seenAt: now(), queue: [], profiles: [] })
    if (host.windows === undefined) return
    for (const [id, command] of commands) if (command.host === host) commands.delete(id)
  }

  /** Enrols again after an administrator deleted its host, as Fleet's guide has it: it is another host. */
  function enrolAnew(former: FakeHost, add: (make: (id: number) => FakeHost) => FakeHost): FakeHost {
    hosts.delete(former.id)
    const again = add((id) => ({ ...former, id, labels: new Set(['All Hosts']), log: [] }))
    reenrol(again)
    return again
  }

  return { erase, wipe, reenrol, enrolAnew }
}

/** Erased, with its eSIMs. */
function erase(host: FakeHost): void {
  const { apple, windows } = host
  if (apple !== undefined) Object.assign(apple, { plans: [], arriving: [] })
  if (windows === undefined) return
  const eids = windows.machine.chips.map(({ eid }) => eid)
  host.windows = new WindowsDevice({ operators: windows.operators, eids })
}
