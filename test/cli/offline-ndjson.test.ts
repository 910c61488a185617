import { execFileSync } from 'node:child_process'
import { statSync, writeFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import type { Io } from '../../src/cli/io.ts'
import { planOffline, type OfflinePlan } from '../../src/cli/offline-plan.ts'
import { plainPaint } from '../../src/report/paint.ts'
import { outlineJson } from '../../src/report/plan-json.ts'
import { outlineMarkdown } from '../../src/report/plan-markdown.ts'
import { outlineText } from '../../src/report/plan-text.ts'
import { utcTime } from '../../src/report/time-format.ts'
import { readSnapshot } from '../../src/snapshot/read.ts'
import { contractDevice, envelope, jsonOf, ndjsonOf, textOf } from '../snapshot/samples.ts'
import { simplane, temporary } from './harness.ts'

const DESIRED = join(import.meta.dirname, 'fixtures/desired')
const DEVICES = Array.from({ length: 40 }, (_, n) => ({
  ...contractDevice,
  id: `d-${String(n).padStart(2, '0')}`,
  serialNumber: `5CG${n}`,
  eid: `8904${n}`,
  labels: { site: n % 2 === 0 ? 'paris' : 'lyon' },
}))

function ioAt(cwd: string, signal = new AbortController().signal): Io {
  return {
    cwd,
    env: {},
    clock: systemClock,
    signal,
    out: () => undefined,
    err: () => undefined,
    terminal: false,
    paint: plainPaint,
    time: utcTime,
    ask: () => Promise.resolve(undefined),
    actor: 'test',
    version: '0.0.0',
  }
}

type Lines = (lines: string[]) => readonly string[]

const DAMAGES: readonly (readonly [string, Lines])[] = [
  ['nothing wrong', (lines) => lines],
  ['Windows line ends and a byte order mark', (lines) => [`\uFEFF${lines.join('\r\n')}`]],
  ['empty lines', (lines) => ['', ' ', ...lines.flatMap((line) => [line, ''])]],
  ['a line that is no JSON', (lines) => lines.with(38, '{"id":,}')],
  ['a device with an error', (lines) => lines.with(39, '{"id":"x","driver":"m","imei":1}')],
  ['a device twice', (lines) => lines.with(30, lines[5] ?? '')],
  [
    'a device three times and an error between',
    (lines) =>
      lines
        .with(30, lines[5] ?? '')
        .with(31, '[]')
        .with(9, lines[5] ?? ''),
  ],
  [
    'keys that nobody knows',
    (lines) => lines.map((line, n) => (n % 7 === 3 ? line.replace('{', `{"k${n % 2}":1,`) : line)),
  ],
  ['no last line', (lines) => lines.slice(0, -1)],
  ['half of a device at its end', (lines) => [...lines.slice(0, -1), '{"id":"d-']],
  ['another count', (lines) => lines.toSpliced(12, 1)],
  ['a last line that says too little', (lines) => [...lines.slice(0, -1), '{"kind":"FleetSnapshotEnd"}']],
  [
    'a last line that says it is partial',
    (lines) => [...lines.slice(0, -1), (lines.at(-1) ?? '').replace('true', 'false')],
  ],
  [
    'devices behind its last line',
    (lines) => [...lines.slice(0, 20), lines.at(-1) ?? '', ...lines.slice(20)],
  ],
  ['two last lines', (lines) => [...lines, lines.at(-1) ?? '']],
  [
    'no time in its first line',
    (lines) => lines.with(0, JSON.stringify({ ...envelope, takenAt: undefined })),
  ],
  [
    'more mistakes than are shown',
    (lines) => [lines[0] ?? '', ...Array.from({ length: 130 }, (_, n) => `{"id":"${n}"}`)],
  ],
  ['no device', (lines) => [lines[0] ?? '', '{"kind":"FleetSnapshotEnd","devices":0,"complete":true}']],
  ['its first line only', (lines) => [`${lines[0]}`, '']],
]

describe('NDJSON on disk, read line by line', () => {
  test.each(DAMAGES)(
    'with %s has the findings and the records of reading all of it at once',
    async (_, damage) => {
      const folder = temporary()
      const lines = textOf(ndjsonOf(DEVICES)).trimEnd().split('\n')
      const text = damage(lines).join('\n')
      for (const end of ['', '\n']) {
        writeFileSync(join(folder, 'fleet.ndjson'), text + end)
        const { snapshot, findings } = readSnapshot(Buffer.from(text + end), 'fleet.ndjson')
        using offline = await planOffline(ioAt(folder), { desired: DESIRED, fleet: 'fleet.ndjson' })
        expect(offline?.findings).toEqual(findings)
        expect(offline?.state?.complete).toBe(snapshot?.complete)
        expect(offline?.state?.devices).toBe(snapshot?.records.length)
      }
    },
  )

  test('an error on a late line is the only output: no half of a plan', async () => {
    const folder = temporary()
    const lines = textOf(ndjsonOf(DEVICES)).trimEnd().split('\n').with(40, '{"id":"d-39","driver":7}')
    writeFileSync(join(folder, 'fleet.ndjson'), `${lines.join('\n')}\n`)
    const words = ['plan', '--desired', DESIRED, '--fleet', 'fleet.ndjson', '-o', 'json']
    const { code, out } = await simplane(folder, words)
    expect(code).toBe(1)
    expect(JSON.parse(out)).toMatchObject({ kind: 'Findings', findings: [{ line: 41, column: 23 }] })
  })

  test('a pipe is read at once, and gives the same', async () => {
    const folder = temporary()
    writeFileSync(join(folder, 'fleet.ndjson'), ndjsonOf(DEVICES))
    execFileSync('mkfifo', [join(folder, 'pipe')])
    const plan = ['plan', '--desired', DESIRED, '--fleet']
    const fromFile = await simplane(folder, [...plan, 'fleet.ndjson'])
    const [fromPipe] = await Promise.all([
      simplane(folder, [...plan, 'pipe']),
      writeFile(join(folder, 'pipe'), ndjsonOf(DEVICES)),
    ])
    expect(fromFile.out).toContain('Nothing was done.')
    expect(fromPipe).toEqual(fromFile)
  })

  test('a file that changes between reading and printing is said to have changed', async () => {
    const folder = temporary()
    const file = join(folder, 'fleet.ndjson')
    writeFileSync(file, ndjsonOf(DEVICES))
    using offline = await planOffline(ioAt(folder), { desired: DESIRED, fleet: 'fleet.ndjson' })
    writeFileSync(file, textOf(ndjsonOf(DEVICES)).replaceAll('"d-', '"e-'))
    expect(() => [...(offline?.plan?.eachDevice() ?? [])]).toThrow('changed while it was read')
  })

  test('an interrupted plan is no plan', async () => {
    const folder = temporary()
    writeFileSync(join(folder, 'fleet.ndjson'), ndjsonOf(DEVICES))
    const aborted = AbortSignal.abort()
    expect(
      await planOffline(ioAt(folder, aborted), { desired: DESIRED, fleet: 'fleet.ndjson' }),
    ).toBeUndefined()
  })
})

describe('NDJSON so large that several threads read it', () => {
  const MODEL = 'Latitude 7450 '.repeat(300)
  // Neither by key nor alone: every hundredth device shares its serial number with the one before.
  const many = Array.from({ length: 8_000 }, (_, n) => ({
    ...contractDevice,
    id: `d-${(n * 1_237) % 8_000}`,
    model: MODEL,
    serialNumber: `5CG${n % 100 === 0 ? n + 1 : n}`,
    eid: `8904${n}`,
    enrolledAt: `2026-01-${10 + (n % 20)}T09:00:00Z`,
    labels: { site: n % 3 === 0 ? 'paris' : 'lyon' },
    ...(n % 5 === 0 ? { installed: [], esims: [] } : {}),
  }))

  test('has the plan that the same fleet as one JSON document has', async () => {
    const folder = temporary()
    writeFileSync(join(folder, 'fleet.ndjson'), ndjsonOf(many))
    writeFileSync(join(folder, 'fleet.json'), jsonOf(many))
    expect(statSync(join(folder, 'fleet.ndjson')).size).toBeGreaterThan(1 << 25)
    using lines = await planOffline(ioAt(folder), { desired: DESIRED, fleet: 'fleet.ndjson' })
    using whole = await planOffline(ioAt(folder), { desired: DESIRED, fleet: 'fleet.json' })
    expect(lines?.state).toEqual(whole?.state)
    expect(textsOf(lines)).toEqual(textsOf(whole))
    expect(lines?.plan?.summary.changing).toBeGreaterThan(1_000)
  })

  test('has the line and the column of an error near its end', async () => {
    const folder = temporary()
    const coloured = many.map((device, n) => (n % 1_000 === 7 ? { ...device, colour: 'red' } : device))
    const damaged = textOf(ndjsonOf(coloured)).split('\n').with(7_900, '{"id":"d-7900","driver":7}')
    writeFileSync(join(folder, 'fleet.ndjson'), damaged.join('\n'))
    using lines = await planOffline(ioAt(folder), { desired: DESIRED, fleet: 'fleet.ndjson' })
    expect(lines?.plan).toBeUndefined()
    expect(lines?.findings).toEqual(readSnapshot(Buffer.from(damaged.join('\n')), 'fleet.ndjson').findings)
    expect(lines?.findings).toContainEqual(
      expect.objectContaining({ place: { file: 'fleet.ndjson', line: 7_901, column: 25 } }),
    )
  })
})

/** The whole plan in every format. */
function textsOf(offline: OfflinePlan | undefined): readonly string[] {
  const { plan, state } = offline ?? {}
  if (plan === undefined || state === undefined) throw new Error('there is no plan')
  const context = { state, now: plan.createdAt }
  return [
    [...outlineText(plan, context)].join(''),
    [...outlineText(plan, { ...context, all: true })].join(''),
    outlineMarkdown(plan, { ...context, identities: true }),
    [...outlineJson(plan)].join(''),
  ]
}
