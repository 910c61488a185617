import { expect, test } from 'vitest'
import type { JournalStep } from '../../src/domain/journal.ts'
import { recordKey } from '../../src/domain/device.ts'
import type { Run } from '../../src/domain/run-store.ts'
import { inOrder, runEvents, stepEvents } from '../../src/report/step-events.ts'
import { NOW, step } from './builders.ts'

function journal(n: number, more: Partial<JournalStep> = {}): JournalStep {
  return {
    dev: 7,
    n,
    device: recordKey('simulator', 'd-7'),
    step: step('install', 'install', { configuration: 'acme-laptops', because: 'it is wanted here' }),
    state: 'ready',
    attempt: 1,
    revision: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00',
    run: 3,
    plannedAt: NOW,
    ...more,
  }
}

const NONE = { observed: 42, changed: 0, planned: 0, steps: 0, held: 0, issued: 0, proven: 0, failed: 0 }

function pass(id: number, more: Partial<Run> = {}): Run {
  return { id, trigger: 'schedule', startedAt: NOW + id, endedAt: NOW + id, counts: NONE, ...more }
}

test('a step is told as planned, sent and settled, with the words of the MDM when it failed', () => {
  const error = { code: 'DiscoveryState4', message: 'no such profile', permanent: false }
  const told = stepEvents([
    journal(1, { state: 'failed', attempt: 2, issuedAt: NOW + 1_000, settledAt: NOW + 2_000, error }),
  ])
  expect(told.map(({ at, message }) => [at - NOW, message])).toEqual([
    [0, 'install acme-laptops planned for 1f3c9aa, try 2: it is wanted here'],
    [1_000, 'install acme-laptops sent, try 2'],
    [2_000, 'install acme-laptops failed: DiscoveryState4 no such profile'],
  ])
})

test('steps come in the order in which they run, and one that was replaced before it was sent has no line', () => {
  const reset = step('reset', 'reset-then-redeploy', { heldBy: ['would-strand'] })
  const told = stepEvents([
    journal(3),
    journal(2, { step: reset, state: 'held' }),
    journal(1, { state: 'superseded' }),
  ])
  expect(told.map(({ message }) => message)).toEqual([
    'eSIM reset planned for 1f3c9aa: held (would-strand)',
    'install acme-laptops planned for 1f3c9aa: it is wanted here',
  ])
})

test('of passes only those are told that planned something or failed', () => {
  const runs = [
    pass(1),
    pass(2, { counts: { ...NONE, steps: 3, held: 1 } }),
    pass(3, { error: 'the source is away' }),
  ]
  expect(runEvents(runs).map(({ kind, message, run }) => [run, kind, message])).toEqual([
    [2, 'run', 'pass (schedule): 3 steps planned, 1 held'],
    [3, 'error', 'pass (schedule): the source is away'],
  ])
})

test('several origins make one history, oldest first', () => {
  const late = stepEvents([journal(1, { plannedAt: NOW + 60_000 })])
  const early = runEvents([pass(2, { counts: { ...NONE, steps: 1 } })])
  expect(inOrder(late, early).map(({ kind }) => kind)).toEqual(['run', 'step'])
})
