import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT, simplane, temporary, workplace } from './harness.ts'

/** Runs the launcher alone, in a checkout of its own, as a Node that says it is 20. */
function launch(folder: string, ...words: string[]): { code: number | null; out: string; err: string } {
  mkdirSync(join(folder, 'src'), { recursive: true })
  copyFileSync(join(ROOT, 'src/bin.js'), join(folder, 'src/bin.js'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(
    join(folder, 'src/main.ts'),
    'process.stdout.write(`main ${process.argv.slice(2).join(" ")}`)\nprocess.exitCode = 7\n',
  )
  const old = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`
  const preload = `data:text/javascript,${encodeURIComponent(old)}`
  const { PATH = '' } = process.env
  const ended = spawnSync(process.execPath, ['--import', preload, join(folder, 'src/bin.js'), ...words], {
    encoding: 'utf8',
    env: { PATH },
  })
  return { code: ended.status, out: ended.stdout, err: ended.stderr }
}

test('an older Node gets one sentence that says what to do, and exit 1', () => {
  expect(launch(temporary(), 'status')).toEqual({
    code: 1,
    out: '',
    err: 'simplane needs Node 24 or newer, this is 20.20.2. "npm ci" brings its own; then use npm start.\n',
  })
})

test('an older Node hands over to the one that npm ci brought, with arguments and exit code', () => {
  const folder = temporary()
  mkdirSync(join(folder, 'node_modules/node/bin'), { recursive: true })
  symlinkSync(process.execPath, join(folder, 'node_modules/node/bin/node'))
  expect(launch(folder, 'plan', '--all')).toMatchObject({ code: 7, out: 'main plan --all' })
})

test('a reader that has seen enough ends the command quietly', async () => {
  const folder = workplace()
  await simplane(folder, ['init', 'x'])
  const bin = join(ROOT, 'src/bin.js')
  const { PATH = '' } = process.env
  const piped = spawnSync('sh', ['-c', `"${process.execPath}" "${bin}" schema simplane | head -n 1`], {
    encoding: 'utf8',
    env: { PATH },
  })
  expect({ out: piped.stdout, err: piped.stderr }).toEqual({ out: '{\n', err: '' })
})
