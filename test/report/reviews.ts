import { DEFAULT_POLICY } from '../../src/domain/desired.ts'
import type { Finding } from '../../src/domain/finding.ts'
import type { Action, Change, Plan, PlannedDevice } from '../../src/domain/plan.ts'
import { DAY, MINUTE } from '../../src/domain/time.ts'
import { outlineOf } from '../../src/report/plan-outline.ts'
import type { PlanReview } from '../../src/report/pull-request/review.ts'
import { at, hold, NOW, plan, planned, step } from './builders.ts'

export const HEAD = '5d0e2c1a0c0ffee00c0ffee00c0ffee00c0ffee0'
export const ONTO = { branch: 'main', revision: '8e21b07a0c0ffee00c0ffee00c0ffee00c0ffee0' }

/** What names a device, and must not be told. */
export type Identity = {
  readonly serialNumber: string
  readonly name: string
  readonly user: string
  readonly eid: string
}

export function identityOf(n: number): Identity {
  const digits = String(n).padStart(6, '0')
  return {
    serialNumber: `5CG4${digits}`,
    name: `PAR-LT-${digits}`,
    user: `user.${digits}@acme.example`,
    eid: `8904903200000000000000000${digits}`,
  }
}

export function review(made: Plan, fleet: number, more: Partial<PlanReview> = {}): PlanReview {
  return {
    kind: 'plan',
    head: HEAD,
    onto: ONTO,
    plan: outlineOf(made),
    context: {
      now: NOW,
      state: { devices: fleet, complete: true, observedFrom: NOW - 2 * DAY, observedTo: NOW - 4 * MINUTE },
    },
    scope: { devices: fleet, unseen: Math.floor(fleet / 60) },
    budgets: {
      reset: { allowed: 100, used: 12 },
      uninstall: { allowed: 500, used: 0 },
      retire: { allowed: 100, used: 100 },
      'delete-record': { allowed: Infinity, used: 0 },
    },
    groups: new Map(),
    ...more,
  }
}

function device(
  n: number,
  action: Action,
  steps: PlannedDevice['steps'],
  holds: PlannedDevice['holds'] = [],
) {
  const { serialNumber, name, user } = identityOf(n)
  return planned(`d-${String(n).padStart(6, '0')}`, action, steps, { serialNumber, name, user, holds })
}

function install(n: number, configuration: string): PlannedDevice {
  return device(n, 'install', [
    step('install', 'install', {
      configuration,
      rule: 'S15',
      because: 'no eSIM of smdp.neo.example is there',
    }),
  ])
}

type Held = { readonly code: 'would-strand' | 'budget-exceeded'; readonly id: string }

function redeploy(n: number, from: string, to: string, held?: Held): PlannedDevice {
  const heldBy = held === undefined ? [] : [held.code]
  const holdsFor = held === undefined ? {} : { holdsFor: { codes: [held.code], configuration: to } }
  const steps = [
    step('uninstall', 'reset-then-redeploy', { configuration: from, rule: 'S21' }),
    step('reset', 'reset-then-redeploy', { rule: 'S21', heldBy, ...holdsFor }),
    step('install', 'reset-then-redeploy', { configuration: to, heldBy }),
  ]
  return device(n, 'reset-then-redeploy', steps, [undefined, held?.id, held?.id])
}

function change(
  configuration: string,
  path: string,
  from: string | undefined,
  to: string,
  line: number,
): Change {
  return {
    configuration,
    path,
    ...(from === undefined ? {} : { from }),
    to,
    source: at(`configurations/${configuration}.yaml`, line),
  }
}

/** 3,000 of 10,000 devices lose their eSIMs: 2,871 over the budget, 41 without another way online; 188 install. */
export function resetReview(): PlanReview {
  const devices = Array.from({ length: 3_188 }, (_, n) => {
    if (n < 188) return install(n, 'neo-laptops')
    if (n < 229) return redeploy(n, 'acme-laptops', 'neo-laptops', { code: 'would-strand', id: 'h-31b0' })
    if (n < 317) return redeploy(n, 'acme-laptops', 'neo-laptops')
    return redeploy(n, 'acme-laptops', 'neo-laptops', { code: 'budget-exceeded', id: 'h-7c1e' })
  })
  const made = plan(devices, 10_000, {
    changes: [
      change('neo-laptops', '', undefined, 'new', 1),
      change('acme-laptops', 'onRemove', 'keep-esims', 'erase-all-esims', 9),
    ],
    holds: [
      hold('h-31b0', 'would-strand', 'reset', 41, 'neo-laptops'),
      hold('h-7c1e', 'budget-exceeded', 'reset', 2_871, 'neo-laptops'),
    ],
    findings: devices.map(({ device: key }, n): Finding => {
      const { serialNumber, name, user, eid } = identityOf(n)
      const message = `${name} (${serialNumber}, EID ${eid}) of ${user} leaves acme-laptops (100) for neo-laptops (50)`
      return { code: 'outranked', severity: 'info', message, device: key, configuration: 'acme-laptops' }
    }),
  })
  return review(made, 10_000, {
    groups: new Map([
      ['france', { 'reset-then-redeploy': 3_000, install: 188 }],
      ['pilot', { 'reset-then-redeploy': 148, install: 2 }],
    ]),
    drift: { touched: 6, open: 14 },
    underWay: 3,
  })
}

