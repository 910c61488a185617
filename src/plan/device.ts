import type { Assignment } from '../domain/assignment.ts'
import type { Mode } from '../domain/desired.ts'
import { isApple, type DeviceRecord } from '../domain/device.ts'
import type { Finding } from '../domain/finding.ts'
import type { Hardware } from '../domain/hardware.ts'
import type { DevicePlan, PlannedStep } from '../domain/plan.ts'
import { mostCautious, type PlanContext } from './context.ts'
import { decide, type Decision, type Goal } from './decide.ts'
import {
  decisionFindings,
  hardwareFindings,
  leavingFindings,
  undecidedFinding,
  wantedFindings,
} from './device-findings.ts'
import { ineligibility } from './eligible.ts'
import { holdSteps } from './hold.ts'
import { foremostAction, stepsOf, type BareStep } from './steps.ts'

/** What is special about the device now, beside its records. */
export type DeviceCircumstances = {
  /** A complete inventory no longer lists it. */
  readonly gone?: boolean
  /** A step of it is issued and not settled: it is waited for, and then planned from what is true. */
  readonly underWay?: boolean
  /** Groups it left when they shrank suspiciously; one that it is in again counts no more. */
  readonly shrunk?: readonly string[]
}

/**
 * What is to be done on one device, and what a person should know of it. Pure: the same arguments give the same plan.
 * Precondition checks come first, from the most to the least absolute; each ends the planning of the device.
 */
export function planDevice(
  assignment: Assignment,
  hardware: Hardware,
  context: PlanContext,
  circumstances: DeviceCircumstances = {},
): DevicePlan {
  const device = hardware.steering
  const findings = [...hardwareFindings(hardware), ...wantedFindings(device, assignment)]
  const none = (more: readonly Finding[] = []): DevicePlan => ({
    device: device.key,
    steps: [],
    observed: [],
    findings: [...findings, ...more],
  })

  if (device.registration !== 'active' || circumstances.gone === true) {
    return none(leavingFindings(device, assignment, circumstances.gone === true))
  }
  if (hardware.ambiguous !== undefined) return none()
  if (assignment.wanted.kind === 'undecided') return none([undecidedFinding(device, assignment.wanted)])
  if (device.released !== undefined && bindsTo(device, device.released.at)) return none()
  if (device.platform === 'other') return none()
  const pending =
    device.installed !== 'unknown' && device.installed.some((entry) => entry.state === 'pending')
  if (pending || circumstances.underWay === true) return none()

  const goal = goalOf(assignment, context)
  if (goal.kind === 'configuration') {
    const trouble = ineligibility(goal.configuration.spec, device)
    if (trouble !== undefined) {
      const message = `${goal.configuration.name} is wanted, but ${trouble.why}; nothing is done and nothing is taken off`
      return none([
        {
          code: trouble.code,
          severity: 'info',
          message,
          rule: trouble.rule,
          device: device.key,
          configuration: goal.configuration.name,
        },
      ])
    }
  }

  const decision = decide(device, goal)
  findings.push(...decisionFindings(device, decision))
  const all = stepsOf(hardware, decision, context.capabilities(device.driver))
  const able = cutUnsupported(device, all, context)
  const braked = cutDestructive(device, able.steps, context)
  findings.push(...able.findings, ...braked.findings)

  const mode = mostCautious([context.ceiling, ...governingModes(decision, braked.steps, context)])
  const question = {
    hardware,
    assignment,
    decision,
    context,
    shrunk: (circumstances.shrunk ?? []).filter((group) => !assignment.groups.includes(group)),
    proposed: mode === 'propose',
  }
  const steps = holdSteps(braked.steps, question)
  if (mode === 'observe') return { device: device.key, steps: [], observed: steps, findings }
  const action = foremostAction(steps)
  return { device: device.key, ...(action === undefined ? {} : { action }), steps, observed: [], findings }
}

