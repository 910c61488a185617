import { describe, expect, test } from 'vitest'
import type { DeviceRecord } from '../../src/domain/device.ts'
import { windowsIdentity } from '../../src/domain/esim.ts'
import type { Verdict } from '../../src/domain/journal.ts'
import type { StoredHold } from '../../src/domain/hold-store.ts'
import type { FleetCounts } from '../../src/domain/read-store.ts'
import type { Event } from '../../src/domain/run-store.ts'
import type { StoredDevice } from '../../src/domain/stored-device.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { approvePrompt, approveText, holdText } from '../../src/report/approve-text.ts'
import type { HoldInput } from '../../src/report/approve-text.ts'
import { csvCell, devicesCsv } from '../../src/report/devices-csv.ts'
import { devicesJson } from '../../src/report/devices-json.ts'
import { devicesText } from '../../src/report/devices-text.ts'
import { driftJson } from '../../src/report/drift-json.ts'
import { driftMarkdown } from '../../src/report/drift-markdown.ts'
import { driftText } from '../../src/report/drift-text.ts'
import { driftSummary } from '../../src/report/drift.ts'
import type { DriftReport, DriftRow } from '../../src/report/drift.ts'
import { explainJson } from '../../src/report/explain-json.ts'
import { explainText } from '../../src/report/explain-text.ts'
import type { ExplainInput } from '../../src/report/explain.ts'
import { historyText } from '../../src/report/history-text.ts'
import { retirementJson, retirementText } from '../../src/report/retirement-text.ts'
import { statusJson } from '../../src/report/status-json.ts'
import { statusText } from '../../src/report/status-text.ts'
import { statusWord } from '../../src/report/status.ts'
import type { StatusInput } from '../../src/report/status.ts'
import { utcTime } from '../../src/report/time-format.ts'
import { configuration, desired, hold, journal, NOW, record, step, stored } from './builders.ts'
import { expectGolden, widestLine } from './golden.ts'

const EVIL = '\u001b[2J\u202e`@x`\n'

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

function verdicts(numbers: Partial<Record<Verdict, number>>): Record<Verdict, number> {
  return { 'in-sync': 0, working: 0, held: 0, drifted: 0, failed: 0, 'not-eligible': 0, ...numbers }
}

const revision = {
  id: '1f3c9aa0c0ffee00c0ffee00c0ffee00c0ffee00',
  subject: 'Move laptops to Neo',
  author: 'Jane Doe',
}

function counts(more: Partial<FleetCounts> = {}): FleetCounts {
  return {
    devices: 55_000,
    active: 54_900,
    byVerdict: verdicts({ 'in-sync': 54_094, working: 19, held: 24, failed: 12, 'not-eligible': 851 }),
    byPlatform: { windows: 40_000, ios: 14_000, ipados: 1_000 },
    withoutEsim: 0,
    findings: [
      { code: 'retry-exhausted', devices: 12 },
      { code: 'residual-esim', devices: 61 },
      { code: 'outranked', devices: 3_200 },
    ],
    drift: [],
    configurations: [
      { name: 'acme-laptops', wanted: 36_700, ...verdicts({ 'in-sync': 36_664, held: 24, failed: 12 }) },
      { name: 'acme-phones', wanted: 14_880, ...verdicts({ 'in-sync': 14_880 }) },
    ],
    retirements: [{ name: '2026-q4', devices: 200, ready: 181, working: 19, held: 0 }],
    open: { ready: 0, held: 24, underWay: 19 },
    oldestSeen: NOW - 9 * DAY,
    newestSeen: NOW - 4_000,
    ...more,
  }
}

function status(more: Partial<StatusInput> = {}): StatusInput {
  return {
    now: NOW,
    inForce: { revision, at: NOW - 2 * HOUR },
    desired: desired(),
    counts: counts(),
    holds: [hold('h-90ab', 'esim-state-unknown', 'reset', 24, 'acme-laptops')],
    inventories: [
      { driver: 'intune', listing: 4, startedAt: NOW - 2 * MINUTE, endedAt: NOW - 31_000, complete: true },
      { driver: 'intune', listing: 3, startedAt: NOW - HOUR, endedAt: NOW - HOUR, complete: false },
      {
        driver: 'ivanti',
        listing: 5,
        startedAt: NOW - 3 * MINUTE,
        endedAt: NOW - 2 * MINUTE,
        complete: false,
      },
    ],
    run: {
      id: 7,
      trigger: 'schedule',
      startedAt: NOW - 41_000,
      endedAt: NOW - 40_000,
      counts: { observed: 5, changed: 0, planned: 0, steps: 0, held: 0, issued: 0, proven: 0, failed: 0 },
    },
    ...more,
  }
}

