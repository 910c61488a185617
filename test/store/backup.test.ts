import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { HOUR } from '../../src/domain/time.ts'
import { backUp } from '../../src/store/sqlite/backup.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../src/store/sqlite/schema.ts'
import { seen, T0, takeFacts } from '../conformance/records.ts'
import { temporaryFolder } from './sqlite-world.ts'

describe('a backup', () => {
  it('is one state of a store that is written meanwhile, and keeps the writer from nothing', () =>
    withPlaces(async ({ path, file }) => {
      await using store = await openStore(path)
      await store.observe('mdm', fleet(3_000), takeFacts)
      let turns = 0
      const contents = await backUp(path, file, {
        now: T0,
        progress: () => {
          turns += 1
          void store.observe('mdm', [seen({ id: `late-${turns}` })], takeFacts)
        },
      })
      expect(turns).toBeGreaterThan(1)
      expect(contents.devices).toBe(3_000)
      expect((await store.scan(0, 10_000)).length).toBe(3_000 + turns)
      await using copy = await openStore(file)
      expect((await copy.scan(0, 10_000)).length).toBe(3_000)
    }))

  it('is complete in itself, sound, and says what it holds', () =>
    withPlaces(async ({ folder, path, file }) => {
      await using store = await openStore(path)
      await store.observe('mdm', fleet(2), takeFacts)
      await store.beginRun('schedule', undefined, T0 + 1)
      await store.record([{ at: T0 + 2, kind: 'approve', message: 'approved h-1' }])
      const contents = await backUp(path, file, { now: T0 + HOUR })
      expect(contents).toEqual({
        bytes: (await stat(file)).size,
        format: MIGRATIONS.length,
        devices: 2,
        takenAt: T0 + HOUR,
        newest: T0 + 2,
        lastRun: { id: 1, trigger: 'schedule', at: T0 + 1 },
        lastEvent: { kind: 'approve', message: 'approved h-1', at: T0 + 2 },
      })
      expect(await readdir(join(folder, 'backups'))).toEqual(['one.db'])
      const db = new Database(file, { readonly: true })
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_ID)
      expect(db.pragma('journal_mode', { simple: true })).toBe('delete')
      db.close()
    }))

  it('may be read by whoever may read the store, and by nobody else', () =>
    withPlaces(async ({ path, file }) => {
      const before = process.umask(0o077)
      try {
        await (await openStore(path))[Symbol.asyncDispose]()
      } finally {
        process.umask(before)
      }
      await backUp(path, file, { now: T0 })
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    }))

  it('overwrites nothing, be it there before or come meanwhile', () =>
    withPlaces(async ({ folder, path, file }) => {
      await (await openStore(path))[Symbol.asyncDispose]()
      await mkdir(join(folder, 'backups'))
      await writeFile(file, 'mine')
      await expect(backUp(path, file, { now: T0 })).rejects.toMatchObject({ code: 'usage' })
      await rm(file)
      const progress = (): void => void writeFile(file, 'mine')
      await expect(backUp(path, file, { now: T0, progress })).rejects.toMatchObject({ code: 'usage' })
      expect(await readFile(file, 'utf8')).toBe('mine')
      expect(await readdir(join(folder, 'backups'))).toEqual(['one.db'])
    }))

  it('that is broken off leaves nothing behind', () =>
    withPlaces(async ({ folder, path, file }) => {
      await using store = await openStore(path)
      await store.observe('mdm', fleet(500), takeFacts)
      const stop = new AbortController()
      const progress = (): void => stop.abort('SIGINT')
      await expect(backUp(path, file, { now: T0, signal: stop.signal, progress })).rejects.toBe('SIGINT')
      expect(await readdir(join(folder, 'backups'))).toEqual([])
    }))

  it('is refused of nothing, of another program, of a newer simplane and of what is damaged', () =>
    withPlaces(async ({ folder, path, file }) => {
      await expect(backUp(path, file, { now: T0 })).rejects.toMatchObject({ code: 'not-found' })
      await mkdir(join(folder, 'state'))
      new Database(path).exec('create table theirs(a)').close()
      await expect(backUp(path, file, { now: T0 })).rejects.toThrow('belongs to another program')
      await rm(path)
      await (await openStore(path))[Symbol.asyncDispose]()
      const db = new Database(path)
      db.pragma(`user_version = ${MIGRATIONS.length + 1}`)
      await expect(backUp(path, file, { now: T0 })).rejects.toMatchObject({ code: 'store-newer' })
      db.pragma(`user_version = ${MIGRATIONS.length}`)
      db.close()
      await damage(path)
      await expect(backUp(path, file, { now: T0 })).rejects.toMatchObject({ code: 'store-unwritable' })
      expect(await readdir(join(folder, 'backups'))).toEqual([])
    }))
})

type Places = { readonly folder: string; readonly path: string; readonly file: string }

async function withPlaces(check: (places: Places) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await check({
    folder: folder.path,
    path: join(folder.path, 'state', 'simplane.db'),
    file: join(folder.path, 'backups', 'one.db'),
  })
}

function fleet(devices: number): ReturnType<typeof seen>[] {
  return Array.from({ length: devices }, (_, at) => seen({ id: `d-${at}` }))
}

/** The middle third becomes noise: the header still says that it is a database of ours. */
async function damage(path: string): Promise<void> {
  const bytes = await readFile(path)
  bytes.fill(0xa5, Math.floor(bytes.length / 3), Math.floor((bytes.length * 2) / 3))
  await writeFile(path, bytes)
}
