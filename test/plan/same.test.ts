import { expect, test } from 'vitest'
import { isSame } from '../../src/domain/same.ts'
import { group } from './builders.ts'

const LAPTOPS = group('laptops', { matchLabels: { model: 'x', site: 'y' } }, ['a', 'b'])

test('documents are the same when every key, value and place is, in the same order', () => {
  const again = structuredClone(LAPTOPS)
  expect([isSame(LAPTOPS, again), isSame(LAPTOPS, again), isSame(again, LAPTOPS)]).toEqual([true, true, true])
  const others = [
    group('phones', { matchLabels: { model: 'x', site: 'y' } }, ['a', 'b']),
    group('laptops', { matchLabels: { site: 'y', model: 'x' } }, ['a', 'b']),
    group('laptops', { matchLabels: { model: 'x' } }, ['a', 'b']),
    group('laptops', { matchLabels: { model: 'x', site: 'y' } }, ['b', 'a']),
    group('laptops', { matchLabels: { model: 'x', site: 'y' } }, ['a']),
    { ...LAPTOPS, place: { ...LAPTOPS.place, line: 2 } },
    { ...LAPTOPS, devices: Object.fromEntries(LAPTOPS.devices.entries()) },
  ]
  for (const other of others) expect([isSame(LAPTOPS, other), isSame(other, LAPTOPS)]).toEqual([false, false])
})
