import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Policy } from '../../src/domain/desired.ts'
import { recordKey } from '../../src/domain/device.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import type { PlanOutline } from '../../src/domain/plan-outline.ts'
import type { Plan } from '../../src/domain/plan.ts'
import { openSheetJoiner } from '../../src/plan/passing/joined.ts'
import { outlinePassed } from '../../src/plan/passing/outline.ts'
import { openPassing, type PassingQuestion } from '../../src/plan/passing/planner.ts'
import type { Sheet } from '../../src/plan/passing/sheet.ts'
import { outlineJson, planJson } from '../../src/report/plan-json.ts'
import { outlineMarkdown, planMarkdown } from '../../src/report/plan-markdown.ts'
import { outlineOf } from '../../src/report/plan-outline.ts'
import { outlineText, planText } from '../../src/report/plan-text.ts'
import { arbitraryWorld, type World } from './arbitrary.ts'
import { lacking, NOW, policy } from './builders.ts'
import { planOf } from './spoken.ts'

/** How a fleet passes by: in which order, in how long stretches, and read by how many. */
type Passage = { readonly turn: number; readonly stretch: number; readonly readers: number }

const passage: fc.Arbitrary<Passage> = fc.record({
  turn: fc.integer({ min: 0, max: 5 }),
  stretch: fc.integer({ min: 1, max: 4 }),
  readers: fc.integer({ min: 1, max: 2 }),
})

const budget = fc.oneof(
  fc.constant('unlimited' as const),
  fc.record({ perDay: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ share: fc.constantFrom(2_000, 5_000) }),
)
const budgets: fc.Arbitrary<Policy['budgets']> = fc.record({
  reset: budget,
  uninstall: budget,
  retire: budget,
  'delete-record': budget,
})

const TWISTS = [
  '',
  '',
  '',
  'same id elsewhere',
  'masked',
  'shared serial',
  'undated',
  'unseen',
  'far name',
] as const
const BRAKES = [undefined, undefined, undefined, undefined, 'inventory-incomplete', 'empty-source'] as const

/** What makes a record hard to tell apart, to place in time, or to sort. */
function twisted(record: DeviceRecord, twist: (typeof TWISTS)[number]): DeviceRecord {
  const named = (driver: string, id: string): DeviceRecord => ({
    ...record,
    driver,
    id,
    key: recordKey(driver, id),
  })
  switch (twist) {
    case '':
      return record
    case 'same id elsewhere':
      return named(`mdm-of-${record.id}`, 'd-1')
    case 'masked':
      return { ...record, serialNumber: '****' }
    case 'shared serial':
      return { ...record, serialNumber: 'one for all' }
    case 'undated':
      return lacking(record, 'enrolledAt')
    case 'unseen':
      return lacking(record, 'lastSeenAt', 'serialNumber')
    case 'far name':
      return named('simulator', `${record.id} \ud800 \u{1f600} \uffff é`)
  }
}

const twistedWorld: fc.Arbitrary<World> = fc
  .record({
    world: arbitraryWorld,
    budgets,
    twists: fc.array(fc.constantFrom(...TWISTS), { minLength: 6, maxLength: 6 }),
  })
  .map(({ world: { state, records }, budgets: limits, twists }) => ({
    state: { ...state, policy: policy({ budgets: limits }) },
    records: records.map((each, at) => twisted(each, twists[at] ?? '')),
  }))

function passed(
  question: PassingQuestion,
  records: readonly DeviceRecord[],
  { stretch, readers }: Passage,
): PlanOutline {
  const passing = Array.from({ length: readers }, () => openPassing(question))
  const joiner = openSheetJoiner()
  const handed: { readonly sheet: Sheet; readonly reader: number; readonly turn: number }[] = []
  for (let from = 0, turn = 0; from < records.length; from += stretch, turn += 1) {
    const reader = passing[turn % readers]!
    for (const [at, record] of records.slice(from, from + stretch).entries()) reader.see(record, from + at, 1)
    handed.push({ sheet: reader.takeSheet(), reader: turn % readers, turn })
  }
  // One reader may be far ahead of the other.
  for (const { sheet, reader, turn } of handed.sort((a, b) => b.reader - a.reader || a.turn - b.turn))
    joiner.add(sheet, reader, turn)
  const joined = joiner.join()
  expect(joined.repeated).toEqual([])
  return outlinePassed(question, joined, (index) => records[joined.starts[index]!]!, [])
}

/** Everything that an outline gives out, as data. */
function told(outline: PlanOutline) {
  const { patterns, eachDevice: _devices, eachFinding, ...rest } = outline
  return {
    ...rest,
    patterns: patterns.map(({ members, ...pattern }) => ({
      ...pattern,
      members: [...members()].map(({ device, serialNumber, name, user, position }) => ({
        device,
        serialNumber,
        name,
        user,
        position,
      })),
    })),
    every: [...eachFinding()],
  }
}

function texts(outline: PlanOutline, devices: number): readonly string[] {
  const context = { state: { devices, complete: true }, now: NOW }
  return [
    [...outlineText(outline, context)].join(''),
    [...outlineText(outline, { ...context, all: true })].join(''),
    [...outlineText(outline, { ...context, state: { devices: 100_000, complete: true } })].join(''),
    outlineMarkdown(outline, { ...context, identities: true }),
    [...outlineJson(outline)].join(''),
  ]
}

function planTexts(plan: Plan): readonly string[] {
  const context = { state: { devices: plan.summary.devices, complete: true }, now: NOW }
  return [
    planText(plan, context),
    planText(plan, { ...context, all: true }),
    planText(plan, { ...context, state: { devices: 100_000, complete: true } }),
    planMarkdown(plan, { ...context, identities: true }),
    `${JSON.stringify(planJson(plan), null, 2)}\n`,
  ]
}

describe('a fleet planned in passing', () => {
  it('has the plan of the same fleet in memory: steps, budgets, holds, digest, findings and their order', () => {
    const seen = { kin: 0, overBudget: 0, ambiguous: 0, changing: 0 }
    fc.assert(
      fc.property(twistedWorld, passage, fc.constantFrom(...BRAKES), ({ state, records }, way, brake) => {
        const plan = planOf(state, records, { context: { brake: () => brake } })
        const file = [
          ...records.slice(way.turn % records.length),
          ...records.slice(0, way.turn % records.length),
        ]
        const question = { desired: state, now: NOW, ...(brake === undefined ? {} : { brake }) }
        const outline = passed(question, file, way)
        expect(told(outline)).toEqual(told(outlineOf(plan)))
        expect(texts(outline, plan.summary.devices)).toEqual(planTexts(plan))
        if (plan.summary.devices < records.length) seen.kin += 1
        if (plan.holds.some((hold) => hold.code === 'budget-exceeded')) seen.overBudget += 1
        if (plan.findings.some((each) => each.code === 'ambiguous-device')) seen.ambiguous += 1
        if (plan.summary.changing > 1) seen.changing += 1
      }),
      { numRuns: 600 },
    )
    for (const times of Object.values(seen)) expect(times, JSON.stringify(seen)).toBeGreaterThan(9)
  })
})