describe('status', () => {
  test('the verdict stands first, then who is without an eSIM because of us, then what needs a person', () => {
    expectGolden('status.txt', statusText(status()))
  })

  test('a bad night shows its number before anything else', () => {
    const bad = counts({
      withoutEsim: 72,
      withoutEsimSince: NOW - 48 * MINUTE,
      open: { ready: 0, held: 24, underWay: 0 },
    })
    expectGolden('status-night.txt', statusText(status({ counts: bad, serving: false })))
  })

  test('JSON has the same numbers', () => {
    expectGolden('status.json', json(statusJson(status())))
  })

  test.each<[string, Partial<StatusInput>]>([
    ['no-service', { serving: false }],
    [
      'refused',
      {
        refused: {
          revision,
          at: NOW,
          findings: [{ code: 'unknown-group', severity: 'error', message: 'm' }],
        },
      },
    ],
    ['working', {}],
    ['failed', { counts: counts({ open: { ready: 0, held: 24, underWay: 0 } }) }],
    [
      'drifted',
      {
        counts: counts({
          open: { ready: 0, held: 0, underWay: 0 },
          byVerdict: verdicts({ drifted: 1, held: 1 }),
        }),
      },
    ],
    [
      'held',
      { counts: counts({ open: { ready: 0, held: 1, underWay: 0 }, byVerdict: verdicts({ held: 1 }) }) },
    ],
    [
      'in-sync',
      { counts: counts({ open: { ready: 0, held: 0, underWay: 0 }, byVerdict: verdicts({ 'in-sync': 9 }) }) },
    ],
  ])('the first word is %s when that is so', (word, more) => {
    expect(statusWord(status(more))).toBe(word)
    expect(statusText(status(more)).startsWith(word.toUpperCase().replace('-', ' '))).toBe(true)
  })

  test('before the first revision and the first device it says so', () => {
    const empty = counts({
      devices: 0,
      configurations: [],
      retirements: [],
      findings: [],
      byVerdict: verdicts({}),
      open: { ready: 0, held: 0, underWay: 0 },
    })
    const output = statusText({ now: NOW, counts: empty, holds: [], inventories: [] })
    expect(output).toContain('EMPTY')
    expect(output).toContain('no revision is in force yet')
    expect(output).toContain('No device is recorded yet')
  })
})

const neo = {
  platform: 'windows',
  serverName: 'smdp.neo.example',
  isDiscoveryServer: false,
  autoEnable: true,
} as const
const old = { ...neo, serverName: 'smdp.old.example' }

const heldRecord: DeviceRecord = record('d-23', {
  otherConnectivity: 'no',
  installed: [
    { configuration: 'acme-laptops', spec: old, managed: true, onRemove: 'keep-esims', state: 'installed' },
  ],
  esims: [
    {
      iccid: '8933150319000000231',
      source: {
        configuration: 'acme-laptops',
        identity: windowsIdentity('smdp.old.example'),
        onRemove: 'keep-esims',
      },
      enabled: true,
    },
  ],
})

const heldDevice = stored(23, heldRecord, {
  assignment: {
    wanted: { kind: 'configuration', configuration: 'acme-laptops' },
    groups: [],
    outranked: [],
    otherPlatform: [],
  },
  status: {
    verdict: 'held',
    action: 'reset-then-redeploy',
    findings: [
      { code: 'would-strand', severity: 'warning', message: 'its eSIM is its only way online', rule: 'S23' },
    ],
  },
})

const heldSteps = [
  journal(
    heldDevice,
    2,
    step('install', 'reset-then-redeploy', {
      configuration: 'acme-laptops',
      heldBy: ['would-strand'],
      because: 'the eSIM of smdp.neo.example is wanted',
    }),
    'held',
  ),
  journal(
    heldDevice,
    1,
    step('reset', 'reset-then-redeploy', {
      heldBy: ['would-strand'],
      holdsFor: { codes: ['would-strand'] },
      because: 'the eSIM of the former server blocks the download',
    }),
    'held',
  ),
  journal(heldDevice, 0, step('install', 'install', { configuration: 'acme-laptops' }), 'proven', {
    settledAt: NOW - 3 * DAY,
    proof: 'observed',
  }),
]

const events: readonly Event[] = [
  {
    id: 3,
    at: NOW - 16_000,
    kind: 'revision',
    message: 'Move laptops to Neo',
    revision: revision.id,
    actor: 'Jane Doe',
  },
  { id: 2, at: NOW - 2 * MINUTE, kind: 'refused', message: 'refused: 1 errors' },
  { id: 1, at: NOW - DAY, kind: 'approve', message: 'h-31b0, 41 eSIM resets', actor: 'ali@acme.example' },
]

