import { createHash } from 'node:crypto'
import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import type { DesiredState, EsimConfiguration, Place, Retirement } from '../../src/domain/desired.ts'
import { recordKey } from '../../src/domain/device.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { ACTIONS, STEP_KINDS } from '../../src/domain/plan.ts'
import type {
  Action,
  Hold,
  HoldCode,
  Plan,
  PlannedDevice,
  PlannedStep,
  StepId,
  StepKind,
} from '../../src/domain/plan.ts'
import type { JournalStep, StepState } from '../../src/domain/journal.ts'
import type { StoredDevice } from '../../src/domain/stored-device.ts'
import { shapeOf } from '../../src/plan/shape.ts'

/** Every test looks at the world at this moment. */
export const NOW = Date.parse('2026-11-23T08:02:00Z')

export function at(file: string, line: number, column = 1): Place {
  return { file, line, column }
}

export type StepParts = Partial<Omit<PlannedStep, 'kind'>>

export function step(kind: StepKind, action: Action, parts: StepParts = {}): PlannedStep {
  const heldBy: readonly HoldCode[] = parts.heldBy ?? []
  return {
    id: createHash('sha256')
      .update(JSON.stringify([kind, action, parts]))
      .digest('hex')
      .slice(0, 16) as StepId,
    action,
    kind,
    rule: 'S16',
    because: 'eSIM of the former server is there',
    state: heldBy.length > 0 ? 'held' : 'ready',
    heldBy,
    ...parts,
  }
}

export function planned(
  id: string,
  action: Action,
  steps: readonly PlannedStep[],
  more: Partial<PlannedDevice> = {},
): PlannedDevice {
  return {
    device: recordKey('simulator', id),
    name: id,
    action,
    steps,
    observed: [],
    findings: [],
    holds: steps.map(() => undefined),
    ...more,
  }
}

export function hold(id: string, code: HoldCode, kind: StepKind, devices: number, target?: string): Hold {
  return {
    id,
    code,
    codes: [code],
    step: kind,
    devices,
    digest: `sha256:${'ab'.repeat(32)}`,
    ...(target === undefined ? {} : { configuration: target }),
  }
}

/** A plan whose summary is counted from its devices. */
export function plan(devices: readonly PlannedDevice[], fleet: number, more: Partial<Plan> = {}): Plan {
  const steps = devices.flatMap((device) => device.steps)
  const byAction = Object.fromEntries(
    ACTIONS.map((action) => [action, devices.filter((device) => device.action === action).length]),
  ) as Record<Action, number>
  const byStep = Object.fromEntries(
    STEP_KINDS.map((kind) => [kind, steps.filter((each) => each.kind === kind).length]),
  ) as Record<StepKind, number>
  return {
    revision: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00',
    digest: `sha256:1d40aa97${'0'.repeat(56)}`,
    createdAt: NOW,
    summary: {
      devices: fleet,
      changing: devices.length,
      unchanged: fleet - devices.length,
      steps: steps.length,
      held: steps.filter((each) => each.state === 'held').length,
      byAction,
      byStep,
    },
    changes: [],
    holds: [],
    devices,
    findings: [],
    ...more,
  }
}

export function configuration(name: string, more: Partial<EsimConfiguration> = {}): EsimConfiguration {
  const file = `configurations/${name}.yaml`
  return {
    name,
    labels: {},
    place: at(file, 1),
    places: { 'spec.distribution.to': at(file, 12, 9), 'spec.windows.serverName': at(file, 8, 17) },
    enabled: true,
    spec: { platform: 'windows', serverName: 'smdp.neo.example', isDiscoveryServer: false, autoEnable: true },
    distribution: { to: 'all', select: { groups: [], devices: [] }, except: { groups: [], devices: [] } },
    priority: 100,
    onRemove: 'keep-esims',
    redownloads: [],
    mode: 'enforce',
    ...more,
  }
}

function retirement(name: string, more: Partial<Retirement> = {}): Retirement {
  return {
    name,
    labels: {},
    place: at(`retirements/${name}.yaml`, 1),
    places: {},
    select: { groups: [], devices: [{ text: '5CG0019', place: at(`retirements/${name}.yaml`, 5, 14) }] },
    finish: 'by-hand',
    ...more,
  }
}

export function desired(more: Partial<DesiredState> = {}): DesiredState {
  return {
    configurations: [
      configuration('acme-laptops'),
      configuration('acme-phones', { spec: { platform: 'ios', carrierUrl: 'https://smdp.acme.example/' } }),
    ],
    groups: [],
    retirements: [retirement('2026-q4')],
    policy: DEFAULT_POLICY,
    ...more,
  }
}

export function record(id: string, more: Partial<DeviceRecord> = {}): DeviceRecord {
  return {
    key: recordKey('simulator', id),
    driver: 'simulator',
    id,
    name: 'LAP-0023',
    user: 'a.petit',
    platform: 'windows',
    osVersion: '10.0.22631',
    edition: 'Enterprise',
    model: 'Surface Pro 9',
    serialNumber: '5CG0000023',
    registration: 'active',
    lastSeenAt: NOW - 38_000,
    installed: [],
    esims: [],
    esimsComplete: true,
    provisionedBefore: true,
    eraseOwed: [],
    ...more,
  }
}

export function stored(dev: number, device: DeviceRecord, more: Partial<StoredDevice> = {}): StoredDevice {
  const face = device
  const shape = shapeOf(device)
  return { dev, version: 1, record: device, face, traits: device, shape, status: { findings: [] }, ...more }
}

export function journal(
  device: StoredDevice,
  n: number,
  planned_: PlannedStep,
  state: StepState,
  more: Partial<JournalStep> = {},
): JournalStep {
  return {
    dev: device.dev,
    n,
    device: device.record.key,
    step: planned_,
    state,
    attempt: 1,
    revision: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00',
    run: 1,
    plannedAt: NOW - 60_000,
    ...more,
  }
}
