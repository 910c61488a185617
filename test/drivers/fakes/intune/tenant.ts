import { randomUUID } from 'node:crypto'
import { applyPolicies, makeDevice, newIccid, runScript, type Carriers, type FakeDevice } from './device.ts'

type Json = Record<string, unknown>
export type Group = { id: string; displayName: string; createdDateTime: string; members: Set<string> }
export type Policy = {
  id: string
  displayName: string
  createdDateTime: string
  omaSettings: Json[]
  groups: string[]
}
export type HealthScript = {
  id: string
  displayName: string
  detectionScriptContent: string
  [key: string]: unknown
}

/** Everything behind Graph: the devices, what was made in the tenant, and when reports arrive. */
export type Tenant = ReturnType<typeof makeTenant>

export function makeTenant(now: () => number) {
  const devices = new Map<string, FakeDevice>()
  const groups = new Map<string, Group>()
  const policies = new Map<string, Policy>()
  const scripts = new Map<string, HealthScript>()
  /** Entra devices by object id; deleting one is what forgetting `$ref` does. */
  const entra = new Set<string>()
  const carriers: Carriers & { iosEmpty: Set<string> } = { empty: new Set(), iosEmpty: new Set() }
  const dials = { reports: 'at-once' as 'at-once' | 'withheld' }

  function stamp(): string {
    return new Date(now()).toISOString().replace(/(\.\d{3})Z$/, '$14567Z')
  }

  function wantedBy(device: FakeDevice): Map<string, ReadonlyMap<string, boolean>> {
    const wanted = new Map<string, ReadonlyMap<string, boolean>>()
    for (const policy of policies.values()) {
      if (!policy.groups.some((group) => groups.get(group)?.members.has(device.entraObjectId) === true))
        continue
      wanted.set(
        policy.id,
        new Map(policy.omaSettings.map((each) => [String(each['omaUri']), each['value'] === true])),
      )
    }
    return wanted
  }

  function act(device: FakeDevice): void {
    for (const action of device.actions) {
      if (action.actionState !== 'pending') continue
      if (dials.reports === 'at-once' || action.actionName !== 'activateDeviceEsim')
        action.actionState = 'done'
      action.lastUpdatedDateTime = stamp()
      if (action.actionName === 'retire') {
        device.gone = true
        device.happened.push({ what: 'retire', where: device.id })
      }
      if (action.actionName === 'activateDeviceEsim' && !device.marks.has(action.startDateTime)) {
        device.marks.add(action.startDateTime)
        const carrier = action.carrierUrl ?? ''
        device.happened.push({ what: 'install', where: carrier })
        if (!carriers.iosEmpty.has(carrier)) device.iccid = newIccid()
      }
    }
  }

  return {
    now,
    stamp,
    devices,
    groups,
    policies,
    scripts,
    entra,
    carriers,
    dials,
    enrol(device: FakeDevice): FakeDevice {
      devices.set(device.id, device)
      entra.add(device.entraObjectId)
      return device
    },
    /** A device that is on checks in: acts, takes and leaves configurations, runs what it was told to run. */
    checkIn(device: FakeDevice): void {
      if (!device.online || device.gone) return
      device.lastSync = now()
      act(device)
      if (device.gone || device.os !== 'Windows') return
      const before = new Map(device.states)
      applyPolicies(device, wantedBy(device), carriers)
      if (dials.reports === 'withheld') {
        device.states.clear()
        for (const [id, state] of before) device.states.set(id, state)
        return
      }
      if (device.silentScripts) return
      for (const id of device.queued.splice(0)) {
        const script = scripts.get(id)
        if (script === undefined) continue
        runScript(device, id, Buffer.from(script.detectionScriptContent, 'base64').toString('utf8'), stamp())
      }
    },
    checkInAll(): void {
      for (const device of devices.values()) this.checkIn(device)
    },
    /** An administrator retires it in the console. */
    retire(device: FakeDevice): void {
      device.managementState = 'retireIssued'
      addAction(device, 'retire', stamp())
    },
    /** Wiped and enrolled again: another record of the same hardware. */
    reenrol(device: FakeDevice): FakeDevice {
      device.gone = true
      device.managementState = 'wipeIssued'
      addAction(device, 'wipe', stamp()).actionState = 'done'
      const { serial, eid, os } = device
      const again = makeDevice(os === 'Windows' ? 'Windows' : 'iOS', now(), {
        serial,
        eid,
        enrolled: now() + 1,
      })
      return this.enrol(again)
    },
    newId: (): string => randomUUID(),
  }
}

/** The newest of each kind is all that Intune keeps. */
export function addAction(device: FakeDevice, actionName: string, at: string): FakeDevice['actions'][number] {
  device.actions = device.actions.filter((each) => each.actionName !== actionName)
  const action = { actionName, actionState: 'pending', startDateTime: at, lastUpdatedDateTime: at }
  device.actions.push(action)
  return action
}
