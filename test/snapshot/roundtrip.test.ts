import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import { iosIdentity, normaliseCarrierUrl, windowsIdentity } from '../../src/domain/esim.ts'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { readSnapshot } from '../../src/snapshot/read.ts'
import { writeSnapshot } from '../../src/snapshot/write.ts'
import { bytesOf, contractDevice, jsonOf, ndjsonOf } from './samples.ts'

const text = fc.string({ unit: 'grapheme' })
const word = text.filter((value) => value.trim() !== '')
const moment = fc.integer({ min: 0, max: Date.UTC(9999, 0) })
const host = fc.domain().map((name) => name.toLowerCase())
const url = fc.webUrl().map(normaliseCarrierUrl)
const onRemove = fc.constantFrom('keep-esims' as const, 'erase-all-esims' as const)
const mode = fc.constantFrom('observe' as const, 'propose' as const, 'enforce' as const)

const spec = fc.oneof(
  fc.record({
    platform: fc.constant('windows' as const),
    serverName: host,
    isDiscoveryServer: fc.boolean(),
    autoEnable: fc.boolean(),
  }),
  fc.record({ platform: fc.constant('ios' as const), carrierUrl: url }),
)
const installed = fc.record(
  {
    configuration: word,
    spec,
    installedAt: moment,
    managed: fc.boolean(),
    onRemove,
    mode,
    state: fc.constantFrom('pending' as const, 'installed' as const, 'failed' as const, 'removing' as const),
    error: fc.record({ code: word, message: text, at: moment }),
  },
  { requiredKeys: ['configuration', 'spec', 'managed', 'onRemove', 'state'] },
)
const source = fc.record(
  {
    configuration: word,
    identity: fc.oneof(host.map(windowsIdentity), url.map(iosIdentity)),
    onRemove,
    mode,
  },
  { requiredKeys: ['configuration', 'onRemove'] },
)
const esim = fc.record({ iccid: word, source, enabled: fc.boolean() }, { requiredKeys: ['iccid'] })
const facts = fc.record(
  {
    name: text,
    user: text,
    platform: fc.constantFrom('windows' as const, 'ios' as const, 'ipados' as const, 'other' as const),
    osVersion: text,
    edition: text,
    model: text,
    serialNumber: text,
    eid: text,
    imei: text,
    euicc: fc.constantFrom('present' as const, 'none' as const),
    registration: fc.constantFrom(
      'active' as const,
      'retire-pending' as const,
      'retired' as const,
      'unknown' as const,
    ),
    ownership: fc.constantFrom('company' as const, 'personal' as const),
    userEnrolled: fc.boolean(),
    enrolledAt: moment,
    lastSeenAt: moment,
    otherConnectivity: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
    labels: fc.dictionary(text, text),
    groups: fc.array(text, { maxLength: 3 }),
    installed: fc.oneof(fc.constant('unknown' as const), fc.array(installed, { maxLength: 3 })),
    esims: fc.oneof(fc.constant('unknown' as const), fc.array(esim, { maxLength: 3 })),
    esimsComplete: fc.boolean(),
    installedObservedAt: moment,
    esimsObservedAt: moment,
    provisionedBefore: fc.boolean(),
    eraseOwed: fc.array(text, { maxLength: 2 }),
    released: fc.record({ retirement: word, at: moment }),
  },
  {
    requiredKeys: [
      'platform',
      'registration',
      'installed',
      'esims',
      'esimsComplete',
      'provisionedBefore',
      'eraseOwed',
    ],
  },
)
const record = fc
  .tuple(
    word.filter((name) => !name.includes('/')),
    word,
    facts,
  )
  .map(([driver, id, rest]): DeviceRecord => ({
    ...rest,
    key: recordKey(driver, id),
    driver,
    id,
    // An unknown list is never complete; the reader says so whatever was written.
    esimsComplete: rest.esimsComplete && rest.esims !== 'unknown',
  }))
const records = fc.uniqueArray(record, { selector: ({ key }) => key, maxLength: 5 })

test.each(['json', 'ndjson'] as const)(
  'whatever fleet is written as %s is read back equal',
  async (format) => {
    await fc.assert(
      fc.asyncProperty(records, moment, fc.boolean(), async (fleet, takenAt, complete) => {
        const pieces: string[] = []
        for await (const piece of writeSnapshot({ takenAt, complete }, fleet, format)) pieces.push(piece)
        const { snapshot, findings } = readSnapshot(bytesOf(pieces.join('')), 'fleet')
        expect(findings.filter(({ code }) => code !== 'inventory-incomplete')).toEqual([])
        expect(snapshot).toEqual({ takenAt, complete, records: fleet })
      }),
    )
  },
)

test('no bytes crash the reader, and it never gives a snapshot together with an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => sound(bytes)),
    { numRuns: 1_000 },
  )
})

test('no damage to a good snapshot crashes the reader', () => {
  const good = [jsonOf([contractDevice]), ndjsonOf([contractDevice])]
  const damage = fc.record({
    which: fc.nat(1),
    at: fc.nat(),
    length: fc.nat(8),
    put: fc.uint8Array({ maxLength: 8 }),
  })
  fc.assert(
    fc.property(damage, ({ which, at, length, put }) => {
      const bytes = [...(good[which] ?? [])]
      bytes.splice(at % bytes.length, length, ...put)
      sound(new Uint8Array(bytes))
    }),
    { numRuns: 3_000 },
  )
})

test('no JSON in the place of a device crashes the reader', () => {
  const key = fc.constantFrom(...Object.keys(contractDevice))
  fc.assert(
    fc.property(key, fc.jsonValue(), (name, value) => sound(jsonOf([{ ...contractDevice, [name]: value }]))),
    { numRuns: 2_000 },
  )
})

function sound(bytes: Uint8Array): void {
  const { snapshot, findings } = readSnapshot(bytes, 'fleet')
  const errors = findings.filter(({ severity }) => severity === 'error')
  expect(snapshot === undefined).toBe(errors.length > 0)
  for (const { place } of findings) {
    expect(place?.line).toBeGreaterThan(0)
    expect(place?.column).toBeGreaterThan(0)
  }
}
