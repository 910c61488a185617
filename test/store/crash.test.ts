import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { acquireExecutorLock, executorHolder } from '../../src/store/sqlite/lock.ts'
import type { Store } from '../../src/domain/store.ts'
import { openStore } from '../../src/store/sqlite/open.ts'
import { T0 } from '../conformance/records.ts'
import { startChild } from './child.ts'
import { temporaryFolder } from './sqlite-world.ts'

describe('kill -9', () => {
  it.each([1, 4, 9])('leaves a consistent database behind, %i writes after the start', async (writes) => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'simplane.db')
    const child = startChild('writer', path)
    const said: string[] = []
    while (said.length < writes) said.push((await child.lines.next()).value)
    said.push(...(await child.kill()))
    const db = new Database(path)
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok')
    db.close()
    await using store = await openStore(path)
    await expectNothingLost(store, said)
  })
})

describe('the executor lock', () => {
  it('is held by one process at a time, and free again once that one is killed', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'state', 'simplane.db')
    const child = startChild('holder', path)
    expect((await child.lines.next()).value).toBe('held')
    expect(acquireExecutorLock(path)).toBeUndefined()
    expect(executorHolder(path)).toBe(child.pid)
    await child.kill()
    const lock = acquireExecutorLock(path)
    expect(lock).toBeDefined()
    expect(executorHolder(path)).toBe(process.pid)
    await lock?.[Symbol.asyncDispose]()
  })

  it('is given back when disposed, and keeps out a second one of the same process until then', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'simplane.db')
    const first = acquireExecutorLock(path)
    expect(acquireExecutorLock(path)).toBeUndefined()
    await first?.[Symbol.asyncDispose]()
    expect(executorHolder(path)).toBeUndefined()
    const second = acquireExecutorLock(path)
    expect(second).toBeDefined()
    await second?.[Symbol.asyncDispose]()
  })

  it('keeps nobody from reading or writing the database itself', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'simplane.db')
    await using store = await openStore(path)
    const lock = acquireExecutorLock(path)
    expect(await store.request('reconcile', 0)).toBe(1)
    await lock?.[Symbol.asyncDispose]()
  })
})

/** Everything that was said to be written is there, whole pages only, and no device is forgotten between two states. */
async function expectNothingLost(store: Store, said: readonly string[]): Promise<void> {
  const devices = await store.scan(0, 100)
  const generations = new Set(devices.map(({ record }) => record.name))
  expect([devices.length, generations.size]).toEqual([50, 1])
  const generation = Number([...generations][0]?.split('-')[1])
  expect(generation).toBeGreaterThanOrEqual(said.filter((line) => line.startsWith('observed')).length)
  const waiting = new Set((await store.work(100, T0)).items.map(({ device }) => device.dev))
  const commands: (string | undefined)[] = []
  for (const { dev } of devices) {
    const steps = await store.steps(dev, 100)
    commands.push(...steps.map(({ command }) => command))
    const [newest] = steps
    const current = newest?.step.id === `${generation}-${dev}`
    expect(current || waiting.has(dev)).toBe(true)
  }
  const issued = said.filter((line) => line.startsWith('issued')).flatMap((line) => line.split(' ').slice(1))
  expect(issued.filter((command) => !commands.includes(command))).toEqual([])
}
