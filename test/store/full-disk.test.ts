import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, type TestContext } from 'vitest'
import type { Store } from '../../src/domain/store.ts'
import { backUp } from '../../src/store/sqlite/backup.ts'
import { acquireExecutorLock } from '../../src/store/sqlite/lock.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { openRestoration } from '../../src/store/sqlite/restore.ts'
import { outcome, seen, step, T0, takeFacts } from '../conformance/records.ts'
import { claim, listed, planned, save, settle, waiting } from '../conformance/store/world.ts'
import { mountSmallDisk, type SmallDisk } from './small-disk.ts'
import { temporaryFolder } from './sqlite-world.ts'

const FULL = { code: 'store-unwritable', message: expect.stringContaining('no room left') as string }

describe('on a full disk', () => {
  it('an observation is refused, and taken when there is room again', (context) =>
    withStore(context, async (store, disk) => {
      await planned(store, ['d-1'])
      disk.fill()
      await expect(store.observe('mdm', [seen({ id: 'd-2' })], takeFacts)).rejects.toMatchObject(FULL)
      expect((await store.scan(0, 9)).map(({ record }) => record.id)).toEqual(['d-1'])
      disk.free()
      await store.observe('mdm', [seen({ id: 'd-2' })], takeFacts)
      expect(await waiting(store)).toEqual(['d-2'])
    }))

  it('a plan that was not written leaves its device on the worklist', (context) =>
    withStore(context, async (store, disk) => {
      await store.observe('mdm', [seen()], takeFacts)
      const plans = (await listed(store)).map((item) => outcome(item, [step('one')]))
      disk.fill()
      await expect(save(store, plans)).rejects.toMatchObject(FULL)
      expect(await waiting(store)).toEqual(['d-1'])
      expect((await store.counts()).open).toEqual({ ready: 0, held: 0, underWay: 0 })
      disk.free()
      await save(store, plans)
      expect((await store.counts()).open.ready).toBe(1)
    }))

  it('a step that could not be journaled is not given to be sent', (context) =>
    withStore(context, async (store, disk) => {
      await planned(store, ['d-1'], () => [step('one', 'reset')])
      disk.fill()
      await expect(claim(store)).rejects.toMatchObject(FULL)
      expect((await store.counts()).open).toEqual({ ready: 1, held: 0, underWay: 0 })
      disk.free()
      expect((await claim(store)).map(({ step: { id } }) => id)).toEqual(['one'])
    }))

  it('a step whose end could not be written is asked about again, under the same id', (context) =>
    withStore(context, async (store, disk) => {
      await planned(store, ['d-1'], () => [step('one', 'reset')])
      const [sent] = await claim(store)
      if (sent === undefined) throw new Error('nothing was issued')
      disk.fill()
      await expect(settle(store, sent, 'proven', { proof: 'observed' })).rejects.toMatchObject(FULL)
      expect((await store.underWay(T0, 9)).map(({ command }) => command)).toEqual([sent.command])
      expect(await claim(store)).toEqual([])
      disk.free()
      await settle(store, sent, 'proven', { proof: 'observed' })
      expect((await store.steps(sent.dev, 9)).map(({ state }) => state)).toEqual(['proven'])
    }))

  it('what was written before is whole for whoever opens it next', (context) =>
    withStore(context, async (store, disk) => {
      await planned(store, ['d-1', 'd-2'])
      disk.fill()
      await expect(store.request('reconcile', T0)).rejects.toMatchObject(FULL)
      await store[Symbol.asyncDispose]()
      disk.free()
      const db = new Database(pathOn(disk))
      expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
      db.close()
      await using again = await openStore(pathOn(disk))
      expect((await again.scan(0, 9)).length).toBe(2)
    }))

  it('a backup is refused and leaves nothing behind', (context) =>
    withStore(context, async (store, disk) => {
      await store.observe('mdm', fleet(2_000), takeFacts)
      const elsewhere = await mounted(context, '1m')
      await using small = elsewhere
      const file = join(small.path, 'backups', 'one.db')
      await expect(backUp(pathOn(disk), file, { now: T0 })).rejects.toMatchObject(FULL)
      expect(await readdir(join(small.path, 'backups'))).toEqual([])
      await backUp(pathOn(disk), join(disk.path, 'one.db'), { now: T0 })
      expect((await readdir(disk.path)).filter((name) => name.startsWith('one'))).toEqual(['one.db'])
    }))

  it('a restore is refused and leaves the store as it was', (context) =>
    withStore(context, async (store, disk) => {
      await using folder = await temporaryFolder()
      const file = join(folder.path, 'one.db')
      await store.observe('mdm', fleet(2_000), takeFacts)
      await backUp(pathOn(disk), file, { now: T0 })
      await store.observe('mdm', [seen({ id: 'late' })], takeFacts)
      await store[Symbol.asyncDispose]()
      disk.fill()
      const before = await readdir(disk.path)
      expect(() => openRestoration(pathOn(disk), file)).toThrow('ENOSPC')
      expect(await readdir(disk.path)).toEqual(before)
      disk.free()
      await using again = await openStore(pathOn(disk))
      expect((await again.scan(0, 9_000)).length).toBe(2_001)
    }))

  it('whoever looks who works on the store is answered', (context) =>
    withStore(context, async (_store, disk) => {
      await acquireExecutorLock(pathOn(disk))?.[Symbol.asyncDispose]()
      disk.fill()
      const lock = acquireExecutorLock(pathOn(disk))
      expect(lock).toBeDefined()
      expect(acquireExecutorLock(pathOn(disk))).toBeUndefined()
      await lock?.[Symbol.asyncDispose]()
    }))
})

describe('on a disk that turned read-only', () => {
  it('opening says so, and nothing is lost when it can be written again', async (context) => {
    await using disk = await mounted(context)
    const store = await openStore(pathOn(disk))
    await planned(store, ['d-1'], () => [step('one')])
    await store[Symbol.asyncDispose]()
    disk.setReadOnly(true)
    await expect(openStore(pathOn(disk))).rejects.toMatchObject({
      code: 'store-unwritable',
      message: expect.stringMatching(/may be read but not written|cannot be opened or written/) as string,
    })
    disk.setReadOnly(false)
    await using again = await openStore(pathOn(disk))
    expect((await claim(again)).map(({ step: { id } }) => id)).toEqual(['one'])
  })
})

/** A store on a small disk; skipped, with the reason, where none can be mounted. */
async function withStore(
  context: TestContext,
  check: (store: Store, disk: SmallDisk) => Promise<void>,
): Promise<void> {
  await using disk = await mounted(context)
  await using store = await openStore(pathOn(disk))
  await check(store, disk)
}

async function mounted(context: TestContext, size?: string): Promise<SmallDisk> {
  const disk = await mountSmallDisk(size)
  if (disk === undefined) return context.skip('mounting a tmpfs is not permitted here')
  return disk
}

function pathOn(disk: SmallDisk): string {
  return join(disk.path, 'simplane.db')
}

function fleet(devices: number): ReturnType<typeof seen>[] {
  return Array.from({ length: devices }, (_, at) => seen({ id: `d-${at}` }))
}
