import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, test } from 'vitest'
import { databaseFile } from '../../src/cli/database-file.ts'
import { MIGRATIONS } from '../../src/store/sqlite/schema.ts'
import { parseSettings } from '../../src/settings.ts'
import { mountSmallDisk } from '../store/small-disk.ts'
import { parsed, quickWorkplace, ROOT, service, simplane, QUICK } from './harness.ts'

const LAPTOPS = 'desired-state/configurations/acme-laptops.yaml'

test('a backup is made beside a running service, and put back once that is stopped', async () => {
  const folder = quickWorkplace()
  const running = service(folder)
  await running.says(/in sync +38 devices/)
  const made = await simplane(folder, ['backup'])
  expect(made.code).toBe(0)
  expect(made.out).toMatch(
    /^Backup +state\/backups\/simplane-\d{8}T\d{6}Z\.db\nholds +42 devices, revision working tree [0-9a-f]{7}, up to .+\nsize +[\d,]+ kB, read through and checked\n/,
  )
  const [name = ''] = readdirSync(join(folder, 'state/backups'))
  const file = join('state/backups', name)
  expect(made.out).toContain(`simplane restore ${file}`)

  const early = await simplane(folder, ['restore', file, '--yes'])
  expect(early).toMatchObject({ code: 1, out: '' })
  expect(early.err).toMatch(
    /^A simplane \(process \d+\) works on \.\/state\/simplane\.db; nothing was changed\./,
  )

  edit(folder, 'smdp.acme.example', 'smdp.neo.example')
  await running.says(/in sync +37 devices/)
  edit(folder, 'smdp.neo.example', 'smdp.acme.example')
  await running.says(/in sync/)
  await running.stop('SIGTERM')
  const asked = await simplane(folder, ['restore', file])
  expect(asked).toMatchObject({ code: 64, out: '' })
  expect(asked.err).toMatch(
    /Backup +state\/backups[^]*last run \d+[^]*Store +state\/simplane\.db[^]*Lost +recorded since the backup: [1-9]\d* runs, [^]*Nobody is there to answer; nothing was changed/,
  )
  const restored = await simplane(folder, ['restore', file, '--yes'])
  expect(restored.code).toBe(0)
  expect(restored.out).toMatch(
    /^Restored state\/simplane\.db from .*: 42 devices\.\nReplaced state\/simplane\.db\.before-restore-\d{8}T\d{6}Z/,
  )
  const status = await simplane(folder, ['status'])
  expect(status.out).toContain('simulator INCOMPLETE')
  expect((await simplane(folder, ['history'])).out).toMatch(/restore +store put back from\s[^]*,\s+by /)

  const told = commands(folder)
  edit(folder, 'smdp.acme.example', 'smdp.neo.example')
  expect(parsed(await simplane(folder, ['reconcile', '--wait', '-o', 'json']))).toMatchObject({
    settled: true,
  })
  const since = commands(folder).slice(told.length)
  expect(since.length).toBeGreaterThan(20)
  const epochs = (ids: readonly string[]): Set<string> => new Set(ids.map((id) => id.split('.')[0] ?? ''))
  expect([epochs(told).size, epochs(since).size, epochs([...told, ...since]).size]).toEqual([1, 1, 2])
})

test('for programs both say what they did', async () => {
  const folder = quickWorkplace()
  await simplane(folder, ['reconcile', '--wait'])
  const made = parsed(await simplane(folder, ['backup', 'one.db', '-o', 'json']))
  expect(made).toMatchObject({
    kind: 'Backup',
    file: join(folder, 'one.db'),
    devices: 42,
    format: MIGRATIONS.length,
  })
  expect(Object.values(made)).not.toContain(undefined)
  const again = await simplane(folder, ['backup', 'one.db'])
  expect(again).toMatchObject({
    code: 64,
    out: '',
    err: expect.stringContaining('is there already') as string,
  })
  const restored = parsed(await simplane(folder, ['restore', 'one.db', '--yes', '-o', 'json']))
  expect(restored).toMatchObject({
    kind: 'Restore',
    file: join(folder, 'one.db'),
    kept: expect.stringMatching(/before-restore/) as string,
    backup: { devices: 42 },
    notSentAgain: 0,
    plannedAgain: 0,
    approvalsEnded: 0,
  })
})

test('a store that is gone is put back without a question', async () => {
  const folder = quickWorkplace()
  await simplane(folder, ['reconcile', '--wait'])
  await simplane(folder, ['backup', 'one.db'])
  for (const name of readdirSync(join(folder, 'state')).filter((each) => each.startsWith('simplane.db')))
    rmSync(join(folder, 'state', name))
  const restored = await simplane(folder, ['restore', 'one.db'])
  expect(restored.code).toBe(0)
  expect(restored.err).toContain('there is none, nothing is lost')
  expect(restored.out).toContain('look at\nenrolledBefore first')
  expect(readdirSync(join(folder, 'state')).filter((each) => each.includes('before-restore'))).toEqual([])
})

test('without a store there is nothing to back up', async () => {
  const folder = quickWorkplace()
  const ended = await simplane(folder, ['backup'])
  expect(ended).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('no recorded state yet') as string,
  })
  expect(existsSync(join(folder, 'state'))).toBe(false)
})

