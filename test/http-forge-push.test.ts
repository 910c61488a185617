import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openRunning, type Setting } from '../src/app.ts'
import { openWebhooks } from '../src/listening.ts'
import { secretsOf } from '../src/secrets.ts'
import { ALONE } from '../src/domain/leadership.ts'
import { MINUTE, SECOND } from '../src/domain/time.ts'
import { NO_LOG } from '../src/log/winston.ts'
import { runLoop } from '../src/reconcile/loop.ts'
import { NO_SCREEN, type Parts } from '../src/reconcile/parts.ts'
import { Signals } from '../src/reconcile/signals.ts'
import { Triggers } from '../src/reconcile/triggers.ts'
import { parseSettings } from '../src/settings.ts'
import { testClock } from './clock.ts'
import { pushBody, SIGNED } from './http-forge-senders.ts'
import { besides, serve } from './reconcile/service.ts'
import { LAPTOPS, openWorld, PARIS, UNLIMITED } from './reconcile/world.ts'
import { Repository } from './source/repository.ts'

const SECRET = 'it is a secret'
const CONFIGURATION = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-laptops }
spec:
  windows: { serverName: smdp.acme.example }
  distribution: { to: all }
`

/** Settings as an administrator writes them, of a service that no schedule wakes. */
function settingsOf(repo: string): string {
  return `apiVersion: simplane/v1
kind: Settings
source: { repo: ${repo}, schedule: 0 0 1 1 * }
drivers: [{ name: lab, kind: simulator, devices: 3 }]
http:
  listen: 127.0.0.1:0
  webhooks:
    - { name: forge, kind: github, secret: { env: HOOK } }
`
}

/** A service on a set clock that follows a repository, and hears its forge over HTTP. */
async function service() {
  const base = await mkdtemp(join(tmpdir(), 'simplane-push-'))
  const repository = new Repository()
  repository.write({ 'laptops.yaml': CONFIGURATION })
  repository.push()
  const env = { ...process.env, HOOK: SECRET }
  const { settings } = parseSettings(settingsOf(repository.remote), 'simplane.yaml', env)
  if (settings === undefined) throw new Error('the settings are not valid')
  const setting: Setting = { settings, base, env }
  const clock = testClock()
  const running = await openRunning(setting, { clock, log: NO_LOG, screen: NO_SCREEN, program: 'test' })
  const signals = new Signals()
  const triggers = new Triggers()
  const listener = await openWebhooks(setting, running.parts, { signals, triggers })
  const stop = new AbortController()
  const { schedule } = settings
  const loop = runLoop(running.parts, { schedule, watch: true, signals, triggers, signal: stop.signal })
  onTestFinished(async () => {
    stop.abort()
    await loop
    await listener?.[Symbol.asyncDispose]()
    await running[Symbol.asyncDispose]()
    repository[Symbol.dispose]()
    await rm(base, { recursive: true, force: true })
  })
  const { store } = running.parts
  /** Lets the loop go on, and time with it, while something else must come to be so. */
  async function until(so: () => Promise<boolean> | boolean): Promise<void> {
    for (let seconds = 0; seconds < 5_000; seconds += 1) {
      if (await so()) return
      while (clock.sleeping() === 0) await setImmediate()
      await clock.advance(SECOND)
    }
    throw new Error('it never came to be so')
  }
  async function post(ref: string, after: string, delivery: string): Promise<number> {
    const body = pushBody(ref, after)
    const headers = SIGNED.github(SECRET, body, 'push', delivery)
    return (
      await fetch(`http://${listener?.address}/webhooks/forges/forge`, { method: 'POST', body, headers })
    ).status
  }
  return {
    repository,
    clock,
    store,
    setting,
    until,
    post,
    revision: async () => (await store.inForce())?.revision.id,
    triggers: async () =>
      (await store.runs(100)).map(({ trigger }) => trigger).filter((each) => each !== 'glance'),
  }
}

test('a push is read at once when the forge tells of it, and not before, by a service that no schedule wakes', async () => {
  const { repository, clock, store, until, post, revision, triggers } = await service()
  await until(async () => (await store.counts()).byVerdict['in-sync'] === 3)
  const listings = (await store.inventories()).at(-1)?.listing
  repository.write({ 'laptops.yaml': CONFIGURATION.replace('acme.example', 'neo.example') })
  const pushed = repository.push()
  await clock.advance(10 * MINUTE)
  expect(await revision()).not.toBe(pushed)
  const runs = (await triggers()).length

  expect(await post('refs/heads/other', pushed, 'one')).toBe(202)
  const until1 = clock.now() + 10 * SECOND
  await until(() => clock.now() > until1)
  expect(await revision()).not.toBe(pushed)
  expect(await triggers()).toHaveLength(runs)

  const told = clock.now()
  expect(await post('refs/heads/main', pushed, 'two')).toBe(202)
  await until(async () => (await revision()) === pushed)
  expect(clock.now() - told).toBeLessThanOrEqual(2 * SECOND)
  expect(await triggers()).toEqual(['push', ...(await triggers()).slice(1)])
  expect(await triggers()).toHaveLength(runs + 1)
  // An inventory has no news of it.
  expect((await store.inventories()).at(-1)?.listing).toBe(listings)

  expect(await post('refs/heads/main', pushed, 'two')).toBe(200)
  const until2 = clock.now() + 10 * SECOND
  await until(() => clock.now() > until2)
  expect(await triggers()).toHaveLength(runs + 1)
})

test('the log knows the secrets of webhooks, so as not to write them', async () => {
  const { setting } = await service()
  expect(secretsOf(setting)).toEqual([SECRET])
})

test('a push that reaches a process which does not lead is handed to the one that does, which reads for it', async () => {
  const world = await openWorld()
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS, 'policy.yaml': UNLIMITED })
  const leader = serve(world)
  await leader.untilSettled()
  const before = (await world.store.inForce())?.revision.id
  await world.write({ 'acme.yaml': LAPTOPS.replace('acme.example', 'neo.example') })

  const other = await besides(world)
  const triggers = new Triggers()
  const stop = new AbortController()
  const parts: Parts = { ...world.parts, store: other, leadership: { ...ALONE, lead: async () => undefined } }
  triggers.add('push')
  const follower = runLoop(parts, { schedule: '0 0 1 1 *', watch: false, triggers, signal: stop.signal })
  const triggersOf = async () => (await world.store.runs(50)).map(({ trigger }) => trigger)
  await leader.until(async () => (await world.store.inForce())?.revision.id !== before)
  stop.abort()
  await follower
  expect((await triggersOf()).filter((each) => each === 'push')).toHaveLength(1)
  expect(await triggersOf()).not.toContain('change')
})
