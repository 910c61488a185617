import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { Esim, InstalledConfiguration } from '../../src/domain/device.ts'
import type { Store } from '../../src/domain/store.ts'
import { HOUR } from '../../src/domain/time.ts'
import type { PutBack } from '../../src/store/put-back.ts'
import { backUp } from '../../src/store/sqlite/backup.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { openRestoration } from '../../src/store/sqlite/restore.ts'
import { MIGRATIONS } from '../../src/store/sqlite/schema.ts'
import { keyOf, seen, step, T0, takeFacts } from '../conformance/records.ts'
import { approve, claim, devOf, planned, settle, waiting } from '../conformance/store/world.ts'
import { temporaryFolder } from './sqlite-world.ts'

const NOW = T0 + 24 * HOUR

describe('a restored store', () => {
  it('is as it was at the backup, and everybody is planned again', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1', 'd-2'])
      await backup(places)
      await planned(store, ['d-3'])
      expect(await waiting(store)).toEqual([])
      await store[Symbol.asyncDispose]()
      await restore(places)
      await using restored = await openStore(places.path)
      expect(await waiting(restored)).toEqual(['d-1', 'd-2'])
      expect(await restored.history({ limit: 1 })).toMatchObject([
        { kind: 'restore', at: NOW, actor: 'jane', message: 'store put back from one.db' },
      ])
    }))

  it('gives no command id that was given after the backup', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      const items = await planned(store, ['d-1'], () => [step('one')])
      await backup(places)
      const [given] = await claim(store)
      await store[Symbol.asyncDispose]()
      await restore(places)
      await using restored = await openStore(places.path)
      await planned(restored, ['d-1'], () => [step('one')])
      const [again] = await claim(restored, NOW)
      expect(again?.dev).toBe(items[0]?.device.dev)
      expect(again?.command).toMatch(/^[0-9a-z]{5}\.\d+\.\d+\.\d+$/)
      expect(again?.command.split('.')[0]).not.toBe(given?.command.split('.')[0])
    }))

  it('sends nothing that was under way again, and forgets nothing of it', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1', 'd-2', 'd-3'], (id) => [step(`${id}-step`, KINDS[id] ?? 'install')])
      const sent = await claim(store)
      const retired = sent.find(({ stored }) => stored.record.id === 'd-3')
      await settle(store, retired ?? { dev: 0, n: 0 }, 'accepted', { pollAt: T0 + 5 })
      await backup(places)
      await store[Symbol.asyncDispose]()
      expect(await restore(places)).toEqual({ unproven: 2, expired: 1, approvals: 0 })
      await using restored = await openStore(places.path)
      expect([await restored.underWay(NOW, 10), await claim(restored, NOW)]).toEqual([[], []])
      const { items } = await restored.work(10, NOW)
      expect(
        items.map(({ device, history }) => [
          device.record.id,
          history.tries.map(({ state, error }) => [state, error?.code, error?.permanent]),
          history.unansweredAt,
        ]),
      ).toEqual([
        ['d-1', [['expired', 'restored', false]], NOW],
        ['d-2', [['unproven', 'restored', false]], NOW],
        ['d-3', [['unproven', 'restored', false]], NOW],
      ])
      const [row] = await restored.steps(await devOf(restored, 'd-2'), 1)
      expect(row).toMatchObject({ state: 'unproven', command: commandOf(sent, 'd-2'), settledAt: NOW })
    }))

  it('has nothing ready or held, and no approval that stands', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1', 'd-2'], (id) => [
        id === 'd-1' ? step('reset-1', 'reset') : step('reset-2', 'reset', HELD),
      ])
      await approve(store, 'd-2', ['reset-2'], NOW + HOUR)
      await backup(places)
      await store[Symbol.asyncDispose]()
      expect(await restore(places)).toMatchObject({ approvals: 1 })
      await using restored = await openStore(places.path)
      expect((await restored.counts()).open).toEqual({ ready: 0, held: 0, underWay: 0 })
      expect([...(await restored.approved(NOW))]).toEqual([])
      expect(await claim(restored, NOW)).toEqual([])
    }))

  it('takes no inventory for whole, and nothing for absent that may have come since', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      const listing = await store.beginListing('mdm', T0)
      await store.observe('mdm', [seen({ installed: [ENTRY, UNDATED], esims: [ESIM] })], takeFacts, listing)
      await store.endListing('mdm', listing, true, T0)
      await store.beginListing('mdm', T0 + 1)
      await backup(places)
      const before = (await store.get([keyOf('d-1')]))[0]
      await store[Symbol.asyncDispose]()
      await restore(places)
      await using restored = await openStore(places.path)
      const inventories = await restored.inventories()
      expect(inventories.length).toBeGreaterThan(0)
      expect(inventories.filter(({ complete, endedAt }) => complete || endedAt === undefined)).toEqual([])
      const after = (await restored.get([keyOf('d-1')]))[0]
      expect(before?.record).toMatchObject({ esimsComplete: true, provisionedBefore: false })
      expect(after?.record).toEqual({
        ...before?.record,
        esimsComplete: false,
        provisionedBefore: true,
        installed: [{ ...ENTRY, installedAt: NOW }, UNDATED],
      })
      expect(after?.version).toBeGreaterThan(before?.version ?? 0)
    }))

  it('remembers when a retirement was first applied, although that was after the backup', () =>
    withPlaces(async (places) => {
      const memory = (name: string, at: number, ...ids: string[]) => ({
        name,
        firstAppliedAt: at,
        members: new Set(ids.map((id) => keyOf(id))),
      })
      await using store = await openStore(places.path)
      await store.rememberRetirements([memory('q3', T0)])
      await backup(places)
      await store.rememberRetirements([memory('q4', T0 + 5, 'd-1')])
      await store[Symbol.asyncDispose]()
      await restore(places)
      await using restored = await openStore(places.path)
      expect(await restored.retirements()).toEqual([memory('q3', T0), memory('q4', T0 + 5, 'd-1')])
    }))

  it('is brought to the newest format', () =>
    withPlaces(async (places) => {
      await (await openStore(places.path))[Symbol.asyncDispose]()
      await backup(places)
      await restore(places)
      const db = new Database(places.path, { readonly: true })
      expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length)
      expect(db.prepare("select value from meta where key = 'taken_at'").get()).toBeUndefined()
      db.close()
    }))
})

