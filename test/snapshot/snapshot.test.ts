import { describe, expect, test } from 'vitest'
import { readSnapshot } from '../../src/snapshot/read.ts'
import { writeSnapshot } from '../../src/snapshot/write.ts'
import type { SnapshotFormat } from '../../src/snapshot/snapshot.ts'
import type { DeviceRecord, EsimSource } from '../../src/domain/device.ts'
import { bytesOf, contractDevice, envelope, jsonOf, ndjsonOf, textOf } from './samples.ts'

const FILE = 'fleet.json'

describe('reading', () => {
  test('the example of the contract is read whole', () => {
    const { snapshot, findings } = readSnapshot(jsonOf([contractDevice]), FILE)
    expect(findings).toEqual([])
    expect(snapshot).toEqual({
      takenAt: Date.parse('2026-11-23T08:00:00Z'),
      complete: true,
      records: [
        {
          key: 'simulator/d-1',
          driver: 'simulator',
          id: 'd-1',
          name: 'PAR-LT-0042',
          user: 'j.doe@acme.example',
          platform: 'windows',
          osVersion: '10.0.22631',
          edition: 'Enterprise',
          model: 'Latitude 7450',
          serialNumber: '5CG1234XYZ',
          eid: '89049032000000000000000000000012',
          imei: '350000000000006',
          euicc: 'present',
          registration: 'active',
          ownership: 'company',
          userEnrolled: false,
          enrolledAt: Date.parse('2026-01-10T09:00:00Z'),
          lastSeenAt: Date.parse('2026-11-23T07:55:00Z'),
          otherConnectivity: 'yes',
          labels: { site: 'paris' },
          groups: ['SG-Laptops-FR'],
          provisionedBefore: true,
          installed: [
            {
              configuration: 'acme-laptops',
              spec: {
                platform: 'windows',
                serverName: 'smdp.acme.example',
                isDiscoveryServer: false,
                autoEnable: true,
              },
              installedAt: Date.parse('2026-11-20T10:00:00Z'),
              managed: true,
              onRemove: 'keep-esims',
              state: 'installed',
            },
          ],
          esims: [
            {
              iccid: '8933150319000000001',
              source: {
                configuration: 'acme-laptops',
                identity: 'windows:smdp.acme.example',
                onRemove: 'keep-esims',
              },
              enabled: true,
            },
          ],
          esimsComplete: true,
          eraseOwed: [],
        },
      ],
    })
  })

  test('a device that says nothing but who it is: everything else is unknown, and no defaults but the documented ones', () => {
    const { snapshot, findings } = readSnapshot(jsonOf([{ id: 'd-1', driver: 'mdm' }]), FILE)
    expect(findings).toEqual([])
    expect(snapshot?.records).toEqual([
      {
        key: 'mdm/d-1',
        driver: 'mdm',
        id: 'd-1',
        platform: 'other',
        registration: 'unknown',
        provisionedBefore: true,
        installed: 'unknown',
        esims: 'unknown',
        esimsComplete: false,
        eraseOwed: [],
      },
    ])
  })

  test('an empty eSIM list is complete unless it says otherwise; an unknown one never is', () => {
    const device = { id: 'd', driver: 'm' }
    const complete = (more: object) => read({ ...device, ...more })?.esimsComplete
    expect(complete({ esims: [] })).toBe(true)
    expect(complete({ esims: [], esimsComplete: false })).toBe(false)
    expect(complete({ esims: 'unknown', esimsComplete: true })).toBe(false)
    expect(complete({ esims: null })).toBe(false)
  })

  test('known to have none is kept apart from not known', () => {
    const none = read({ id: 'd', driver: 'm', labels: {}, groups: [], installed: [], esims: [] })
    expect(none).toMatchObject({ labels: {}, groups: [], installed: [], esims: [] })
    const unknown = read({ id: 'd', driver: 'm', labels: null, groups: null })
    expect(unknown).not.toHaveProperty('labels')
    expect(unknown).not.toHaveProperty('groups')
  })

  test('an installed configuration says little: managed, keep-esims, installed, of the platform of its block', () => {
    expect(installed({ configuration: 'a', windows: { serverName: 'SMDP.Acme.Example' } })).toEqual([
      {
        configuration: 'a',
        spec: {
          platform: 'windows',
          serverName: 'smdp.acme.example',
          isDiscoveryServer: false,
          autoEnable: true,
        },
        managed: true,
        onRemove: 'keep-esims',
        state: 'installed',
      },
    ])
    expect(
      installed({ configuration: 'b', ios: { carrierUrl: 'HTTPS://Smdp.Acme.example:443' } }),
    ).toMatchObject([{ spec: { platform: 'ios', carrierUrl: 'https://smdp.acme.example/' } }])
  })

  test('where an eSIM came from: a server, a URL, a configuration alone, or nobody of ours', () => {
    expect(source(null)).toBeUndefined()
    expect(source({ configuration: 'a' })).toEqual({ configuration: 'a', onRemove: 'keep-esims' })
    expect(source({ serverName: 'Smdp.Acme.Example' })).toEqual({
      configuration: 'Smdp.Acme.Example',
      identity: 'windows:smdp.acme.example',
      onRemove: 'keep-esims',
    })
    expect(
      source({
        configuration: 'a',
        carrierUrl: 'https://a.example',
        onRemove: 'erase-all-esims',
        mode: 'observe',
      }),
    ).toEqual({
      configuration: 'a',
      identity: 'ios:https://a.example/',
      onRemove: 'erase-all-esims',
      mode: 'observe',
    })
  })

  test('platforms and registrations of other worlds are no error', () => {
    expect(read({ id: 'd', driver: 'm', platform: 'android' })?.platform).toBe('other')
    expect(read({ id: 'd', driver: 'm', platform: 'iPadOS' })?.platform).toBe('ipados')
    expect(read({ id: 'd', driver: 'm', registration: 'quarantined' })?.registration).toBe('unknown')
  })

  test('a byte order mark and Windows line ends are no obstacle', () => {
    const text = textOf(ndjsonOf([contractDevice])).replaceAll('\n', '\r\n')
    expect(readSnapshot(bytesOf(`\uFEFF${text}`), FILE)).toMatchObject({
      snapshot: { complete: true },
      findings: [],
    })
  })
})

