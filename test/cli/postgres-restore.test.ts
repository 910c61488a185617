import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { runCli } from '../../src/cli/program.ts'
import type { Io } from '../../src/cli/io.ts'
import { plainPaint } from '../../src/report/paint.ts'
import { utcTime } from '../../src/report/time-format.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { postgresForThisFile } from '../store/postgres-world.ts'
import { testClock } from '../clock.ts'
import { planned } from '../conformance/store/world.ts'
import { parsed, quickWorkplace, service, simplane, temporary } from './harness.ts'

const server = postgresForThisFile()
const LAPTOPS = 'desired-state/configurations/acme-laptops.yaml'

test('a database that was put back is gone on from once a person agrees, and no command id comes again', async () => {
  const folder = quickWorkplace()
  const url = await server().database()
  const env = { SIMPLANE_STORE: url }
  await simplane(folder, ['reconcile', '--wait'], { env })
  const past = { SIMPLANE_STORE: await server().database(url) }
  edit(folder, 'smdp.acme.example', 'smdp.neo.example')
  await simplane(folder, ['reconcile', '--wait'], { env })
  const told = commands(folder)

  const asked = await simplane(folder, ['restore'], { env: past })
  expect(asked).toMatchObject({ code: 64, out: '' })
  expect(asked.err).toMatch(
    /^Store +postgres:\/\/localhost\/simplane_test_\w+\n +42 devices, revision working tree [0-9a-f]{7}, up to .+\n +last run 1 \(.+\n[^]*This is for a database that was put back to an earlier state[^]*Nobody is there to answer; nothing was changed\. In a script, write --yes\.\n$/,
  )
  expect((await simplane(folder, ['history'], { env: past })).out).not.toMatch(/restore +database put back/)

  const restored = await simplane(folder, ['restore', '--yes'], { env: past })
  expect(restored.code).toBe(0)
  expect(restored.out).toMatch(
    /^Restored postgres:\/\/localhost\/simplane_test_\w+: 42 devices\.\n\nEvery device is planned again once its MDM has been read whole; [^]*look at\nenrolledBefore first/,
  )
  expect((await simplane(folder, ['status'], { env: past })).out).toContain('simulator INCOMPLETE')
  expect((await simplane(folder, ['history'], { env: past })).out).toMatch(
    /restore +database put back to\s+what it held at [^]*by\s/,
  )

  edit(folder, 'smdp.neo.example', 'smdp.acme.example')
  const settled = await simplane(folder, ['reconcile', '--wait', '-o', 'json'], { env: past })
  expect(parsed(settled)).toMatchObject({ settled: true })
  const since = commands(folder).slice(told.length)
  expect(since.length).toBeGreaterThan(20)
  const epochs = (ids: readonly string[]): Set<string> => new Set(ids.map((id) => id.split('.')[0] ?? ''))
  expect([epochs(told).size, epochs(since).size, epochs([...told, ...since]).size]).toEqual([1, 1, 2])
})

test('a person who names another number of devices has changed nothing, and one who names it has', async () => {
  const url = await server().database()
  await using store = await openPostgres(url)
  await planned(store, ['d-1', 'd-2'])
  await store[Symbol.asyncDispose]()
  const answers = ['42', ' 2 ']
  const told = { out: '', err: '', asked: '' }
  const io: Io = {
    cwd: temporary(),
    env: { SIMPLANE_STORE: url },
    clock: testClock(),
    signal: new AbortController().signal,
    out: (text) => void (told.out += text),
    err: (text) => void (told.err += text),
    terminal: false,
    paint: plainPaint,
    time: utcTime,
    ask: (question) => {
      told.asked = question
      return Promise.resolve(answers.shift())
    },
    actor: 'jane',
    version: '0',
  }
  expect(await runCli(['restore'], io)).toBe(3)
  expect(told).toMatchObject({
    out: '',
    asked: 'Type 2, the number of devices in the database, to go on from it: ',
    err: expect.stringMatching(/Not restored; nothing was changed\.\n$/) as string,
  })
  await using before = await openPostgres(url)
  expect([await before.history({ limit: 9 }), await before.workSize()]).toEqual([[], 0])
  await before[Symbol.asyncDispose]()
  expect(await runCli(['restore'], io)).toBe(0)
  expect(told.out).toMatch(/^Restored postgres:.+: 2 devices\.\n/)
  await using after = await openPostgres(url)
  expect(await after.history({ limit: 9 })).toMatchObject([{ kind: 'restore', actor: 'jane' }])
  expect(await after.workSize()).toBe(2)
})

test('while a service works on the database nothing of it is changed', async () => {
  const folder = quickWorkplace()
  const env = { SIMPLANE_STORE: await server().database() }
  const running = service(folder, { env })
  await running.says(/in sync +38 devices/)
  const early = await simplane(folder, ['restore', '--yes'], { env })
  expect(early).toMatchObject({ code: 1, out: '' })
  expect(early.err).toMatch(
    /A simplane \(process \d+ on .+\) works on the PostgreSQL database .+; nothing was changed\.\nStop every service on it first/,
  )
  expect((await running.stop('SIGTERM')).code).toBe(0)
  const restored = await simplane(folder, ['restore', '--yes', '-o', 'json'], { env })
  expect(parsed(restored)).toMatchObject({
    kind: 'Restore',
    file: null,
    kept: null,
    backup: { devices: 42, format: 1, takenAt: null },
    notSentAgain: 0,
    plannedAgain: 0,
  })
})

test('a backup and a file to put back are left to the tools of PostgreSQL, and no password is told', async () => {
  const folder = quickWorkplace()
  const url = await server().database()
  const { password } = new URL(url)
  expect(password).not.toBe('')
  const env = { SIMPLANE_STORE: url }
  for (const words of [['backup'], ['backup', 'one.dump'], ['restore', 'one.dump', '--yes']]) {
    const { code, out, err } = await simplane(folder, words, { env })
    expect({ words, code, out }).toEqual({ words, code: 64, out: '' })
    expect(err).toMatch(/pg_dump and pg_restore[^]*simplane restore, without a FILE/)
    expect(err).not.toContain(password)
  }
})

test('for a store that is a file the backup must be named', async () => {
  const ended = await simplane(quickWorkplace(), ['restore', '--yes'])
  expect(ended).toMatchObject({ code: 64, out: '' })
  expect(ended.err).toContain('simplane restore FILE')
})

function edit(folder: string, from: string, to: string): void {
  const file = join(folder, LAPTOPS)
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to))
}

/** Every command the MDM was told, in its own file. */
function commands(folder: string): string[] {
  const db = new Database(join(folder, 'state/simulator.db'), { readonly: true })
  try {
    const rows = db.prepare<[], { id: string }>('select id from command order by seq').all()
    return rows.map(({ id }) => id)
  } finally {
    db.close()
  }
}
