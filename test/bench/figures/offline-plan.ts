import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { performance } from 'node:perf_hooks'
import { writeSnapshot } from '../../../src/snapshot/write.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf, OBSERVED, type Fleet } from '../data/fleet.ts'
import type { Figure, Reading } from '../figure.ts'

const LAUNCHER = resolve(import.meta.dirname, '../../../src/bin.js')
const PRELOAD = resolve(import.meta.dirname, '../children/peak-memory.ts')

/** `simplane plan` of two files, as a person runs it: the process, its output and all. */
export const OFFLINE_PLAN: Figure = {
  name: 'offline-plan',
  title: 'offline plan of an NDJSON snapshot',
  unit: 'ms',
  goal: 12_000,
  memory: 450,
  stages: [],
  floor: 'the file read in chunks, every line parsed',
  async open(bed) {
    const fleet = fleetOf(bed.devices)
    const snapshot = await snapshotOf(fleet, bed.cache)
    const desired = join(bed.folder, 'desired-state')
    for (const [path, text] of Object.entries(documentsOf(fleet.shape))) {
      mkdirSync(dirname(join(desired, path)), { recursive: true })
      writeFileSync(join(desired, path), text)
    }
    const peakFile = join(bed.folder, 'peak')
    let peak = 0
    return {
      async run() {
        const reading = await planned(bed.folder, desired, snapshot, peakFile)
        peak = Math.max(peak, Number(readFileSync(peakFile, 'utf8')))
        return reading
      },
      floor: () => parsed(snapshot),
      peak: () => peak,
    }
  },
}

async function planned(cwd: string, desired: string, snapshot: string, peakFile: string): Promise<Reading> {
  const words = ['--import', PRELOAD, LAUNCHER, 'plan', '--desired', desired, '--fleet', snapshot]
  const { PATH = '', HOME = '' } = process.env
  const env = { PATH, HOME, LC_ALL: 'C.UTF-8', SIMPLANE_BENCH_PEAK: peakFile }
  const start = performance.now()
  const child = spawn(process.execPath, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => void (out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => void (err += text))
  const [code] = (await once(child, 'close')) as [number | null]
  const value = performance.now() - start
  if (code !== 0) throw new Error(`simplane plan ended with ${code}: ${err}${out.slice(0, 500)}`)
  const did = {
    devices: readIn(out, /^State +([\d,]+) devices/m),
    installs: readIn(out, /^Plan: ([\d,]+) to install/m),
  }
  return { value, did }
}

/** A number that a person would read in the text. */
function readIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`the plan does not say ${pattern.source}: ${text.slice(0, 500)}`)
  return Number(found.replaceAll(',', ''))
}

/** The fleet as a file, kept beside the databases of its size. */
async function snapshotOf(fleet: Fleet, cache: string): Promise<string> {
  const path = join(cache, 'fleet.ndjson')
  if (existsSync(path)) return path
  const half = `${path}.half`
  const file = openSync(half, 'w')
  function* records() {
    for (let at = 0; at < fleet.shape.devices; at += 1) yield fleet.record(at, { phase: 'bare' })
  }
  let pending = ''
  for await (const piece of writeSnapshot({ takenAt: OBSERVED, complete: true }, records(), 'ndjson')) {
    pending += piece
    if (pending.length < 1_000_000) continue
    writeSync(file, pending)
    pending = ''
  }
  writeSync(file, pending)
  fsyncSync(file)
  closeSync(file)
  renameSync(half, path)
  return path
}

async function parsed(path: string): Promise<Reading> {
  const start = performance.now()
  let rest = ''
  let lines = 0
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 1 << 20 })) {
    const pieces = (rest + String(chunk)).split('\n')
    rest = pieces.pop() ?? ''
    for (const piece of pieces) {
      JSON.parse(piece)
      lines += 1
    }
  }
  return { value: performance.now() - start, did: { lines } }
}
