import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { migrate } from '../../src/store/sqlite/migrations.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { APPLICATION_ID, MIGRATIONS } from '../../src/store/sqlite/schema.ts'
import { keyOf, seen, T0, takeFacts } from '../conformance/records.ts'
import { temporaryFolder } from './sqlite-world.ts'

async function withFile(check: (path: string) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await check(join(folder.path, 'simplane.db'))
}

describe('opening', () => {
  it('marks the file as ours, in the newest format, written ahead and synced', () =>
    withFile(async (path) => {
      await using _store = await openStore(path)
      const db = new Database(path)
      expect(db.pragma('application_id', { simple: true })).toBe(APPLICATION_ID)
      expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length)
      expect(db.pragma('journal_mode', { simple: true })).toBe('wal')
      db.close()
    }))

  it('refuses the database of a newer simplane, and leaves it as it is', () =>
    withFile(async (path) => {
      await (await openStore(path))[Symbol.asyncDispose]()
      const db = new Database(path)
      db.pragma(`user_version = ${MIGRATIONS.length + 1}`)
      db.close()
      await expect(openStore(path)).rejects.toMatchObject({
        code: 'store-newer',
        hint: expect.stringContaining('newer simplane'),
      })
      await expect(openStore(path)).rejects.toThrow(`has format ${MIGRATIONS.length + 1}`)
    }))

  it('refuses a file that is no database, and leaves it as it is', () =>
    withFile(async (path) => {
      const text =
        'this is a letter to my aunt, and it is long enough to be taken for a header of a database. '.repeat(
          9,
        )
      await writeFile(path, text)
      await expect(openStore(path)).rejects.toMatchObject({ code: 'store-unwritable' })
      await expect(openStore(path)).rejects.toThrow('no SQLite database')
      expect(await readFile(path, 'utf8')).toBe(text)
    }))

  it('refuses the database of another program', () =>
    withFile(async (path) => {
      new Database(path).exec('create table theirs(a)').close()
      await expect(openStore(path)).rejects.toThrow('belongs to another program')
      await expect(openStore(path, { readonly: true })).rejects.toMatchObject({ code: 'store-unwritable' })
    }))

  it('says so when the path cannot hold a database', () =>
    withFile(async (path) => {
      await writeFile(path, '')
      await expect(openStore(join(path, 'inside', 'simplane.db'))).rejects.toMatchObject({
        code: 'store-unwritable',
      })
      await expect(openStore(join(path, '..'))).rejects.toMatchObject({ code: 'store-unwritable' })
    }))

  it('waits for another process that writes, and says so when that takes too long', () =>
    withFile(async (path) => {
      await using store = await openStore(path)
      const other = new Database(path)
      other.exec('begin immediate')
      await expect(store.request('reconcile', T0)).rejects.toMatchObject({ code: 'store-busy' })
      expect(await store.answered()).toBe(0)
      other.exec('rollback')
      other.close()
      expect(await store.request('reconcile', T0)).toBe(1)
    }))

  it('tells a full disk from any other trouble', () =>
    withFile(async (path) => {
      await using store = await openStore(path)
      const full = new Database.SqliteError('database or disk is full', 'SQLITE_FULL')
      const merge = (): never => {
        throw full
      }
      await expect(store.observe('mdm', [seen()], merge)).rejects.toMatchObject({
        code: 'store-unwritable',
        cause: full,
      })
      await expect(store.observe('mdm', [seen()], merge)).rejects.toThrow('no room left')
    }))
})

describe('opening to read only', () => {
  it('reads, beside a writer too, and refuses to write', () =>
    withFile(async (path) => {
      await using writer = await openStore(path)
      await writer.observe('mdm', [seen()], takeFacts)
      await using reader = await openStore(path, { readonly: true })
      expect((await reader.get([keyOf('d-1')])).length).toBe(1)
      await expect(reader.enlist('all', T0)).rejects.toMatchObject({ code: 'store-unwritable' })
      await writer.observe('mdm', [seen({ id: 'd-2' })], takeFacts)
      expect((await reader.scan(0, 9)).length).toBe(2)
    }))

  it('creates nothing', () =>
    withFile(async (path) => {
      await expect(openStore(path, { readonly: true })).rejects.toMatchObject({ code: 'not-found' })
      await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
    }))

  it('says so when its place cannot be written', () =>
    withFile(async (path) => {
      // A folder is in the way: as root, a file without the permission would still be written.
      await mkdir(path, { recursive: true })
      await expect(openStore(path)).rejects.toMatchObject({ code: 'store-unwritable' })
    }))

  it('does not bring an older database to the newest format', () =>
    withFile(async (path) => {
      const db = new Database(path)
      db.pragma(`application_id = ${APPLICATION_ID}`)
      db.close()
      await expect(openStore(path, { readonly: true })).rejects.toThrow('to read only changes nothing')
    }))
})

describe('migrations', () => {
  it('are applied once each, in order, and keep what is there', () =>
    withFile(async (path) => {
      await using store = await openStore(path)
      await store.observe('mdm', [seen()], takeFacts)
      const db = new Database(path)
      const more = [...MIGRATIONS, 'create table more(a integer) strict; insert into more values(1)']
      migrate(db, more)
      migrate(db, more)
      expect(db.prepare('select count(*) as rows from more').get()).toEqual({ rows: 1 })
      expect(db.prepare('select count(*) as rows from device').get()).toEqual({ rows: 1 })
      db.close()
    }))

  it('one that fails leaves the format before it', () =>
    withFile(async (path) => {
      await (await openStore(path))[Symbol.asyncDispose]()
      const db = new Database(path)
      const more = [...MIGRATIONS, 'create table good(a)', 'create table half(a); create table nonsense(']
      expect(() => migrate(db, more)).toThrow('incomplete input')
      expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length + 1)
      expect(db.prepare("select count(*) as rows from sqlite_schema where name = 'half'").get()).toEqual({
        rows: 0,
      })
      db.close()
    }))

  it('give every database an epoch of its own', async () => {
    const epochs = new Set<string>()
    for (let at = 0; at < 3; at += 1) {
      await withFile(async (path) => {
        await (await openStore(path))[Symbol.asyncDispose]()
        const db = new Database(path)
        epochs.add(JSON.stringify(db.prepare("select value from meta where key = 'epoch'").get()))
        db.close()
      })
    }
    expect(epochs.size).toBe(3)
  })
})