describe('restoring', () => {
  it('keeps the replaced database whole, and leaves nothing of it beside the new one', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1'])
      await backup(places)
      await planned(store, ['d-2'])
      // As a crash leaves it: what was written last is only in the file beside.
      const crashed = await crashedCopy(places.path)
      expect((await stat(`${crashed.path}-wal`)).size).toBeGreaterThan(0)
      await restore({ ...places, path: crashed.path })
      expect(await readdir(dirname(crashed.path))).toEqual(['simplane.db', 'simplane.db.kept'])
      await using kept = await openStore(`${crashed.path}.kept`)
      expect((await kept.scan(0, 9)).map(({ record }) => record.id)).toEqual(['d-1', 'd-2'])
      await using restored = await openStore(crashed.path)
      expect((await restored.scan(0, 9)).map(({ record }) => record.id)).toEqual(['d-1'])
    }))

  it('puts back the plain copy of a store that crashed, with what lies beside it', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1', 'd-2'])
      const crashed = await crashedCopy(places.path)
      const before = await readFile(crashed.path)
      await store[Symbol.asyncDispose]()
      await restore({ ...places, file: crashed.path })
      await using restored = await openStore(places.path)
      expect((await restored.scan(0, 9)).length).toBe(2)
      expect((await readFile(crashed.path)).equals(before)).toBe(true)
    }))

  it('replaces a database that is damaged beyond opening, and keeps all of it', () =>
    withPlaces(async (places) => {
      const store = await openStore(places.path)
      await planned(store, ['d-1'])
      await backup(places)
      await store[Symbol.asyncDispose]()
      await writeFile(places.path, 'no database any more '.repeat(500))
      await using restoration = openRestoration(places.path, places.file)
      expect(restoration.present).toMatchObject({ kind: 'unreadable' })
      replace(restoration, places.path)
      expect(await readFile(`${places.path}.kept`, 'utf8')).toContain('no database any more')
      await using restored = await openStore(places.path)
      expect((await restored.scan(0, 9)).length).toBe(1)
    }))

  it('takes what a removed database left behind for no part of the new one', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1'])
      await backup(places)
      await planned(store, ['d-2'])
      const crashed = await crashedCopy(places.path)
      await rm(crashed.path)
      const left = await readFile(`${crashed.path}-wal`)
      await restore({ ...places, path: crashed.path })
      expect(await readdir(dirname(crashed.path))).toEqual(['simplane.db', 'simplane.db.kept-wal'])
      expect((await readFile(`${crashed.path}.kept-wal`)).equals(left)).toBe(true)
      await using restored = await openStore(crashed.path)
      expect((await restored.scan(0, 9)).map(({ record }) => record.id)).toEqual(['d-1'])
    }))

  it('needs no store to be there', () =>
    withPlaces(async (places) => {
      const store = await openStore(places.path)
      await planned(store, ['d-1'])
      await backup(places)
      await store[Symbol.asyncDispose]()
      const path = join(places.folder, 'elsewhere', 'simplane.db')
      await restore({ ...places, path })
      expect(await readdir(dirname(path))).toEqual(['simplane.db'])
      await using restored = await openStore(path)
      expect((await restored.scan(0, 9)).length).toBe(1)
    }))

  it('says what is in the one database and not in the other', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1'], () => [step('one')])
      await backup(places)
      await store.beginRun('schedule', undefined, NOW)
      await claim(store, NOW)
      await using restoration = openRestoration(places.path, places.file)
      expect(restoration.present).toMatchObject({
        kind: 'readable',
        contents: { devices: 1, newest: NOW },
        since: { runs: 1, events: 0, approvals: 0, issued: 1 },
      })
    }))

  it('changes nothing while another process has the database open', () =>
    withPlaces(async (places) => {
      await using store = await openStore(places.path)
      await planned(store, ['d-1'])
      await backup(places)
      await planned(store, ['d-2'])
      await expect(restore(places)).rejects.toMatchObject({ code: 'store-busy' })
      expect((await store.scan(0, 9)).length).toBe(2)
      await planned(store, ['d-3'])
      expect(existsSync(`${places.path}.kept`)).toBe(false)
    }))

  it('changes nothing for a file that cannot take its place', () =>
    withPlaces(async (places) => {
      const { path, file, folder } = places
      const store = await openStore(path)
      await planned(store, ['d-1'])
      await backup(places)
      await store[Symbol.asyncDispose]()
      const whole = await readFile(file)
      const before = await readdir(dirname(path))
      const other = join(folder, 'other.db')
      const refused = async (of: string, code: string, text: string): Promise<void> => {
        expect(() => openRestoration(path, of)).toThrow(
          expect.objectContaining({ code, message: expect.stringContaining(text) as string }) as Error,
        )
        expect(await readdir(dirname(path))).toEqual(before)
      }
      await refused(join(folder, 'nowhere.db'), 'not-found', 'There is no file')
      await refused(folder, 'not-found', 'There is no file')
      await refused(path, 'usage', 'is the store itself')
      await writeFile(other, '')
      await refused(other, 'store-unwritable', 'is empty')
      await writeFile(other, 'a letter to my aunt '.repeat(100))
      await refused(other, 'store-unwritable', 'no SQLite database')
      await writeFile(other, whole.subarray(0, Math.floor(whole.length / 2)))
      await refused(other, 'store-unwritable', other)
      const noise = Buffer.from(whole)
      noise.fill(0xa5, Math.floor(whole.length / 3), Math.floor((whole.length * 2) / 3))
      await writeFile(other, noise)
      await refused(other, 'store-unwritable', 'damaged')
      await writeFile(other, whole)
      const db = new Database(other)
      db.pragma(`user_version = ${MIGRATIONS.length + 1}`)
      db.close()
      await refused(other, 'store-newer', `has format ${MIGRATIONS.length + 1}`)
      await using again = await openStore(path)
      expect((await again.scan(0, 9)).length).toBe(1)
    }))

  it('replaces no database of another program', () =>
    withPlaces(async (places) => {
      await (await openStore(places.path))[Symbol.asyncDispose]()
      await backup(places)
      const path = join(places.folder, 'theirs.db')
      new Database(path).exec('create table theirs(a)').close()
      await expect(restore({ ...places, path })).rejects.toThrow('belongs to another program')
      expect(existsSync(`${path}.kept`)).toBe(false)
    }))
})