describe('NDJSON', () => {
  test('is known by its content and gives the same fleet', () => {
    const devices = [contractDevice, { ...contractDevice, id: 'd-2' }]
    expect(readSnapshot(ndjsonOf(devices), 'x')).toEqual(readSnapshot(jsonOf(devices), 'x'))
  })

  test.each([
    ['without its last line', (lines: string[]) => lines.slice(0, -1), 'cut off'],
    ['cut in the middle of a device', (lines: string[]) => [...lines.slice(0, -2), '{"id":"d-'], 'cut off'],
    [
      'with another count',
      (lines: string[]) => [...lines.slice(0, -1), '{"kind":"FleetSnapshotEnd","devices":9,"complete":true}'],
      'tells 9 devices and it holds 2',
    ],
    [
      'that says so itself',
      (lines: string[]) => [
        ...lines.slice(0, -1),
        '{"kind":"FleetSnapshotEnd","devices":2,"complete":false}',
      ],
      'does not say',
    ],
  ])('%s is a partial inventory, with a warning', (_, damage, why) => {
    const lines = textOf(ndjsonOf([contractDevice, { ...contractDevice, id: 'd-2' }]))
      .trimEnd()
      .split('\n')
    const { snapshot, findings } = readSnapshot(bytesOf(damage(lines).join('\n')), 'x')
    expect(snapshot?.complete).toBe(false)
    expect(snapshot?.records.length).toBeGreaterThan(0)
    expect(findings).toMatchObject([{ code: 'inventory-incomplete', severity: 'warning' }])
    expect(findings[0]?.message).toContain(why)
  })

  test('trouble on a line is told with that line', () => {
    const text = `${JSON.stringify(envelope)}\n\n{"id":"d-1","driver":"m","eid":89049032}\n{"id":,}\n`
    const { snapshot, findings } = readSnapshot(bytesOf(text), 'big.ndjson')
    expect(snapshot).toBeUndefined()
    expect(findings).toMatchObject([
      {
        severity: 'error',
        reason: 'wrong-type',
        place: { file: 'big.ndjson', line: 3, column: 32 },
        device: 'm/d-1',
      },
      { severity: 'error', reason: 'yaml-syntax', place: { line: 4, column: 7 } },
    ])
    expect(findings[0]?.hint).toContain('double quotes')
  })

  test('nothing may follow the last line', () => {
    const { snapshot, findings } = readSnapshot(
      bytesOf(`${textOf(ndjsonOf([contractDevice]))}{"id":"d-9","driver":"m"}\n`),
      'x',
    )
    expect(snapshot).toBeUndefined()
    expect(findings).toMatchObject([{ severity: 'error', place: { line: 4 } }])
  })
})