describe('a database of a newer simplane', () => {
  const words = [
    ['status'],
    ['devices'],
    ['explain', 'LAP-0001'],
    ['drift'],
    ['history'],
    ['plan'],
    ['retirement', 'check', 'LAP-0019'],
    ['reconcile', '--wait'],
    ['approve', 'h-0000', '--yes'],
    ['retry', 'fleet'],
    ['run'],
    ['export', '--fleet'],
    ['verify-state'],
    ['backup', 'one.db'],
  ]
  test('is refused by every command in one sentence, and left as it is', async () => {
    const folder = quickWorkplace()
    await simplane(folder, ['reconcile'])
    const path = join(folder, 'state/simplane.db')
    const db = new Database(path)
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`)
    db.pragma('journal_mode = delete')
    db.close()
    const before = readFileSync(path)
    for (const each of words) {
      const { code, out, err } = await simplane(folder, each)
      expect({ each, code, out }).toEqual({ each, code: 1, out: '' })
      expect(err).toContain(
        `has format ${MIGRATIONS.length + 1}, and this simplane reads up to ${MIGRATIONS.length}; it was left as it is.\nRun the newer simplane that wrote it, or put back a backup from before the upgrade.\n`,
      )
      expect(readFileSync(path).equals(before)).toBe(true)
    }
    expect(existsSync(join(folder, 'one.db'))).toBe(false)
  })

  test('gives way to a backup from before the upgrade, and is none itself', async () => {
    const folder = quickWorkplace()
    await simplane(folder, ['reconcile', '--wait'])
    await simplane(folder, ['backup', 'one.db'])
    const db = new Database(join(folder, 'state/simplane.db'))
    db.pragma(`user_version = ${MIGRATIONS.length + 1}`)
    db.close()
    expect((await simplane(folder, ['restore', 'one.db', '--yes'])).code).toBe(0)
    expect((await simplane(folder, ['devices', '-o', 'json'])).code).toBe(0)
    const [kept = ''] = readdirSync(join(folder, 'state')).filter((each) => each.includes('before-restore'))
    const newer = await simplane(folder, ['restore', join('state', kept), '--yes'])
    expect(newer).toMatchObject({ code: 1, out: '' })
    expect(newer.err).toContain(`has format ${MIGRATIONS.length + 1}`)
  })
})

test('a store that may only be read is said to be so, and left as it is', async () => {
  const folder = quickWorkplace()
  await simplane(folder, ['reconcile', '--wait'])
  const state = join(folder, 'state')
  chmodSync(folder, 0o755)
  for (const name of readdirSync(state)) chmodSync(join(state, name), 0o444)
  chmodSync(state, 0o555)
  const before = readFileSync(join(state, 'simplane.db'))
  // Root may write everything: somebody else looks.
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  for (const words of [['status'], ['reconcile', '--wait'], ['run']]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'src/bin.js'), ...words], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder },
      encoding: 'utf8',
      ...nobody,
    })
    expect({ words, status, stdout }).toEqual({ words, status: 1, stdout: '' })
    expect(stderr).toMatch(/may be read but not written|cannot be opened or written/)
    expect(stderr).toMatch(/permission|may write/)
    expect(stderr).not.toContain('fault of simplane')
  }
  chmodSync(state, 0o755)
  expect(readFileSync(join(state, 'simplane.db')).equals(before)).toBe(true)
})

test('beside a service whose disk is full status still answers', async (context) => {
  const disk = await mountSmallDisk('16m')
  if (disk === undefined) return context.skip('mounting a tmpfs is not permitted here')
  await using _disk = disk
  const folder = quickWorkplace()
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `${QUICK}store: ${disk.path}/simplane.db\n`.replace('latency', `path: ./simulator.db, latency`),
  )
  const running = service(folder)
  await running.says(/in sync +38 devices/)
  disk.fill()
  edit(folder, 'smdp.acme.example', 'smdp.neo.example')
  await running.says(/There is no room left to write the database/)
  const status = await simplane(folder, ['status'])
  expect(status.out).toContain('acme-laptops')
  const backup = await simplane(folder, ['backup'])
  expect(backup).toMatchObject({ code: 1, out: '' })
  expect(backup.err).toMatch(/no room|ENOSPC/)
  disk.free()
  await running.says(/in sync +37 devices/)
  expect((await running.stop('SIGTERM')).code).toBe(0)
})

test('for PostgreSQL they name its own tools, and no password', () => {
  const env = { SIMPLANE_STORE: 'postgres://ada:hunter2@db.acme.example/simplane' }
  const { settings } = parseSettings(undefined, 'simplane.yaml', env)
  if (settings === undefined) throw new Error('the settings are not valid')
  for (const command of ['backup', 'restore'] as const) {
    const setting = { settings, base: '/', env }
    const refused = expect.objectContaining({
      code: 'usage',
      message: expect.not.stringContaining('hunter2') as string,
      hint: expect.stringMatching(/pg_dump.*point-in-time recovery/) as string,
    }) as Error
    expect(() => databaseFile(setting, command)).toThrow(refused)
  }
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