/** 10,000 changed devices of 200 configurations with all that comes of them. */
export function largeReview(): PlanReview {
  const names = Array.from({ length: 200 }, (_, n) => `carrier-${String(n).padStart(3, '0')}-laptops`)
  const devices = names.flatMap((name, c) =>
    Array.from({ length: 50 }, (_, index) => {
      const n = c * 50 + index
      if (index < 10) return install(n, name)
      const held = { code: 'budget-exceeded' as const, id: `h-${String(c).padStart(4, '0')}` }
      return index < 12 ? redeploy(n, `old-${name}`, name) : redeploy(n, `old-${name}`, name, held)
    }),
  )
  const made = plan(devices, 33_000, {
    changes: names.flatMap((name, c) => [
      change(name, 'windows.serverName', `smdp-${c}.acme.example`, `smdp-${c}.neo.example`, 8),
      change(name, 'priority', '100', String(50 + c), 12),
    ]),
    holds: names.map((name, c) =>
      hold(`h-${String(c).padStart(4, '0')}`, 'budget-exceeded', 'reset', 38, name),
    ),
    findings: names.map((name) => ({
      code: 'residual-esim' as const,
      severity: 'warning' as const,
      message: `eSIMs of ${name} stay`,
      configuration: name,
    })),
  })
  return review(made, 33_000, {
    groups: new Map(
      names.map((name) => [`everyone-with-${name}`, { 'reset-then-redeploy': 40, install: 10 }] as const),
    ),
    drift: { touched: 120, open: 400 },
    withdrawn: 7,
  })
}

/** Three laptops get their eSIM. */
export function installReview(): PlanReview {
  const devices = [1, 2, 3].map((n) => install(n, 'acme-laptops'))
  const changes = [change('acme-laptops', 'distribution.select', 'paris', 'lyon, paris', 13)]
  return review(plan(devices, 42, { changes }), 42, {
    groups: new Map([['lyon', { install: 3 }]]),
    drift: { touched: 0, open: 2 },
  })
}

/** Nothing follows from it. */
export function nothingReview(): PlanReview {
  return review(plan([], 42), 42)
}

/** A budget is widened and a group is said to have another way online; one device is reset. */
export function policyReview(): PlanReview {
  const after = {
    ...DEFAULT_POLICY,
    budgets: { ...DEFAULT_POLICY.budgets, reset: { perDay: 5_000 } },
    connectivity: [{ groups: ['field-kits'], other: 'yes' as const, place: at('policy.yaml', 21) }],
    freshness: { destructive: 12 * 3_600_000 },
  }
  return review(plan([redeploy(7, 'old', 'acme-laptops')], 200), 200, {
    policies: { before: DEFAULT_POLICY, after },
    budgets: { ...resetReview().budgets, reset: { allowed: 5_000, used: 12 } },
  })
}

/** Twelve laptops go, one of them held. */
export function retirementReview(): PlanReview {
  const devices = Array.from({ length: 12 }, (_, n) => {
    const held = n === 5 ? (['esim-state-unknown'] as const) : []
    const holdsFor = n === 5 ? { holdsFor: { codes: ['esim-state-unknown' as const] } } : {}
    const more = { retirement: '2026-q4', rule: 'S17' }
    return device(
      n,
      'pre-retirement-reset',
      [
        step('uninstall', 'pre-retirement-reset', { ...more, configuration: 'acme-laptops' }),
        step('reset', 'pre-retirement-reset', { ...more, heldBy: held, ...holdsFor }),
        step('retire', 'pre-retirement-reset', { ...more, heldBy: held }),
      ],
      n === 5 ? [undefined, 'h-90ab', 'h-90ab'] : [],
    )
  })
  const made = plan(devices, 55_000, {
    changes: [
      { configuration: 'retirement/2026-q4', path: '', to: 'new', source: at('retirements/2026-q4.yaml', 1) },
    ],
    holds: [hold('h-90ab', 'esim-state-unknown', 'reset', 1)],
  })
  return review(made, 55_000)
}
