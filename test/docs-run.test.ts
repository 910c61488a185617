import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { QUICK, ROOT, workplace } from './cli/harness.ts'

const PAGES = [
  'README.md',
  'docs/operating.md',
  'docs/desired-state.md',
  'docs/settings.md',
  'docs/pull-requests.md',
]

/** What a line may answer with in the prepared folder, where that is not 0. */
const OTHERWISE: readonly { readonly line: RegExp; readonly code: number; readonly why: string }[] = [
  { line: /simplane status$/, code: 1, why: 'no service runs here, and it says so' },
  { line: /simplane (approve h-|restore )\S+$/, code: 64, why: 'nobody is there to type the number' },
  { line: /simplane restore$/, code: 64, why: 'without a file it is for PostgreSQL' },
  { line: /--detailed-exitcode$/, code: 3, why: 'one device is held' },
]

/** Run elsewhere: the commands that install, serve or test are what CI and test/cli run; the tour has its own test. */
const ELSEWHERE = /^npm ci && npm (start|test)$|simplane demo$/

function commands(page: string): string[] {
  const blocks = [...readFileSync(join(ROOT, page), 'utf8').matchAll(/^( *)```sh\n([^]*?)^\1```$/gm)]
  return blocks
    .flatMap(([, , text = '']) => text.split('\n').map((line) => line.trim()))
    .filter((line) => line !== '')
}

/** A checkout with a repository, a branch, a recorded state and `simplane` on the PATH. */
function prepared(): { folder: string; run: (line: string) => { code: number | null; text: string } } {
  const folder = workplace()
  const git = (...words: string[]): void => {
    const who = [
      '-c',
      'user.name=Jane Doe',
      '-c',
      'user.email=jane@acme.example',
      '-c',
      'commit.gpgsign=false',
    ]
    execFileSync('git', [...who, ...words], { cwd: folder, stdio: 'ignore' })
  }
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `${QUICK}source: { repo: ., ref: main, path: desired-state }\n`,
  )
  git('init', '--quiet', '--initial-branch=main')
  git('add', 'desired-state')
  git('commit', '--quiet', '--message', 'First')
  git('branch', 'my-branch')
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const program = `exec "${process.execPath}" "${join(ROOT, 'src/bin.js')}"`
  writeFileSync(join(bin, 'simplane'), `#!/bin/sh\n${program} "$@"\n`)
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\n${program} "$@"\n`)
  for (const name of ['simplane', 'npx']) chmodSync(join(bin, name), 0o755)
  const env = { PATH: `${bin}:${process.env['PATH'] ?? ''}`, HOME: folder, TZ: 'UTC' }
  const run = (line: string): { code: number | null; text: string } => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', line], {
      cwd: folder,
      env,
      encoding: 'utf8',
      input: '',
    })
    return { code: status, text: `${stdout}${stderr}` }
  }
  return { folder, run }
}

test('every command block of the docs runs, from top to bottom, in a checkout that has been reconciled', () => {
  const { run } = prepared()
  expect(run('simplane reconcile --wait').code).toBe(3)
  const holds = JSON.parse(run('simplane plan -o json').text) as {
    holds: readonly { id: string; code: string }[]
  }
  const hold = holds.holds.find(({ code }) => code === 'would-strand')?.id ?? ''
  const lines = PAGES.flatMap(commands).filter((line) => !ELSEWHERE.test(line))
  expect(lines.length).toBeGreaterThan(15)
  const wrong = lines.flatMap((line) => {
    const { code, text } = run(line.replaceAll('h-31b0', hold))
    const expected = OTHERWISE.find((each) => each.line.test(line))?.code ?? 0
    return code === expected ? [] : [`${line}: ${code}, not ${expected}\n${text}`]
  })
  expect(wrong).toEqual([])
})
