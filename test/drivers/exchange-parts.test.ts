import { describe, expect, it } from 'vitest'
import { HOUR, SECOND } from '../../src/domain/time.ts'
import { openBucket } from '../../src/exchange/bucket.ts'
import { retryAfter } from '../../src/exchange/throttle.ts'
import { quoted } from '../../src/exchange/words.ts'
import { MONDAY } from '../clock.ts'

describe('a token bucket', () => {
  it('gives its burst at once, then one token after the other', () => {
    const bucket = openBucket(10, 3)
    const waits = Array.from({ length: 6 }, () => bucket.take(MONDAY, HOUR))
    expect(waits).toEqual([0, 0, 0, 100, 200, 300])
  })

  it('fills up again, and no further than its burst', () => {
    const bucket = openBucket(10, 3)
    for (let taken = 0; taken < 3; taken += 1) bucket.take(MONDAY, HOUR)
    const later = MONDAY + HOUR
    expect(Array.from({ length: 4 }, () => bucket.take(later, HOUR))).toEqual([0, 0, 0, 100])
  })

  it('gives none to whoever will not wait that long, and does not make the next wait for it', () => {
    const bucket = openBucket(1, 1)
    expect(Array.from({ length: 4 }, () => bucket.take(MONDAY, SECOND))).toEqual([0, 1_000, 2_000, 2_000])
    expect(bucket.take(MONDAY + SECOND, SECOND)).toBe(1_000)
  })

  it('makes nobody wait for the hour that a clock goes back', () => {
    const bucket = openBucket(10, 1)
    bucket.take(MONDAY, HOUR)
    expect(bucket.take(MONDAY - HOUR, HOUR)).toBe(100)
    expect(bucket.take(MONDAY - HOUR + SECOND, HOUR)).toBe(0)
  })
})

describe('Retry-After', () => {
  it.each([
    ['0', SECOND],
    ['7', 7 * SECOND],
    [' 7 ', 7 * SECOND],
    ['Mon, 23 Nov 2026 08:00:30 GMT', 30 * SECOND],
    ['Monday, 23-Nov-26 08:00:30 GMT', 30 * SECOND],
    ['-5', undefined],
    ['1.5', undefined],
    ['soon', undefined],
    ['', undefined],
    ['2026-11-23T08:00:30Z', undefined],
    ['Mon, 23 Foo 2026 08:00:30 GMT', undefined],
  ])('"%s" is understood, or not at all', (header, wait) => {
    expect(retryAfter(header, MONDAY)).toBe(wait)
  })
})

describe('what the other side said, in a message', () => {
  it('is one line, without control characters or an end out of sight', () => {
    expect(quoted('a\r\n\u001B[31mb\u202Ec\u2028d')).toBe('a [31mb c d')
    expect(quoted('x'.repeat(500))).toHaveLength(201)
  })
})
