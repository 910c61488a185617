import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const SRC = resolve(import.meta.dirname, '../src')

/** Floors of src/: imports point down, peers never import each other. */
const FLOORS: Readonly<Record<string, number>> = {
  domain: 0,
  desired: 1,
  plan: 1,
  report: 1,
  snapshot: 1,
  syncml: 1,
  exchange: 1.5,
  forge: 2,
  notify: 2,
  settings: 1,
  'settings.ts': 1,
  reconcile: 2,
  drivers: 2,
  store: 2,
  source: 2,
  log: 2,
  http: 2,
  'clock.ts': 3,
  'app.ts': 3,
  'planner.ts': 3,
  'planner-thread.ts': 3,
  'diagnosis.ts': 3,
  'notices.ts': 3,
  'reviews.ts': 3,
  'listening.ts': 3,
  'secrets.ts': 3,
  cli: 4,
  'main.ts': 5,
  'bin.js': 5,
}

/** A floor-1 folder may know these peers: plans are reported, and a snapshot is text of the same kinds. */
const PEERS: ReadonlySet<string> = new Set(['settings.ts>settings', 'settings>settings.ts'])

/** Node's own modules that a pure floor may use: they compute and touch nothing. */
const PURE: ReadonlySet<string> = new Set([
  'node:crypto',
  'node:path',
  'node:path/posix',
  'node:net',
  'node:util',
])

type Import = { readonly from: string; readonly to: string; readonly line: number }

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return sources(path)
    return /\.(ts|js)$/.test(entry.name) ? [path] : []
  })
}

function importsOf(file: string): Import[] {
  const pattern =
    /^\s*(?:import|export)\b[^'"]*?\bfrom\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]/gm
  const text = readFileSync(file, 'utf8')
  return [...text.matchAll(pattern)].map((match) => ({
    from: relative(SRC, file),
    to: match[1] ?? match[2] ?? match[3] ?? '',
    line: text.slice(0, match.index).split('\n').length,
  }))
}

function floorOf(path: string): { name: string; floor: number } {
  const name = path.split('/')[0] ?? ''
  const floor = FLOORS[name]
  if (floor === undefined) throw new Error(`src/${name} has no floor: say in this test where it lives`)
  return { name, floor }
}

const files = sources(SRC)
const imports = files.flatMap(importsOf)

describe('the floors of the house', () => {
  it('saw the files and the imports it speaks about', () => {
    expect(files.length).toBeGreaterThan(100)
    expect(imports.length).toBeGreaterThan(300)
  })

  it('has every import point down, and no peer import another', () => {
    const wrong = imports.filter(({ from, to }) => {
      if (!to.startsWith('.')) return false
      const target = relative(SRC, resolve(SRC, dirname(from), to))
      if (target.startsWith('..')) return !/^\.\.\/schemas\/[a-z-]+\.schema\.json$/.test(target)
      const [a, b] = [floorOf(from), floorOf(target)]
      if (a.name === b.name || PEERS.has(`${a.name}>${b.name}`)) return false
      return b.floor >= a.floor && !(a.floor === 3 && b.floor === 3) && !(a.floor === 5 && b.floor === 5)
    })
    expect(wrong).toEqual([])
  })

  it('lets the domain import nothing but itself', () => {
    expect(
      imports.filter(({ from, to }) => from.startsWith('domain/') && !/^\.\/[a-z-]+\.ts$/.test(to)),
    ).toEqual([])
  })

  it('keeps floors 0 and 1 without clock, randomness, process, disk, network or log', () => {
    const pure = files.filter((file) => floorOf(relative(SRC, file)).floor <= 1)
    const impure = pure.flatMap((file) => {
      const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      const calls =
        text.match(
          /\bDate\.now\(|new Date\(\)|Math\.random\(|\bprocess\.|\bconsole\.\w+\(|\bfetch\(|setTimeout\(|randomUUID/g,
        ) ?? []
      const modules = importsOf(file).filter(({ to }) => to.startsWith('node:') && !PURE.has(to))
      return [...calls, ...modules.map(({ to }) => to)].map((what) => `${relative(SRC, file)}: ${what}`)
    })
    expect(impure).toEqual([])
  })

  it('reads the environment and ends the process in main.ts alone', () => {
    const readers = files
      .filter((file) => !['main.ts', 'bin.js'].includes(relative(SRC, file)))
      .filter((file) => /\bprocess\.(env|exit|argv|stdout|stderr|on)\b/.test(readFileSync(file, 'utf8')))
    expect(readers.map((file) => relative(SRC, file))).toEqual([])
  })

  it('keeps every module under 300 lines', () => {
    const long = files.map((file) => ({
      file: relative(SRC, file),
      lines: readFileSync(file, 'utf8').split('\n').length,
    }))
    expect(long.filter(({ lines }) => lines > 300)).toEqual([])
  })

  it('exports by name only', () => {
    const defaults = files.filter((file) => /^export default\b/m.test(readFileSync(file, 'utf8')))
    expect(defaults.map((file) => relative(SRC, file))).toEqual([])
  })
})