describe('trouble', () => {
  test.each<[string, object, string, string]>([
    ['no id', { driver: 'm' }, 'missing-key', 'id is missing in devices[0]'],
    ['an empty id', { id: ' ', driver: 'm' }, 'bad-value', 'devices[0].id is empty'],
    ['no driver', { id: 'd' }, 'missing-key', 'driver is missing in devices[0]'],
    ['a slash in the driver', { id: 'd', driver: 'a/b' }, 'bad-value', 'slash'],
    [
      'a serial number as a number',
      { id: 'd', driver: 'm', serialNumber: 12 },
      'wrong-type',
      'expected a string',
    ],
    ['a time nobody can read', { id: 'd', driver: 'm', enrolledAt: '30.02.2026' }, 'bad-value', 'RFC 3339'],
    [
      'a word for a flag',
      { id: 'd', driver: 'm', provisionedBefore: 'no' },
      'wrong-type',
      'expected true or false',
    ],
    [
      'labels in a list',
      { id: 'd', driver: 'm', labels: ['a'] },
      'wrong-type',
      'expected an object of strings',
    ],
    [
      'a label of another type',
      { id: 'd', driver: 'm', labels: { a: 1 } },
      'wrong-type',
      'devices[0].labels.a is a number',
    ],
    [
      'groups of another type',
      { id: 'd', driver: 'm', groups: [1] },
      'wrong-type',
      'devices[0].groups[0] is a number',
    ],
    ['installed as a map', { id: 'd', driver: 'm', installed: {} }, 'wrong-type', 'expected a list'],
    [
      'an eSIM that is a text',
      { id: 'd', driver: 'm', esims: ['89'] },
      'wrong-type',
      'devices[0].esims[0] is a string',
    ],
    [
      'an eSIM without a number',
      { id: 'd', driver: 'm', esims: [{ source: null }] },
      'missing-key',
      'iccid is missing',
    ],
    [
      'both blocks',
      { id: 'd', driver: 'm', installed: [{ configuration: 'a', windows: {}, ios: {} }] },
      'missing-key',
      'exactly one',
    ],
    [
      'a block of another platform',
      {
        id: 'd',
        driver: 'm',
        installed: [{ configuration: 'a', platform: 'ios', windows: { serverName: 'a.b' } }],
      },
      'bad-value',
      'beside a windows block',
    ],
    [
      'a state nobody knows',
      {
        id: 'd',
        driver: 'm',
        installed: [{ configuration: 'a', state: 'done', windows: { serverName: 'a.b' } }],
      },
      'bad-value',
      'expected pending, installed, failed, removing',
    ],
    [
      'a release without its moment',
      { id: 'd', driver: 'm', released: { retirement: 'r' } },
      'missing-key',
      'at is missing',
    ],
  ])('%s is an error, and there is no snapshot', (_, device, reason, message) => {
    const { snapshot, findings } = readSnapshot(jsonOf([device]), FILE)
    expect(snapshot).toBeUndefined()
    expect(findings).toMatchObject([{ code: 'invalid-document', severity: 'error', reason }])
    expect(findings[0]?.message).toContain(message)
  })

  test('a place is the line and column of the value, in a file laid out by hand', () => {
    const text = JSON.stringify(
      { ...envelope, devices: [contractDevice, { id: 'é', driver: 'm', imei: 1 }] },
      null,
      2,
    )
    const lines = text.split('\n')
    const line = lines.findIndex((each) => each.includes('"imei": 1')) + 1
    const { findings } = readSnapshot(bytesOf(text), FILE)
    expect(findings).toMatchObject([{ place: { file: FILE, line, column: '      "imei": '.length + 1 } }])
  })

  test('one device twice is an error that names both places', () => {
    const { snapshot, findings } = readSnapshot(jsonOf([contractDevice, contractDevice]), FILE)
    expect(snapshot).toBeUndefined()
    expect(findings[0]?.message).toContain('at devices[0] and at devices[1]')
  })

  test('one id in two drivers is two devices', () => {
    const { snapshot } = readSnapshot(jsonOf([contractDevice, { ...contractDevice, driver: 'other' }]), FILE)
    expect(snapshot?.records.map(({ key }) => key)).toEqual(['simulator/d-1', 'other/d-1'])
  })

  test('a key nobody knows is ignored with one warning, however many devices have it', () => {
    const devices = [1, 2, 3].map((n) => ({
      id: `d-${n}`,
      driver: 'm',
      colour: 'red',
      installed: [],
      esims: [],
    }))
    const { snapshot, findings } = readSnapshot(jsonOf(devices), FILE)
    expect(snapshot?.records).toHaveLength(3)
    expect(findings).toMatchObject([{ severity: 'warning', reason: 'unknown-key' }])
    expect(findings[0]?.message).toContain('colour')
  })

  test('a million mistakes are a hundred findings and a count', () => {
    const devices = Array.from({ length: 5_000 }, (_, n) => ({ id: `d-${n}`, driver: 'm', imei: n }))
    const { findings } = readSnapshot(jsonOf(devices), FILE)
    expect(findings).toHaveLength(101)
    expect(findings.at(-1)?.message).toContain('4900 more')
  })

  test.each<[string, object, string]>([
    ['no moment', { takenAt: undefined }, 'takenAt is missing'],
    ['another version', { apiVersion: 'simplane/v9' }, 'expected simplane/v1'],
    ['another kind', { kind: 'Fleet' }, 'expected FleetSnapshot'],
    ['no devices', { devices: undefined }, 'devices is missing'],
    ['devices that are no list', { devices: {} }, 'expected a list'],
  ])('an envelope with %s is an error', (_, change, message) => {
    const { snapshot, findings } = readSnapshot(
      bytesOf(JSON.stringify({ ...envelope, devices: [], ...change }, null, 1)),
      FILE,
    )
    expect(snapshot).toBeUndefined()
    expect(findings[0]?.message).toContain(message)
  })

  test('a snapshot that does not say that it is complete is partial', () => {
    const { takenAt, apiVersion, kind } = envelope
    const { snapshot, findings } = readSnapshot(
      bytesOf(JSON.stringify({ apiVersion, kind, takenAt, devices: [] })),
      FILE,
    )
    expect(snapshot?.complete).toBe(false)
    expect(findings).toMatchObject([{ code: 'inventory-incomplete' }])
  })

  test.each<[string, string, number, number]>([
    ['an empty file', '', 1, 1],
    ['words', 'hello', 1, 1],
    ['a comma too many', '{\n  "kind": "FleetSnapshot",\n}', 3, 1],
    ['a missing comma', '{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['single quotes', "{'a': 1}", 1, 2],
    ['an open end', '{"devices": [', 1, 14],
    ['a number with a leading zero', '{"imei": 0350}', 1, 11],
    ['a bad escape', '{"a": "C:\\Users"}', 1, 10],
    ['something after the end', '{} {}', 1, 4],
  ])('%s is no JSON, and the finding points at it', (_, text, line, column) => {
    const { snapshot, findings } = readSnapshot(bytesOf(text), FILE)
    expect(snapshot).toBeUndefined()
    expect(findings).toMatchObject([{ severity: 'error', reason: 'yaml-syntax', place: { line, column } }])
  })

  test('a file of PowerShell is recognised', () => {
    const bytes = new Uint8Array(Buffer.from('\uFEFF{"a":1}', 'utf16le'))
    expect(readSnapshot(bytes, FILE).findings[0]?.message).toContain('UTF-16')
  })

  test('a hundred thousand open brackets are no danger', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    expect(readSnapshot(bytesOf('['.repeat(100_000)), FILE).findings).toHaveLength(1)
    expect(
      readSnapshot(bytesOf(`{"devices":[{"id":"d","driver":"m","x":${deep},"imei":1}]}`), FILE).findings
        .length,
    ).toBeGreaterThan(1)
  })

  test('a key called __proto__ is a label like any other', () => {
    const text = JSON.stringify({ ...envelope, devices: [] }).replace(
      '[]',
      '[{"id":"d","driver":"m","labels":{"__proto__":"x"}}]',
    )
    const labels = readSnapshot(bytesOf(text), FILE).snapshot?.records[0]?.labels
    expect(Object.entries(labels ?? {})).toEqual([['__proto__', 'x']])
  })
})