const explained: ExplainInput = {
  device: heldDevice,
  steps: heldSteps,
  desired: desired(),
  events,
  twins: [stored(24, record('d-old', { registration: 'wiped', lastSeenAt: NOW - 40 * DAY }))],
  holds: [
    {
      id: 'h-31b0',
      codes: ['would-strand'],
      steps: heldSteps
        .slice(0, 2)
        .map((each) => ({ dev: 23, n: each.n, id: each.step.id, device: each.device })),
    },
  ],
  now: NOW,
  time: utcTime,
}

describe('explain', () => {
  test('a held device: what is wanted, what is there and how that is known, why it waits, what ends it', () => {
    expectGolden('explain-held.txt', explainText(explained))
  })

  test('the same as data', () => {
    expectGolden('explain.json', json(explainJson(explained)))
  })

  test('a device in sync of a group, with others of the same user', () => {
    const select = { groups: ['field'], devices: [] }
    const group = configuration('acme-laptops', {
      distribution: { to: 'custom', select, except: { groups: [], devices: [] } },
    })
    const device: StoredDevice = {
      ...heldDevice,
      assignment: {
        wanted: { kind: 'configuration', configuration: 'acme-laptops' },
        groups: ['field', 'paris'],
        outranked: ['acme-eu'],
        otherPlatform: [],
      },
      status: { verdict: 'in-sync', findings: [] },
    }
    const others = [stored(25, record('d-25', { name: 'PHN-7719', platform: 'ios' }))]
    const input: ExplainInput = {
      ...explained,
      device,
      steps: [],
      events: [],
      twins: [],
      others,
      desired: desired({ configurations: [group] }),
    }
    expectGolden('explain-in-sync.txt', explainText(input))
  })

  test('what is not known is said to be unknown, never left out', () => {
    const device = stored(1, record('d-1', { installed: 'unknown', esims: 'unknown' }))
    const output = explainText({ device, steps: [], events: [], twins: [], now: NOW, time: utcTime })
    expect(output).toMatch(/configuration +unknown: could not be read/)
    expect(output).toMatch(/eSIMs +unknown: could not be read/)
    expect(output).toContain('not settled yet')
  })

  test('an erased eSIM that is not back yet is the first thing said', () => {
    const device = {
      ...heldDevice,
      status: { ...heldDevice.status, verdict: 'working' as const, withoutEsimSince: NOW - 47 * MINUTE },
    }
    expect(explainText({ ...explained, device }).split('\n')[2]).toContain(
      'Its eSIM was erased 47 min ago and is not back yet.',
    )
  })

  test('a device that says hostile things is quoted, not obeyed', () => {
    const hostile = record(EVIL, {
      name: EVIL.repeat(1_000),
      user: EVIL,
      model: EVIL,
      osVersion: EVIL,
      serialNumber: EVIL,
      driver: EVIL,
    })
    const output = explainText({ ...explained, device: { ...heldDevice, record: hostile } })
    expect(output).not.toContain('\u001b')
    expect(output).not.toContain('\u202e')
    expect(widestLine(output)).toBeLessThanOrEqual(110)
  })
})

function drifted(n: number, more: Partial<DriftRow>): DriftRow {
  return {
    device: record(`d-${n}`).key,
    name: `LAP-${n}`,
    serial: `5CG000${n}`,
    configuration: 'acme-laptops',
    cause: 'removed-on-device',
    since: NOW - n * HOUR,
    repair: 'in-work',
    follows: 'repaired: install, in work',
    ...more,
  }
}

const drift: DriftReport = {
  rows: [
    drifted(7, {
      configuration: 'acme-phones',
      cause: 'changed-outside',
      repair: 'held',
      follows: 'mode propose: waits, hold h-44c0',
    }),
    drifted(1001, {}),
    drifted(48, {}),
    drifted(2, { cause: 're-enrolled', follows: 'repaired: delete stale record, install' }),
  ],
  devices: 55_000,
  revision: revision.id,
  appliedAt: NOW - 3 * DAY,
  now: NOW,
}