describe('kill -9 while restoring', () => {
  it.each(['before', 'after'])(
    '%s any change of the disk leaves the old database or the new one',
    async (side) => {
      await using folder = await temporaryFolder()
      const model = placesIn(folder.path)
      const store = await openStore(model.path)
      await planned(store, ['d-1'])
      await backup(model)
      await planned(store, ['d-2'])
      const crashed = await crashedCopy(model.path)
      await store[Symbol.asyncDispose]()
      const ends = new Set<string>()
      let killed = true
      for (let calls = 1; killed; calls += 1) {
        const place = join(folder.path, `${side}-${calls}`)
        await cp(dirname(crashed.path), place, { recursive: true })
        const path = join(place, 'simplane.db')
        killed = await killedAt(calls, side, path, model.file)
        await using after = await openStore(path)
        const ids = (await after.scan(0, 9)).map(({ record }) => record.id).join()
        expect(['d-1,d-2', 'd-1'], `call ${calls}`).toContain(ids)
        ends.add(ids)
        const whole = new Database(path)
        expect(whole.pragma('integrity_check', { simple: true })).toBe('ok')
        whole.close()
        // And it can be done again from there.
        await after[Symbol.asyncDispose]()
        await using restoration = openRestoration(path, model.file)
        replace(restoration, path, 'kept-again')
        expect(calls).toBeLessThan(60)
      }
      expect([...ends]).toEqual(['d-1,d-2', 'd-1'])
    },
  )
})

