import { describe, expect, it } from 'vitest'
import type { Action, HoldCode, PlannedStep } from '../../src/domain/plan.ts'
import { recordOf, wantedByLabel } from './model-fleet.ts'
import { everyModel, optimal, WANTS, type Model, type Move } from './search.ts'
import { planOf, stepsOn } from './spoken.ts'

const MODELS = everyModel().map((model, at) => ({ model, id: `d-${String(at).padStart(4, '0')}` }))
const PLAN = planOf(
  wantedByLabel(),
  MODELS.map(({ model, id }) => recordOf(model, id)),
)
const PLANNED = new Map(PLAN.devices.map((each) => [each.device as string, each]))

function moveOf(step: PlannedStep): string {
  const named = step.configuration === 'c-once' ? 'c' : step.configuration
  return named === undefined ? step.kind : `${step.kind} ${named}`
}

function planned(id: string): readonly PlannedStep[] {
  return PLANNED.get(`simulator/${id}`)?.steps ?? []
}

/** Section 3, "Held resets", for a company device with a fresh, complete list and another way online. */
function heldCodes({ esims, wanted }: Model): HoldCode[] {
  const retiring = wanted === 'release' || wanted === 'retire'
  const kept = wanted === 'nothing' ? ['c', 'earlier', 'xk'] : ['xk']
  const codes: HoldCode[] = []
  if (!retiring && esims.some((origin) => kept.includes(origin))) codes.push('collateral-esim')
  if (esims.includes('foreign')) codes.push('foreign-esim')
  return codes
}

/** Section 2, the table of actions. */
function actionOf(move: Move, all: readonly Move[], { wanted }: Model): Action {
  if (wanted === 'release' || wanted === 'retire') return 'pre-retirement-reset'
  if (all.includes('reset') && all.includes('install c')) return 'reset-then-redeploy'
  return move === 'install c' || move === 'update c' ? 'install' : 'uninstall'
}

/** What is wrong with the plan of one state; undefined when it is one of the best. */
function trouble(model: Model, id: string): string | undefined {
  const steps = planned(id)
  const got = steps.map(moveOf)
  const best = optimal(model)
  const tell = (what: string): string => `${JSON.stringify(model)}: ${what}`
  const match = best.find((moves) => moves.join() === got.join())
  if (match === undefined)
    return tell(`planned ${got.join(', ')}; best is ${best.map((each) => each.join(', ')).join(' | ')}`)
  const from = match.indexOf('reset')
  const codes = heldCodes(model)
  for (const [at, step] of steps.entries()) {
    const held = from >= 0 && at >= from ? codes : []
    if (step.heldBy.join() !== held.join())
      return tell(`${moveOf(step)} held by [${step.heldBy.join()}], not [${held.join()}]`)
    if ((step.state === 'held') !== held.length > 0) return tell(`${moveOf(step)} is ${step.state}`)
    const action = actionOf(match[at] ?? 'reset', match, model)
    if (step.action !== action) return tell(`${moveOf(step)} belongs to ${step.action}, not ${action}`)
    if (!/^S\d+$/.test(step.rule) || step.because === '') return tell(`${moveOf(step)} names no rule`)
  }
  return undefined
}

describe('every state with a complete list', () => {
  it('covers the whole model', () => {
    expect(MODELS).toHaveLength(5 * 2 * 5 * 2 * 2 * 32)
    expect(PLAN.summary.devices).toBe(MODELS.length)
    expect(PLAN.summary.byStep.reset).toBeGreaterThan(1000)
    expect(PLAN.summary.unchanged).toBeGreaterThan(50)
  })

  it.each(WANTS)(
    'has one of the shortest legal plans, held and named as it must be, with wanted = %s',
    (wanted) => {
      const wrong = MODELS.filter(({ model }) => model.wanted === wanted).flatMap(
        ({ model, id }) => trouble(model, id) ?? [],
      )
      expect(wrong.slice(0, 10), `${wrong.length} states`).toEqual([])
    },
  )

  it('names the most far-reaching action of each device', () => {
    const order: readonly Action[] = [
      'pre-retirement-reset',
      'reset-then-redeploy',
      'uninstall',
      'install',
      'clear-stale-record',
    ]
    for (const { id } of MODELS) {
      const actions = new Set(planned(id).map((step) => step.action))
      expect(PLANNED.get(`simulator/${id}`)?.action).toBe(order.find((action) => actions.has(action)))
    }
  })

  it('gives a step id only once, however many devices there are', () => {
    const ids = PLAN.devices.flatMap((device) => device.steps.map((step) => step.id))
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('the search itself', () => {
  const model: Model = {
    c: 'same',
    xKeep: false,
    xErase: true,
    esims: ['c', 'xe'],
    wanted: 'c',
    provisionedBefore: true,
  }

  it('finds uninstall, reset, install where an erase configuration leaves', () => {
    expect(optimal(model)).toEqual([['uninstall xe', 'reset', 'install c']])
  })

  it('finds both orders of two uninstalls', () => {
    expect(optimal({ ...model, wanted: 'nothing', esims: [] })).toEqual([
      ['uninstall c', 'uninstall xe'],
      ['uninstall xe', 'uninstall c'],
    ])
  })

  it('finds nothing to do for a goal that is reached', () => {
    expect(optimal({ ...model, xErase: false, esims: ['c', 'foreign'] })).toEqual([[]])
    expect(stepsOn(PLAN, 'd-9999')).toEqual([])
  })
})
