import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

type Manifest = {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly engines?: Readonly<Record<string, string>>
  readonly scripts?: Readonly<Record<string, string>>
}
type Locked = Manifest & { readonly resolved?: string; readonly gypfile?: boolean }

const ROOT = resolve(import.meta.dirname, '..')
const manifest = read('package.json') as Manifest
const locked = (read('package-lock.json') as { packages: Readonly<Record<string, Locked>> }).packages

function read(file: string): unknown {
  return JSON.parse(readFileSync(resolve(ROOT, file), 'utf8'))
}

describe('the packages', () => {
  it('are pinned exactly', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies }
    expect(Object.entries(all).filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual(
      [],
    )
  })

  it('have no download address in the lock', () => {
    expect(Object.entries(locked).filter(([, each]) => each.resolved !== undefined)).toEqual([])
  })

  it('are locked for every platform, or npm ci refuses the lock', () => {
    const missing = Object.entries(locked).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter(
        (name) =>
          locked[`node_modules/${name}`] === undefined &&
          locked[`${path}/node_modules/${name}`] === undefined,
      ),
    )
    expect(missing).toEqual([])
  })

  // better-sqlite3 brings its binaries. npm 10 sees its binding.gyp and would compile it all the same, which fails
  // where there is no compiler; it asks the lock. "npm install" drops the line: put it back.
  it('compile nothing when they are installed', () => {
    expect(locked['node_modules/better-sqlite3']?.gypfile).toBe(false)
  })

  it('say which Node they need, and bring it', () => {
    expect(manifest.engines?.['node']).toBe('>=24')
    expect(manifest.devDependencies?.['node']).toMatch(/^24\./)
  })
})

describe('the two commands of the README', () => {
  it('are scripts', () => {
    const readme = readFileSync(resolve(ROOT, 'README.md'), 'utf8')
    expect(readme).toContain('npm ci && npm start')
    expect(readme).toContain('npm ci && npm test')
    expect(Object.keys(manifest.scripts ?? {})).toEqual(expect.arrayContaining(['start', 'test', 'check']))
  })
})
