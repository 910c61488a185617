import { expect, test } from 'vitest'
import { planJson } from '../../src/report/plan-json.ts'
import { at, hold, NOW, plan, planned, step } from './builders.ts'
import { expectGolden } from './golden.ts'

const withEverything = plan(
  [
    planned(
      'd-1',
      'reset-then-redeploy',
      [
        step('delete-record', 'reset-then-redeploy', { record: 'simulator/d-0' as never, rule: 'S14' }),
        step('reset', 'reset-then-redeploy', {
          heldBy: ['would-strand'],
          holdsFor: { codes: ['would-strand'], configuration: 'acme-laptops' },
        }),
        step('install', 'reset-then-redeploy', {
          configuration: 'acme-laptops',
          redownload: NOW,
          heldBy: ['would-strand'],
        }),
      ],
      { serialNumber: '5CG1234XYZ', name: 'PAR-LT-0042', holds: [undefined, 'h-31b0', 'h-31b0'] },
    ),
    planned('d-2', 'pre-retirement-reset', [
      step('release', 'pre-retirement-reset', { retirement: '2026-q4', rule: 'S17' }),
    ]),
  ],
  42,
  {
    changes: [
      {
        configuration: 'acme-laptops',
        path: 'windows.serverName',
        from: 'a.example',
        to: 'b.example',
        source: at('configurations/acme-laptops.yaml', 8, 17),
      },
      { configuration: 'old-plan', path: '', from: 'present' },
    ],
    holds: [
      hold('h-31b0', 'would-strand', 'reset', 1, 'acme-laptops'),
      hold('h-0001', 'budget-exceeded', 'retire', 2),
    ],
    findings: [{ code: 'residual-esim', severity: 'warning', message: 'stays', rule: 'S18' }],
  },
)

test('a plan as JSON has the keys of the contract in their order', () => {
  expectGolden('plan.json', `${JSON.stringify(planJson(withEverything), undefined, 2)}\n`)
})

test('ready steps say nothing of holds; a held step and those behind it say by whom and where', () => {
  const [first, second, third] = planJson(withEverything).devices[0]!.steps
  expect(Object.keys(first!)).not.toContain('heldBy')
  expect(Object.keys(first!)).not.toContain('hold')
  for (const held of [second, third])
    expect(held).toMatchObject({ state: 'held', heldBy: ['would-strand'], hold: 'h-31b0' })
})

test('JSON holds all of a plan: reading it back gives the same', () => {
  const json = planJson(withEverything)
  expect(JSON.parse(JSON.stringify(json))).toEqual(json)
})

test('a plan without git has no revision', () => {
  const { revision: _, ...rest } = withEverything
  expect(planJson(rest).revision).toBeNull()
})
