import { expect, test } from 'vitest'
import type { Instant } from '../../src/domain/time.ts'
import { isSameStamp, isSettled } from '../../src/source/stamp.ts'
import type { Stamp } from '../../src/source/stamp.ts'

const WRITTEN: Instant = Date.UTC(2026, 10, 25, 8)

function stamp(modified: Instant, changed: Instant): Stamp {
  const nanoseconds = (at: Instant) => BigInt(at) * 1_000_000n
  return { device: 1n, node: 2n, size: 3n, modified: nanoseconds(modified), changed: nanoseconds(changed) }
}

test('a file is known by its stamp only when it was read two seconds after it was written', () => {
  const written = stamp(WRITTEN, WRITTEN)
  expect(isSettled(written, WRITTEN)).toBe(false)
  expect(isSettled(written, WRITTEN + 1_999)).toBe(false)
  expect(isSettled(written, WRITTEN + 2_000)).toBe(true)
})

test('a date that was set does not hide when the file was written, and one in the future is not trusted', () => {
  expect(isSettled(stamp(0, WRITTEN), WRITTEN + 1_000)).toBe(false)
  expect(isSettled(stamp(WRITTEN + 60_000, 0), WRITTEN)).toBe(false)
})

test('anything that differs makes another stamp', () => {
  const one = stamp(WRITTEN, WRITTEN)
  expect(isSameStamp(one, { ...one })).toBe(true)
  for (const key of ['device', 'node', 'size', 'modified', 'changed'] as const)
    expect(isSameStamp(one, { ...one, [key]: one[key] + 1n })).toBe(false)
})