describe('drift', () => {
  test('is told by cause and age, with what follows', () => {
    expectGolden('drift.txt', driftText(drift))
    const waits = {
      id: 'h-44c0',
      code: 'awaiting-approval',
      configuration: 'acme-phones',
      devices: 1,
    } as const
    expectGolden('drift.md', driftMarkdown(driftSummary(drift, [waits])))
    expectGolden('drift.json', json(driftJson(drift)))
  })

  test('none is one sentence', () => {
    expect(driftText({ ...drift, rows: [] })).toBe('No drift. None of 55,000 devices contradicts 1f3c9aa.\n')
  })

  test('an issue shows no identity unless it is asked for', () => {
    expect(driftMarkdown(driftSummary(drift))).not.toMatch(/LAP-|5CG/)
    expect(driftMarkdown(driftSummary(drift), { identities: true })).toContain('LAP-1001')
  })
})

describe('retirement check', () => {
  const base = { device: heldDevice, because: [], now: NOW, time: utcTime }

  test('NO says which eSIM would leave with the device', () => {
    const answer = {
      ...base,
      may: false,
      retirement: '2026-q4',
      progress: 'eSIM reset issued 12:01:10, not proven yet',
    }
    expectGolden('retirement-no.txt', retirementText(answer))
    expect(retirementJson(answer)).toMatchObject({
      mayBeRetired: false,
      esims: [{ iccid: '8933150319000000231' }],
    })
  })

  test('YES says since when it is proven empty', () => {
    const empty = stored(23, record('d-23', { released: { retirement: '2026-q4', at: NOW - MINUTE } }))
    expectGolden('retirement-yes.txt', retirementText({ ...base, device: empty, may: true }))
  })

  test('a device whose eSIMs are unknown never reads like an empty one', () => {
    const unknown = stored(23, record('d-23', { esims: 'unknown' }))
    expect(retirementText({ ...base, device: unknown, may: false })).toMatch(/^NO .*\n.*not known/)
  })
})

const stranded: StoredHold = {
  ...hold('h-7c1e', 'budget-exceeded', 'reset', 2_959, 'neo-laptops'),
  since: NOW - 3 * HOUR,
  steps: [],
}
const asked: HoldInput = {
  hold: stranded,
  revision,
  seen: { within: DAY, recent: 2_951, older: 8 },
  foreign: 0,
  others: [{ id: 'h-31b0', code: 'would-strand', devices: 41 }],
  names: ['LAP-1', 'LAP-2', 'LAP-3', 'LAP-4', 'LAP-5', 'LAP-6'],
  validFor: 72 * HOUR,
  now: NOW,
}

describe('approve', () => {
  test('says what will happen to how many before it asks for the number', () => {
    expectGolden('approve.txt', approveText(asked) + approvePrompt(2_959))
  })

  test('a hold is explained with what ends it', () => {
    expectGolden('hold.txt', holdText(asked))
  })

  test('each kind of step has its own consequence', () => {
    const kinds = [
      'delete-record',
      'uninstall',
      'forget',
      'reset',
      'install',
      'update',
      'release',
      'retire',
    ] as const
    const outputs = kinds.map(
      (kind) => approveText({ ...asked, hold: { ...stranded, step: kind, devices: 1 } }).split('\n\n')[1],
    )
    expect(new Set(outputs).size).toBe(kinds.length)
  })
})

describe('devices and history', () => {
  const other = stored(
    1,
    record('d-1', { name: '=HYPERLINK("x")', user: '@SUM(1)', serialNumber: '+1,2', lastSeenAt: NOW - DAY }),
  )
  const devices = [heldDevice, other]

  test('devices are a table', () => {
    expectGolden('devices.txt', devicesText(devices, NOW, 3_000))
    expectGolden('devices.csv', devicesCsv(devices))
    expectGolden('devices.json', json(devicesJson(devices)))
  })

  test('a spreadsheet runs nothing of it', () => {
    for (const text of ['=1+1', '+1', '-1', '@x', '\t=1', ' =1'])
      expect(csvCell(text).replace(/^"/, '')).not.toMatch(/^\s*[=+\-@]/)
    expect(csvCell('a"b,c')).toBe('"a""b,c"')
    expect(csvCell('a\nb')).toBe('a\\nb')
  })

  test('history is one event a line, with who', () => {
    expectGolden('history.txt', historyText(events, utcTime))
    expect(historyText([], utcTime)).toBe('Nothing has happened in that time.\n')
  })
})

test('no screen is wider than 100 columns, and none says reset or wipe alone', () => {
  const screens = [
    statusText(status()),
    explainText(explained),
    driftText(drift),
    approveText(asked),
    holdText(asked),
    devicesText([heldDevice], NOW),
  ]
  for (const screen of screens) {
    expect(widestLine(screen)).toBeLessThanOrEqual(100)
    expect(screen.replaceAll(/eSIM\s+resets?/g, '')).not.toMatch(/\b(reset|wipe)s?\b/i)
  }
})
