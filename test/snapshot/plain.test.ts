import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseInstant, toRfc3339 } from '../../src/domain/time.ts'
import { readDevice } from '../../src/snapshot/device.ts'
import { readPlainDevice } from '../../src/snapshot/plain-device.ts'
import { plainInstant } from '../../src/snapshot/plain-instant.ts'
import { noProblems } from '../../src/snapshot/problems.ts'
import { contractDevice } from './samples.ts'

const PHONE = {
  ...contractDevice,
  id: 'd-2',
  platform: 'iPadOS',
  installed: [
    { configuration: 'p', platform: 'ipados', ios: { carrierUrl: 'HTTPS://Smdp.Acme.example:443' } },
  ],
  esims: [
    { iccid: '1', source: { carrierUrl: 'https://smdp.acme.example', mode: 'observe' } },
    { iccid: '2', source: { serverName: 'Smdp.Acme.Example' }, enabled: false },
    { iccid: '3' },
  ],
  released: { retirement: '2026-q4', at: '2026-11-20' },
}
const BARE = {
  id: 'd-3',
  driver: 'mdm',
  installed: 'unknown',
  esims: null,
  euicc: 'unknown',
  ownership: null,
}

/** Every place of a device at which something may stand. */
function placesOf(value: unknown, path: readonly (string | number)[] = []): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [path]
  const below = Object.entries(value).flatMap(([key, each]) => placesOf(each, [...path, key]))
  return path.length === 0 ? below : [path, ...below]
}

/** A copy with another value at a place; `undefined` takes the key away. */
function withValue(device: object, path: readonly (string | number)[], value: unknown): unknown {
  const copy = structuredClone(device) as Record<string | number, unknown>
  let at = copy
  for (const key of path.slice(0, -1)) at = at[key] as Record<string | number, unknown>
  const last = path.at(-1) ?? ''
  if (value === undefined) delete at[last]
  else at[last] = value
  return copy
}

// oxfmt-ignore
const STRANGE: readonly unknown[] = [
  undefined, null, 0, true, '', ' ', 'unknown', [], {}, ['x'], [1], { x: 'x' }, { x: 1 }, 'a/b',
  'Windows', 'ios', 'retired', 'pending', 'erase-all-esims', '2026-11-23', '2026-02-30T00:00:00Z',
  { windows: {} }, { serverName: 'a.b', carrierUrl: 'c' }, JSON.parse('{"__proto__":"x"}'),
]

describe('the short way to read a device', () => {
  test('takes devices as an export writes them', () => {
    for (const device of [contractDevice, PHONE, BARE]) expect(readPlainDevice(device)).toBeDefined()
  })

  test('gives what the long way gives, and gives way wherever that one has something to say', () => {
    let short = 0
    let said = 0
    for (const device of [contractDevice, PHONE, BARE]) {
      for (const path of [...placesOf(device), ['colour'], ['driver']]) {
        for (const strange of STRANGE) {
          const value = withValue(device, path, strange)
          const problems = noProblems()
          const long = readDevice(value, undefined, problems)
          const plain = readPlainDevice(value)
          if (problems.pending.length > 0) said += 1
          if (problems.pending.length > 0) expect(plain, JSON.stringify(value)).toBeUndefined()
          if (plain === undefined) continue
          short += 1
          expect(plain, JSON.stringify(value)).toStrictEqual(long)
        }
      }
    }
    expect(short).toBeGreaterThan(300)
    expect(said).toBeGreaterThan(300)
  })

  test('reads a time as the long way does, real or not', () => {
    const two = fc.integer({ min: 0, max: 62 }).map((number) => String(number).padStart(2, '0'))
    const written = fc.oneof(
      fc
        .integer({ min: Date.UTC(1, 0), max: Date.UTC(9999, 11, 31) })
        .map((at) => toRfc3339(at - (at % 1000))),
      fc
        .tuple(fc.integer({ min: 0, max: 9999 }), two, two, two, two, two)
        .map(([y, m, d, h, i, s]) => `${String(y).padStart(4, '0')}-${m}-${d}T${h}:${i}:${s}Z`),
      fc.string({ minLength: 20, maxLength: 20 }),
    )
    fc.assert(
      fc.property(written, (text) => {
        expect(plainInstant(text)).toBe(parseInstant(text))
      }),
      { numRuns: 3_000 },
    )
    for (const text of [
      '2024-02-29T00:00:00Z',
      '2023-02-29T00:00:00Z',
      '1900-02-29T00:00:00Z',
      '2026-11-23T24:00:00Z',
    ])
      expect(plainInstant(text)).toBe(parseInstant(text))
  })
})
