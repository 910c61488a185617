import { execFile } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readArguments } from './arguments.ts'
import { sample, scattered } from './data/random.ts'
import { shapeOf } from './data/shape.ts'
import type { Result } from './figure.ts'
import { FIGURES } from './figures.ts'
import { median, quantile, shown } from './measure.ts'

const DEVICES = 2_000
const NAMES = FIGURES.map(({ name }) => name)

type Report = {
  readonly devices: number
  readonly results: readonly Result[]
  readonly failed: readonly unknown[]
}

/** Runs the program as `npm run bench` does, with a temporary folder of its own. */
async function bench(
  ...words: readonly string[]
): Promise<{ readonly out: string; readonly report: Report }> {
  const folder = mkdtempSync(join(tmpdir(), 'simplane-bench-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  // As root PostgreSQL runs as a user of its own, who must be able to come this far.
  chmodSync(folder, 0o755)
  const file = join(folder, 'bench.json')
  const { PATH = '', HOME = '' } = process.env
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      join(import.meta.dirname, 'main.ts'),
      '--devices',
      String(DEVICES),
      '--runs',
      '1',
      '--json',
      file,
      ...words,
    ],
    { env: { PATH, HOME, TMPDIR: folder }, maxBuffer: 2 ** 24 },
  )
  const left = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /run-|pg-/.test(name),
  )
  expect(left, 'nothing but the kept databases stays behind').toEqual([])
  return { out: stdout, report: JSON.parse(readFileSync(file, 'utf8')) as Report }
}

/** What each figure has to have done with this fleet. */
function expected(): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const { laptops, pilot, moved, targets } = shapeOf(DEVICES)
  const wanted = targets.at(-1)?.until ?? 0
  const small = pilot.until - pilot.from
  const edited = { planned: small, steps: 2 * small }
  const windows = { planned: laptops.until, steps: 2 * laptops.until }
  const first = { planned: DEVICES, steps: wanted }
  return {
    'no-op': { planned: 0 },
    'edit-small': edited,
    'edit-windows': windows,
    'selector-moves': { planned: moved + small, steps: 2 * moved },
    'first-plan': first,
    'verify-state': { compared: DEVICES, steps: wanted, different: 0 },
    'observe-unchanged-order': { observed: 500, changed: 0 },
    'observe-unchanged-random': { observed: 200, changed: 0 },
    'observe-first': { observed: DEVICES, changed: DEVICES },
    settle: { settled: 40, left: 0 },
    'settle-http': { settled: 40, left: 0 },
    'offline-plan': { devices: DEVICES, installs: wanted },
    'revision-cold': { files: 100 },
    'revision-changed': { files: 100, changed: 5 },
    'revision-restart': { files: 100, changed: 1 },
    'http-p99': { ...windows, refused: 0 },
    'http-stall': { ...windows, refused: 0 },
    'postgres-first-plan': first,
    'postgres-edit-small': edited,
    'memory-first-plan': { devices: DEVICES },
    'memory-verify-state': { devices: DEVICES },
  }
}

describe('the bench', () => {
  it(
    'gives every figure of the table a number and a floor, and did what the figure speaks of',
    { timeout: 600_000 },
    async () => {
      const { out, report } = await bench()
      expect(report.failed).toEqual([])
      expect(report.results.map(({ name }) => name)).toEqual(NAMES)
      for (const result of report.results) {
        for (const value of [...result.values, ...result.floors, result.memory])
          expect(value, result.name).toBeGreaterThan(0)
        expect(result.did, result.name).toMatchObject(expected()[result.name] ?? {})
        expect(out).toContain(result.title)
      }
      const changed = report.results.filter(({ name }) => name.startsWith('observe-changed-'))
      for (const { name, did } of changed)
        expect(did['changed'], name).toBeGreaterThan(0.9 * (did['observed'] ?? Infinity))
    },
  )

  it('speaks of a fleet of a million as the scale issue does', () => {
    const { laptops, pilot, moved, targets } = shapeOf(1_000_000)
    expect(laptops.until - laptops.from).toBe(432_250)
    expect(pilot.until - pilot.from).toBe(1_000)
    expect(moved).toBe(10_000)
    expect(targets).toHaveLength(100)
    const sizes = targets.map(({ from, until }) => until - from)
    expect(Math.min(...sizes)).toBe(1_000)
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(995_000)
  })

  it('leaves no configuration without a device in the smallest fleet it takes', () => {
    expect(Math.min(...shapeOf(1_000).targets.map(({ from, until }) => until - from))).toBeGreaterThan(0)
  })
})

describe('made-up numbers', () => {
  it.for([1, 2, 999, 1_000, 65_536])('visit each of %i places once', (count) => {
    const at = scattered(count)
    expect(new Set(Array.from({ length: count }, (_, index) => at(index))).size).toBe(count)
  })

  it('choose without choosing twice, and the same every time', () => {
    const some = sample(500, 1_000, 3)
    expect(new Set(some).size).toBe(500)
    expect(sample(500, 1_000, 3)).toEqual(some)
    expect(sample(500, 1_000, 4)).not.toEqual(some)
  })
})

describe('the command line', () => {
  it('measures everything at a million devices when nothing is said', () => {
    expect(readArguments([], NAMES)).toEqual({ devices: 1_000_000, runs: 5 })
  })

  it('takes figures by name or by the beginning of one, in the order of the table', () => {
    const request = readArguments(['--only', 'settle,observe-changed-*,no-op'], NAMES)
    expect(request).toMatchObject({
      only: ['no-op', 'observe-changed-order', 'observe-changed-random', 'settle'],
    })
  })

  it.for([
    [['--only', 'nothing'], 'there is no figure nothing'],
    [['--devices', 'many'], '--devices is a whole number'],
    [['--runs', '0'], '--runs is a whole number'],
    [['--fast'], "Unknown option '--fast'"],
  ] as const)('refuses %j and says why, with the help', ([words, why]) => {
    const answer = readArguments(words, NAMES)
    expect(answer).toMatchObject({ code: 1 })
    expect('text' in answer ? answer.text : '').toContain(why)
    expect('text' in answer ? answer.text : '').toContain('Examples:')
  })
})

describe('numbers for people', () => {
  it('have three digits that mean something', () => {
    expect([0.021_44, 3.614, 86.27, 999.6, 127_349, 0].map(shown)).toEqual([
      '0.0214',
      '3.61',
      '86.3',
      '1,000',
      '127,000',
      '0',
    ])
  })

  it('stand in the middle, or where most are below', () => {
    expect(median([5, 1, 3])).toBe(3)
    expect(median([4, 1, 3, 2])).toBe(2.5)
    expect(
      quantile(
        Array.from({ length: 100 }, (_, at) => at + 1),
        0.99,
      ),
    ).toBe(99)
  })
})
