import type { HoldCode, StepKind } from '../domain/plan.ts'
import type { Notice } from '../domain/notice.ts'
import { DAY, MINUTE, type Duration, type Instant } from '../domain/time.ts'
import { HOLD_WORDS } from './hold-words.ts'
import { count, counted } from './numbers.ts'
import { shortRevision } from './revisions.ts'
import { STEP_WORDS } from './words.ts'

/** How a fleet stands at a moment, as far as people are told of it. */
export type Standing = {
  readonly now: Instant
  /** In force; absent: nothing yet. */
  readonly revision?: string
  /** The newest revision, where it was refused. */
  readonly refused?: { readonly revision: string; readonly errors: number; readonly first?: string }
  /** Why the last pass came to nothing. */
  readonly failure?: string
  readonly holds: readonly StandingHold[]
  /** By configuration; empty text for devices that want none. */
  readonly drift: ReadonlyMap<string, number>
  /** By retirement: devices proven empty, and all of it. */
  readonly released: ReadonlyMap<string, { readonly released: number; readonly devices: number }>
  /** Drivers whose last inventory was not whole; absent where that is not known yet. */
  readonly down: readonly string[]
  /** Steps that may be issued or are on their way. */
  readonly open: number
  /** Steps that were planned for the revision in force, proven and failed ones since. */
  readonly rollout?: { readonly steps: number; readonly proven: number; readonly failed: number }
}

export type StandingHold = {
  readonly id: string
  readonly code: HoldCode
  readonly step: StepKind
  readonly configuration?: string
  readonly devices: number
  readonly since: Instant
}

/** What was told, so that it is told once, and its end too. All of it JSON. */
export type ToldOf = {
  /** Subject of drift, or name of a driver, and since when. */
  readonly drift: Readonly<Record<string, Instant>>
  readonly down: Readonly<Record<string, { readonly since: Instant; readonly told: boolean }>>
  readonly released: Readonly<Record<string, number>>
}

export const NOTHING_TOLD: ToldOf = { drift: {}, down: {}, released: {} }

/** An MDM that did not answer once is asked again first. */
const DOWN_FOR: Duration = 10 * MINUTE

/**
 * What people are to be told of how the fleet stands, and what has been told then. A notice's id is made of what it is
 * about, so that the same happening is never another one.
 */
export function happenings(
  standing: Standing,
  told: ToldOf,
): { readonly notices: readonly Notice[]; readonly told: ToldOf } {
  const drift = driftNotices(standing, told)
  const down = driverNotices(standing, told)
  const released = releaseNotices(standing, told)
  return {
    notices: [
      ...refusalNotices(standing),
      ...failureNotices(standing),
      ...standing.holds.map((hold) => holdNotice(hold, standing.now)),
      ...drift.notices,
      ...down.notices,
      ...released.notices,
      ...rolloutNotices(standing),
    ],
    told: { drift: drift.told, down: down.told, released: released.told },
  }
}

function refusalNotices({ refused, now, revision }: Standing): Notice[] {
  if (refused === undefined) return []
  const stays =
    revision === undefined ? 'Nothing is in force yet.' : `${shortRevision(revision)} stays in force.`
  return [
    {
      id: `revision-refused/${refused.revision}`,
      kind: 'revision-refused',
      severity: 'error',
      at: now,
      subject: 'fleet',
      title: `${shortRevision(refused.revision)} is not valid: ${counted(refused.errors, 'error')}`,
      lines: [
        ...(refused.first === undefined ? [] : [refused.first]),
        `No device is touched. ${stays}`,
        'simplane validate shows every error with its line.',
      ],
      data: { revision: refused.revision, errors: refused.errors },
    },
  ]
}

function failureNotices({ failure, now }: Standing): Notice[] {
  if (failure === undefined) return []
  return [
    {
      // The same trouble is told once a day.
      id: `run-failed/${Math.floor(now / DAY)}/${failure}`,
      kind: 'run-failed',
      severity: 'error',
      at: now,
      subject: 'fleet',
      title: 'A pass came to nothing',
      lines: [failure, 'It is tried again by itself; simplane status shows how it stands.'],
      data: { error: failure },
    },
  ]
}

function holdNotice({ id, code, step, configuration, devices, since }: StandingHold, now: Instant): Notice {
  const where = configuration === undefined ? '' : ` of ${configuration}`
  return {
    id: `plan-held/${id}/${since}`,
    kind: 'plan-held',
    severity: 'warning',
    at: now,
    subject: configuration === undefined ? 'fleet' : `configuration/${configuration}`,
    title: `${counted(devices, 'device')}${where} ${devices === 1 ? 'waits' : 'wait'} for a person before "${STEP_WORDS[step]}"`,
    lines: [
      `Why: ${HOLD_WORDS[code]} (${code}).`,
      `simplane explain ${id} tells more; simplane approve ${id} lets it happen.`,
    ],
    data: { hold: id, code, step, devices },
  }
}