describe('writing', () => {
  test.each<SnapshotFormat>(['json', 'ndjson'])(
    '%s holds one device a line and no word on what is unknown',
    async (format) => {
      const records =
        readSnapshot(jsonOf([contractDevice, { id: 'd-2', driver: 'm' }]), FILE).snapshot?.records ?? []
      const text = await written(records, format)
      const line = text.split('\n').find((each) => each.includes('d-2'))
      expect(JSON.parse(line ?? '')).toEqual({
        id: 'd-2',
        driver: 'm',
        platform: 'other',
        registration: 'unknown',
        provisionedBefore: true,
        installed: 'unknown',
        esims: 'unknown',
        esimsComplete: false,
        eraseOwed: [],
        released: null,
      })
    },
  )

  test('what was read is written as it stood in the contract', async () => {
    const records = readSnapshot(jsonOf([contractDevice]), FILE).snapshot?.records ?? []
    expect(JSON.parse(await written(records, 'json'))).toEqual({ ...envelope, devices: [contractDevice] })
  })

  test('a fleet of nobody is written and read', async () => {
    for (const format of ['json', 'ndjson'] as const) {
      expect(readSnapshot(bytesOf(await written([], format)), 'x')).toMatchObject({
        snapshot: { complete: true, records: [] },
      })
    }
  })
})

function installed(entry: object): DeviceRecord['installed'] | undefined {
  return read({ id: 'd', driver: 'm', installed: [entry] })?.installed
}

function source(value: unknown): EsimSource | undefined {
  const esims = read({ id: 'd', driver: 'm', esims: [{ iccid: '1', source: value }] })?.esims
  return esims === 'unknown' ? undefined : esims?.[0]?.source
}

function read(device: object): DeviceRecord | undefined {
  const { snapshot, findings } = readSnapshot(jsonOf([device]), FILE)
  expect(findings).toEqual([])
  return snapshot?.records[0]
}

async function written(records: readonly DeviceRecord[], format: SnapshotFormat): Promise<string> {
  const head = { takenAt: Date.parse(envelope.takenAt), complete: true }
  let text = ''
  for await (const piece of writeSnapshot(head, records, format)) text += piece
  return text
}
