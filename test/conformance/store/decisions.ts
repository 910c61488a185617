import { describe, expect } from 'vitest'
import { DEFAULT_POLICY, type DesiredState } from '../../../src/domain/desired.ts'
import type { HoldCode, PlannedStep, StepId, StepKind } from '../../../src/domain/plan.ts'
import type { StoredRevision } from '../../../src/domain/revision-store.ts'
import { holdDigest } from '../../../src/plan/holds.ts'
import { keyOf, step, T0 } from '../records.ts'
import { planAgain, planned, type Promised } from './world.ts'

const DESIRED: DesiredState = { configurations: [], groups: [], retirements: [], policy: DEFAULT_POLICY }

export function decisionPromises(promise: Promised): void {
  describe('revisions', () => {
    promise('there is none at first', async (store) => {
      expect(await store.inForce()).toBeUndefined()
      expect(await store.latest()).toBeUndefined()
    })

    promise('one comes into force, with its documents', async (store, world) => {
      const applied = await store.apply({ ...entry('r1'), desired: DESIRED, reach: 'all' })
      expect(applied).toEqual({ ...entry('r1'), seq: 1, state: 'in-force' })
      expect(await (await world.reopen()).inForce()).toEqual({ ...applied, desired: DESIRED })
    })

    promise('the next one supersedes it; a refused one does not', async (store) => {
      await store.apply({ ...entry('r1'), desired: DESIRED, reach: 'all' })
      const second = { ...DESIRED, policy: { ...DEFAULT_POLICY, mode: 'observe' as const } }
      await store.apply({ ...entry('r2'), emptySource: true, desired: second, reach: 'all' })
      const { emptySource: _empty, ...refused } = entry('r3', T0 + 3)
      await store.refuse(refused)
      expect(await store.inForce()).toMatchObject({
        seq: 2,
        revision: { id: 'r2' },
        emptySource: true,
        desired: second,
      })
      expect(await store.latest()).toEqual({ ...refused, seq: 3, state: 'refused', emptySource: false })
    })

    promise('a retirement is remembered as it was first applied', async (store) => {
      const members = new Set([keyOf('a'), keyOf('b')])
      const first = { name: 'q4', firstAppliedAt: T0, members }
      await store.rememberRetirements([first])
      await store.rememberRetirements([
        { name: 'q4', firstAppliedAt: T0 + 1, members: new Set() },
        { name: 'a4', firstAppliedAt: T0 + 1, members: new Set() },
      ])
      expect(await store.retirements()).toEqual([
        { name: 'a4', firstAppliedAt: T0 + 1, members: new Set() },
        first,
      ])
    })
  })

  describe('holds', () => {
    promise('are gathered by reasons, step and configuration, with whatever waits behind', async (store) => {
      await planned(store, ['a', 'b', 'c', 'free'], (id) => {
        if (id === 'free') return [step('free')]
        if (id === 'c') return [held('rc', 'reset', ['would-strand'], 'other')]
        return [
          step(`u${id}`, 'uninstall'),
          held(`r${id}`, 'reset', ['would-strand'], 'acme'),
          behind(`i${id}`, ['would-strand']),
        ]
      })
      const holds = await store.holds()
      const acme = holds.find(({ configuration }) => configuration === 'acme')
      expect(holds.length).toBe(2)
      expect(acme).toMatchObject({
        code: 'would-strand',
        codes: ['would-strand'],
        step: 'reset',
        devices: 2,
        since: T0,
      })
      expect(acme?.steps.map(({ id, device }) => [id, device])).toEqual([
        ['ra', 'mdm/a'],
        ['ia', 'mdm/a'],
        ['rb', 'mdm/b'],
        ['ib', 'mdm/b'],
      ])
      expect(acme?.digest).toBe(holdDigest(['ib', 'ia', 'rb', 'ra'] as StepId[]))
      expect(acme?.id).toMatch(/^h-[0-9a-f]{4}$/)
      expect(new Set(holds.map(({ id }) => id)).size).toBe(2)
    })

    promise('a second reason further on in a device is a hold of its own', async (store) => {
      await planned(store, ['a'], () => [
        held('r', 'reset', ['foreign-esim'], 'acme'),
        { ...held('i', 'install', ['group-shrank'], 'acme'), heldBy: ['foreign-esim', 'group-shrank'] },
      ])
      const holds = await store.holds()
      expect(new Map(holds.map(({ step: kind, codes }) => [kind, codes]))).toEqual(
        new Map([
          ['install', ['group-shrank']],
          ['reset', ['foreign-esim']],
        ]),
      )
    })

    promise('a step over budget is held for that, with whatever waits behind it', async (store) => {
      const steps = [step('u', 'uninstall', { configuration: 'acme' }), step('r', 'reset')]
      await planned(store, ['a'], () => steps, {}, { limited: ['uninstall'] })
      expect(await store.holds()).toMatchObject([
        {
          code: 'budget-exceeded',
          step: 'uninstall',
          configuration: 'acme',
          devices: 1,
          since: T0,
          steps: [{ id: 'u' }, { id: 'r' }],
        },
      ])
    })

    promise('since tells when the first of its steps was held, not when it was planned', async (store) => {
      await planned(store, ['a'], () => [step('r', 'reset')])
      for (const now of [T0 + 5, T0 + 9])
        await planAgain(store, 'a', [held('r', 'reset', ['foreign-esim'])], {}, { now })
      expect((await store.holds())[0]?.since).toBe(T0 + 5)
    })
  })
}

function entry(id: string, at = T0): Omit<StoredRevision, 'seq' | 'state'> {
  return {
    revision: { id, subject: 'why', committedAt: T0 - 9 },
    at,
    findings: [{ code: 'selects-nobody', severity: 'info', message: 'nobody' }],
    emptySource: false,
    rewritten: true,
  }
}

/** A step that is held for reasons of its own. */
function held(id: string, kind: StepKind, codes: readonly HoldCode[], configuration?: string): PlannedStep {
  const holdsFor = { codes, ...(configuration === undefined ? {} : { configuration }) }
  return step(id, kind, { state: 'held', heldBy: codes, holdsFor })
}

/** A step that only waits behind a held one. */
function behind(id: string, codes: readonly HoldCode[]): PlannedStep {
  return step(id, 'install', { state: 'held', heldBy: codes })
}