function driftNotices({ drift, now }: Standing, told: ToldOf) {
  const notices: Notice[] = []
  const known: Record<string, Instant> = {}
  for (const [configuration, devices] of drift) {
    const since = told.drift[configuration] ?? now
    known[configuration] = since
    if (told.drift[configuration] !== undefined) continue
    notices.push({
      id: `drift-found/${configuration}/${since}`,
      kind: 'drift-found',
      severity: 'warning',
      at: now,
      subject: subjectOf(configuration),
      title: `${counted(devices, 'device')} ${devices === 1 ? 'contradicts' : 'contradict'} what git says${ofConfiguration(configuration)}`,
      lines: ['simplane drift shows which, since when, and what is done about it.'],
      data: { devices },
    })
  }
  for (const [configuration, since] of Object.entries(told.drift)) {
    if (drift.has(configuration)) continue
    notices.push({
      id: `drift-gone/${configuration}/${since}`,
      kind: 'drift-gone',
      severity: 'info',
      at: now,
      subject: subjectOf(configuration),
      title: `No device contradicts what git says${ofConfiguration(configuration)} any more`,
      lines: [],
      data: { devices: 0 },
    })
  }
  return { notices, told: known }
}

function subjectOf(configuration: string): string {
  return configuration === '' ? 'fleet' : `configuration/${configuration}`
}

function ofConfiguration(configuration: string): string {
  return configuration === '' ? '' : ` of ${configuration}`
}

function driverNotices({ down, now }: Standing, told: ToldOf) {
  const notices: Notice[] = []
  const known: Record<string, { since: Instant; told: boolean }> = {}
  for (const driver of down) {
    const { since, told: wasTold } = told.down[driver] ?? { since: now, told: false }
    const isLong = now - since >= DOWN_FOR
    known[driver] = { since, told: wasTold || isLong }
    if (wasTold || !isLong) continue
    notices.push({
      id: `driver-down/${driver}/${since}`,
      kind: 'driver-down',
      severity: 'error',
      at: now,
      subject: `driver/${driver}`,
      title: `The MDM of driver ${driver} gives no whole inventory`,
      lines: [
        'Nothing destructive is planned for its devices until it does.',
        'simplane doctor says what to look at.',
      ],
      data: { driver },
    })
  }
  for (const [driver, { since, told: wasTold }] of Object.entries(told.down)) {
    if (down.includes(driver) || !wasTold) continue
    notices.push({
      id: `driver-back/${driver}/${since}`,
      kind: 'driver-back',
      severity: 'info',
      at: now,
      subject: `driver/${driver}`,
      title: `The MDM of driver ${driver} gives whole inventories again`,
      lines: [],
      data: { driver },
    })
  }
  return { notices, told: known }
}

function releaseNotices({ released, now }: Standing, told: ToldOf) {
  const notices: Notice[] = []
  const known: Record<string, number> = {}
  for (const [retirement, each] of released) {
    known[retirement] = each.released
    if (each.released <= (told.released[retirement] ?? 0)) continue
    const all = each.released === each.devices
    notices.push({
      id: `retirement-released/${retirement}/${each.released}`,
      kind: 'retirement-released',
      severity: 'info',
      at: now,
      subject: `retirement/${retirement}`,
      title: `${all ? `All ${count(each.devices)}` : `${count(each.released)} of ${count(each.devices)}`} devices of ${retirement} are proven empty and may leave`,
      lines: [`simplane devices --retirement ${retirement} lists them.`],
      data: { retirement, released: each.released, devices: each.devices },
    })
  }
  return { notices, told: known }
}

function rolloutNotices({ revision, rollout, open, now }: Standing): Notice[] {
  if (revision === undefined || rollout === undefined || open > 0 || rollout.proven + rollout.failed === 0)
    return []
  const { steps, proven, failed } = rollout
  return [
    {
      id: `rollout-done/${revision}`,
      kind: 'rollout-done',
      severity: failed > 0 ? 'warning' : 'info',
      at: now,
      subject: 'fleet',
      title: `${shortRevision(revision)} is on the devices: ${counted(proven, 'step')} proven${failed > 0 ? `, ${count(failed)} failed` : ''}`,
      lines: failed > 0 ? ['simplane devices --verdict failed lists who failed.'] : [],
      data: { revision, steps, proven, failed },
    },
  ]
}
