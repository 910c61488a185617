import { once } from 'node:events'
import { fork } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it, onTestFinished } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { testClock } from '../clock.ts'
import { install, inventory, seen } from '../conformance/driver-world.ts'

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'simplane-simulator-'))
  onTestFinished(async () => rm(path, { recursive: true, force: true }))
  return path
}

describe('a simulated world', () => {
  it('is found again as it was left: fleet, log, counts and what is on its way', async () => {
    const path = join(await folder(), 'below', 'sim.db')
    const clock = testClock()
    const first = await openSimulator({ path, devices: 50, clock })
    const one = await install({ driver: first }, 'd-1', 'windows')
    const late = await install({ driver: first }, 'd-2', 'windows')
    await first.submit(one)
    await clock.advance(MINUTE)
    first.setOnline('d-4', false)
    first.userDeletesEsim('d-5')
    const before = await inventory(first)
    await first.submit(late)
    const log = first.log()
    await first[Symbol.asyncDispose]()

    await using second = await openSimulator({ path, devices: 7, seed: 99, clock })
    expect(await inventory(second)).toEqual(before)
    expect(second.log()).toEqual(log)
    expect(await second.outcome(one)).toMatchObject({ kind: 'done' })
    expect(await second.outcome(late)).toEqual({ kind: 'pending' })
    await clock.advance(HOUR)
    expect(await second.outcome(late)).toMatchObject({ kind: 'done' })
    expect(second.counts()).toEqual({ told: 2, executed: 2 })
  })

  it('does not repeat what it did before it was closed when it is told again', async () => {
    const path = join(await folder(), 'sim.db')
    const clock = testClock()
    const first = await openSimulator({ path, clock })
    const one = await install({ driver: first }, 'd-1', 'windows')
    const submission = await first.submit(one)
    await clock.advance(MINUTE)
    await first.outcome(one)
    await first[Symbol.asyncDispose]()
    await using second = await openSimulator({ path, clock })
    expect(await second.submit(one)).toEqual(submission)
    await clock.advance(MINUTE)
    expect(second.effects(one.id)).toBe(1)
    expect((await seen(second, 'd-1')).esims).toHaveLength(1)
  })

  it('lets devices catch up that were off when it was closed and are on when it is opened', async () => {
    const path = join(await folder(), 'sim.db')
    const clock = testClock()
    const first = await openSimulator({ path, clock, dials: { offline: 1 } })
    const one = await install({ driver: first }, 'd-1', 'windows')
    await first.submit(one)
    first.userDeletesEsim('d-5')
    await clock.advance(HOUR)
    expect(await first.outcome(one)).toEqual({ kind: 'pending' })
    expect((await seen(first, 'd-5')).esims).toHaveLength(1)
    await first[Symbol.asyncDispose]()
    await using second = await openSimulator({ path, clock })
    expect(await second.outcome(one)).toMatchObject({ kind: 'done', at: clock.now() })
    expect((await seen(second, 'd-5')).esims).toEqual([])
  })

  it('may be open twice at once, and both see the same', async () => {
    const path = join(await folder(), 'sim.db')
    const clock = testClock()
    const options = { path, devices: 100, clock }
    await using first = await openSimulator(options)
    await using second = await openSimulator(options)
    const one = await install({ driver: first }, 'd-1', 'windows')
    await first.submit(one)
    await second.submit(one)
    await clock.advance(MINUTE)
    expect(await second.outcome(one)).toEqual(await first.outcome(one))
    expect(second.effects(one.id)).toBe(1)
    expect(await inventory(second)).toEqual(await inventory(first))
  })

  it('says how far it is while a large fleet is written', async () => {
    const heard: number[] = []
    const progress = (written: number): void => void heard.push(written)
    await using simulator = await openSimulator({
      path: ':memory:',
      devices: 25_000,
      clock: testClock(),
      progress,
    })
    expect(heard).toEqual([10_000, 20_000, 25_001])
    expect((await simulator.observe()).total).toBe(25_001)
  })

  it('is whole or not there when the process is killed while it is made', async () => {
    const path = join(await folder(), 'sim.db')
    const program = new URL('./killed-while-creating.ts', import.meta.url)
    const child = fork(program, [path], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    await once(child, 'message')
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    await using simulator = await openSimulator({ path, devices: 3, clock: testClock() })
    expect((await inventory(simulator)).observations).toHaveLength(3)
  })
})

describe('a file that is no simulated world', () => {
  it('is refused when it is no database, and left alone', async () => {
    const path = join(await folder(), 'notes.txt')
    await writeFile(path, 'nothing that SQLite could read, however long it looks at it '.repeat(100))
    const opening = openSimulator({ path, clock: testClock() })
    await expect(opening).rejects.toMatchObject({
      code: 'driver-unreachable',
      message: expect.stringContaining(path),
    })
  })

  it('is refused when it is a database of something else', async () => {
    const path = join(await folder(), 'other.db')
    const other = new Database(path)
    other.exec('create table important (x)')
    other.close()
    await expect(openSimulator({ path, clock: testClock() })).rejects.toThrow(/something else/)
  })

  it('is refused when another version made it', async () => {
    const path = join(await folder(), 'sim.db')
    await (await openSimulator({ path, clock: testClock() }))[Symbol.asyncDispose]()
    const db = new Database(path)
    db.pragma('user_version = 99')
    db.close()
    await expect(openSimulator({ path, clock: testClock() })).rejects.toMatchObject({ code: 'store-newer' })
  })

  it('is refused when it is a folder', async () => {
    await expect(openSimulator({ path: await folder(), clock: testClock() })).rejects.toMatchObject({
      code: 'driver-unreachable',
    })
  })
})
