import type { Plan, PlannedDevice } from '../../src/domain/plan.ts'
import { at, hold, plan, planned, step } from './builders.ts'

function laptop(n: number): string {
  return `LAP-${String(n).padStart(4, '0')}`
}

function redeploy(n: number, user: string): PlannedDevice {
  const steps = [
    step('reset', 'reset-then-redeploy'),
    step('install', 'reset-then-redeploy', { configuration: 'acme-laptops' }),
  ]
  return planned(laptop(n), 'reset-then-redeploy', steps, {
    user,
    serialNumber: `5CG${String(n).padStart(7, '0')}`,
  })
}

/** The plan of experience.md: 25 laptops move to another carrier, one of them is held; and one of each other action. */
export function movePlan(): Plan {
  const stranded = planned(
    laptop(23),
    'reset-then-redeploy',
    [
      step('reset', 'reset-then-redeploy', {
        heldBy: ['would-strand'],
        holdsFor: { codes: ['would-strand'], configuration: 'acme-laptops' },
      }),
      step('install', 'reset-then-redeploy', { configuration: 'acme-laptops', heldBy: ['would-strand'] }),
    ],
    { user: 'a.petit', serialNumber: '5CG0000023', holds: ['h-31b0', 'h-31b0'] },
  )
  const devices = [
    ...Array.from({ length: 22 }, (_, index) => redeploy(index + 1, index % 2 === 0 ? 'j.doe' : 'm.roux')),
    stranded,
    redeploy(24, 'k.ito'),
    redeploy(25, 'l.berg'),
    planned(
      'LAP-0030',
      'uninstall',
      [
        step('uninstall', 'uninstall', {
          configuration: 'old-plan',
          rule: 'S20',
          because: 'configurations/old-plan.yaml is gone; nothing else is wanted',
        }),
      ],
      { user: 'n.cho', serialNumber: '5CG0000030' },
    ),
    planned(
      'LAP-0031',
      'pre-retirement-reset',
      [
        step('uninstall', 'pre-retirement-reset', {
          configuration: 'acme-laptops',
          retirement: '2026-q4',
          rule: 'S22',
        }),
        step('reset', 'pre-retirement-reset', {
          retirement: '2026-q4',
          rule: 'S17',
          because: 'eSIMs are to be gone before the device is',
        }),
        step('release', 'pre-retirement-reset', { retirement: '2026-q4', rule: 'S17' }),
      ],
      { user: 'o.diaz', serialNumber: '5CG0000031' },
    ),
    planned(
      'LAP-0032',
      'clear-stale-record',
      [
        step('delete-record', 'clear-stale-record', {
          record: 'simulator/d-old' as PlannedDevice['device'],
          rule: 'S14',
          because: 'its former record is still there',
        }),
      ],
      { serialNumber: '5CG0000032' },
    ),
  ]
  return plan(devices, 42, {
    changes: [
      {
        configuration: 'acme-laptops',
        path: 'windows.serverName',
        from: 'smdp.acme.example',
        to: 'smdp.neo.example',
        source: at('configurations/acme-laptops.yaml', 8, 17),
      },
    ],
    holds: [hold('h-31b0', 'would-strand', 'reset', 1, 'acme-laptops')],
    findings: [
      {
        code: 'residual-esim',
        severity: 'warning',
        message: 'the eSIM of old-plan stays on the device and active',
        rule: 'S18',
        device: devices[25]!.device,
        configuration: 'old-plan',
        hint: 'end the line at the carrier',
      },
      {
        code: 'selects-nobody',
        severity: 'warning',
        message: 'mdmGroups "SG-Laptop-BE" selects nobody',
        place: at('groups/belgium.yaml', 6, 18),
        hint: 'did you mean "SG-Laptops-BE" (1,204 devices)?',
      },
    ],
  })
}

/** 3,200 laptops move to another carrier: more than a person can know by name. */
export function largePlan(): Plan {
  const because = 'acme-laptops leaves with erase-all-esims'
  const devices = Array.from({ length: 3_188 }, (_, index) => {
    if (index < 188) {
      const because_ = 'no eSIM of smdp.neo.example is there'
      return planned(`d-${String(index).padStart(5, '0')}`, 'install', [
        step('install', 'install', { configuration: 'neo-laptops', rule: 'S15', because: because_ }),
      ])
    }
    let hold_: readonly ['would-strand' | 'budget-exceeded', string] | undefined
    if (index < 229) hold_ = ['would-strand', 'h-31b0']
    else if (index >= 329) hold_ = ['budget-exceeded', 'h-7c1e']
    const heldBy = hold_ === undefined ? [] : [hold_[0]]
    const holdsFor =
      hold_ === undefined ? {} : { holdsFor: { codes: [hold_[0]], configuration: 'neo-laptops' } }
    return planned(
      `d-${String(index).padStart(5, '0')}`,
      'reset-then-redeploy',
      [
        step('uninstall', 'reset-then-redeploy', { configuration: 'acme-laptops', rule: 'S21', because }),
        step('reset', 'reset-then-redeploy', { rule: 'S21', because, heldBy, ...holdsFor }),
        step('install', 'reset-then-redeploy', { configuration: 'neo-laptops', heldBy }),
      ],
      { holds: [undefined, hold_?.[1], hold_?.[1]] },
    )
  })
  return plan(devices, 55_000, {
    changes: [
      { configuration: 'neo-laptops', path: '', to: 'new', source: at('configurations/neo-laptops.yaml', 1) },
    ],
    holds: [
      hold('h-31b0', 'would-strand', 'reset', 41, 'neo-laptops'),
      hold('h-7c1e', 'budget-exceeded', 'reset', 2_859, 'neo-laptops'),
    ],
    findings: Array.from({ length: 3_200 }, (_, index) => ({
      code: 'outranked' as const,
      severity: 'info' as const,
      message: 'leaves acme-laptops (100) for neo-laptops (50)',
      rule: 'S30',
      device: `simulator/d-${String(index).padStart(5, '0')}` as PlannedDevice['device'],
      configuration: 'acme-laptops',
    })),
  })
}