const KINDS: Readonly<Record<string, 'reset' | 'retire'>> = { 'd-2': 'reset', 'd-3': 'retire' }
const HELD = {
  state: 'held',
  heldBy: ['would-strand'],
  holdsFor: { codes: ['would-strand'] },
} as const
const SPEC = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
} as const
const ENTRY: InstalledConfiguration = {
  configuration: 'acme "é\u2028" \\',
  spec: SPEC,
  installedAt: T0 - HOUR,
  managed: true,
  onRemove: 'keep-esims',
  state: 'installed',
}
const { installedAt: _at, ...UNDATED } = { ...ENTRY, configuration: 'undated' }
const ESIM: Esim = { iccid: '8933150319000000001' }

type Places = { readonly folder: string; readonly path: string; readonly file: string }

function placesIn(folder: string): Places {
  return { folder, path: join(folder, 'state', 'simplane.db'), file: join(folder, 'backups', 'one.db') }
}

async function withPlaces(check: (places: Places) => Promise<void>): Promise<void> {
  await using folder = await temporaryFolder()
  await check(placesIn(folder.path))
}

async function backup({ path, file }: Places): Promise<void> {
  await backUp(path, file, { now: T0 })
}

async function restore({ path, file }: Places): Promise<PutBack> {
  await using restoration = openRestoration(path, file)
  return replace(restoration, path)
}

function replace(restoration: ReturnType<typeof openRestoration>, path: string, name = 'kept'): PutBack {
  return restoration.replace(`${path}.${name}`, { now: NOW, actor: 'jane', from: 'one.db' })
}

/** The files of an open store as a crash would leave them, in a folder of their own. */
async function crashedCopy(path: string): Promise<{ readonly path: string }> {
  const folder = join(dirname(path), '..', 'crashed')
  await mkdir(folder)
  for (const end of ['', '-wal']) await cp(`${path}${end}`, join(folder, `simplane.db${end}`))
  return { path: join(folder, 'simplane.db') }
}

/** Restores in a process that dies at its n-th change of the disk; false: it had come to its end before. */
async function killedAt(calls: number, side: string, path: string, file: string): Promise<boolean> {
  const script = fileURLToPath(new URL('./children/restorer.ts', import.meta.url))
  const child = spawn(process.execPath, [script, path, file, String(calls), side], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  if (signal === 'SIGKILL') return true
  expect(code).toBe(0)
  return false
}

function commandOf(sent: Awaited<ReturnType<Store['claim']>>, id: string): string | undefined {
  return sent.find(({ stored }) => stored.record.id === id)?.command
}