/** A release binds to the enrolment it was made for: a later one is another life of the device. */
function bindsTo(device: DeviceRecord, releasedAt: number): boolean {
  return device.enrolledAt === undefined || device.enrolledAt <= releasedAt
}

function goalOf(assignment: Assignment, context: PlanContext): Goal {
  const { wanted } = assignment
  if (wanted.kind === 'retirement') return wanted
  if (wanted.kind !== 'configuration') return { kind: 'nothing' }
  const configuration = context.configurations.get(wanted.configuration)
  if (configuration === undefined)
    throw new Error(`assignment names the unknown configuration ${wanted.configuration}`)
  return {
    kind: 'configuration',
    configuration,
    ...(wanted.redownload === undefined ? {} : { redownload: wanted.redownload }),
  }
}

/**
 * The modes that govern: of every configuration the steps touch (a stale record is deleted for the wanted one), a removed one keeping its last applied; for a
 * retirement the Policy's (planning.md section 6).
 */
function governingModes(decision: Decision, steps: readonly BareStep[], context: PlanContext): Mode[] {
  const { goal, view, uninstalls } = decision
  if (goal.kind === 'retirement') return [context.policy.mode]
  const modeOf = (name: string, remembered: Mode | undefined): Mode =>
    context.configurations.get(name)?.mode ?? remembered ?? context.policy.mode
  const modes = uninstalls.map(({ entry }) => modeOf(entry.configuration, entry.mode))
  const touched = steps.some(
    ({ kind }) => kind === 'install' || kind === 'update' || kind === 'delete-record',
  )
  if (goal.kind === 'configuration' && touched) modes.push(goal.configuration.mode)
  if (decision.reset?.causes.includes('erase') === true) {
    for (const { source } of view.otherEsims)
      if (source !== undefined) modes.push(modeOf(source.configuration, source.mode))
  }
  return modes
}

/** What the MDM cannot do is said before anything runs; what would come after it is not planned. */
function cutUnsupported(
  device: DeviceRecord,
  steps: readonly BareStep[],
  context: PlanContext,
): { steps: readonly BareStep[]; findings: Finding[] } {
  const capabilities = context.capabilities(device.driver)
  const able = isApple(device.platform) ? capabilities.ios.steps : capabilities.windows.steps
  const at = steps.findIndex(({ kind }) => kind !== 'forget' && kind !== 'release' && !able.includes(kind))
  const step = steps[at]
  if (step === undefined) return { steps, findings: [] }
  const message = `the driver ${device.driver} cannot do "${step.kind}" on ${device.platform}; it and what follows is not planned`
  const hint = 'do it by hand in the console, or configure a driver that can'
  return {
    steps: steps.slice(0, at),
    findings: [{ code: 'unsupported-by-driver', severity: 'warning', message, device: device.key, hint }],
  }
}

const DESTRUCTIVE: ReadonlySet<PlannedStep['kind']> = new Set([
  'uninstall',
  'reset',
  'release',
  'retire',
  'delete-record',
])

/** From a partial inventory or an emptied source nothing destructive is planned: the steps end before the first such. */
function cutDestructive(
  device: DeviceRecord,
  steps: readonly BareStep[],
  context: PlanContext,
): { steps: readonly BareStep[]; findings: Finding[] } {
  const brake = context.brake(device.driver)
  const at = steps.findIndex((step) => DESTRUCTIVE.has(step.kind))
  if (brake === undefined || at < 0) return { steps, findings: [] }
  const why =
    brake === 'inventory-incomplete'
      ? 'the inventory is not complete'
      : 'the source holds no EsimConfiguration any more'
  const message = `${why}: ${steps.length - at} of ${steps.length} steps of this device are left out, from "${steps[at]?.kind ?? ''}" on`
  return {
    steps: steps.slice(0, at),
    findings: [{ code: brake, severity: 'warning', message, device: device.key }],
  }
}
