import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { openRunning, type Setting } from '../src/app.ts'
import { openWebhooks } from '../src/listening.ts'
import type { Clock } from '../src/domain/time.ts'
import { MINUTE, SECOND } from '../src/domain/time.ts'
import { NO_LOG } from '../src/log/winston.ts'
import { runLoop } from '../src/reconcile/loop.ts'
import { NO_SCREEN } from '../src/reconcile/parts.ts'
import { Signals } from '../src/reconcile/signals.ts'
import { parseSettings } from '../src/settings.ts'
import { testClock, type TestClock } from './clock.ts'
import { makeDevice } from './drivers/fakes/apple-device.ts'
import { openFakeNanoMdm, type FakeNanoMdm } from './drivers/fakes/nanomdm.ts'

const PHONES = `apiVersion: simplane/v1
kind: EsimConfiguration
metadata: { name: acme-phones }
spec:
  ios: { carrierUrl: https://smdp.acme.example/ }
  distribution: { to: all }
`

/** Settings as an administrator writes them, of a service that no schedule wakes. */
function settingsOf(address: string): string {
  return `apiVersion: simplane/v1
kind: Settings
source: { schedule: 0 0 1 1 * }
drivers:
  - { name: phones, kind: nanomdm, address: "${address}", apiKey: { env: API_KEY }, webhookKey: { env: HOOK_KEY } }
http: { listen: 127.0.0.1:0 }
`
}

/** A service on a set clock, from its settings, with a NanoMDM that pushes to it over HTTP. */
async function service() {
  const base = await mkdtemp(join(tmpdir(), 'simplane-http-'))
  await mkdir(join(base, 'desired-state'))
  await writeFile(join(base, 'desired-state', 'phones.yaml'), PHONES)
  const clock = testClock()
  const fake = await openFakeNanoMdm({ now: () => clock.now(), hmacKey: 'hook-key' })
  const env = { API_KEY: fake.apiKey, HOOK_KEY: 'hook-key' }
  const { settings } = parseSettings(settingsOf(fake.address), 'simplane.yaml', env)
  if (settings === undefined) throw new Error('the settings are not valid')
  const setting: Setting = { settings, base, env }
  const running = await openRunning(setting, { clock, log: NO_LOG, screen: NO_SCREEN, program: 'test' })
  const signals = new Signals()
  const listener = await openWebhooks(setting, running.parts, { signals })
  const stop = new AbortController()
  const loop = runLoop(running.parts, {
    schedule: settings.schedule,
    watch: false,
    signals,
    signal: stop.signal,
  })
  onTestFinished(async () => {
    stop.abort()
    await loop
    await listener?.[Symbol.asyncDispose]()
    await running[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
    await rm(base, { recursive: true, force: true })
  })
  return {
    fake,
    clock,
    store: running.parts.store,
    url: `http://${listener?.address}/webhooks/drivers/phones`,
  }
}

/** Sends what NanoMDM has to tell, and gives how it was answered. */
async function push(fake: FakeNanoMdm, url: string): Promise<readonly number[]> {
  const statuses: number[] = []
  for (const { body } of fake.webhooks.splice(0)) {
    const answer = await fetch(url, { method: 'POST', body, headers: fake.headersOf(body) })
    statuses.push(answer.status)
  }
  return statuses
}

/** Lets set time pass while something else must come to be so: devices poll, NanoMDM tells. */
async function until(
  { fake, clock, url }: { fake: FakeNanoMdm; clock: TestClock & Clock; url: string },
  so: () => Promise<boolean> | boolean,
): Promise<void> {
  for (let turns = 0; turns < 400; turns += 1) {
    if (await so()) return
    fake.pollAll()
    await push(fake, url)
    for (let pauses = 0; pauses < 20; pauses += 1) await setImmediate()
    await clock.advance(5 * SECOND)
  }
  throw new Error('it never came to be so')
}

test('a phone that enrols is installed and proven by what NanoMDM pushes alone, and no inventory is read for it', async () => {
  const { fake, clock, store, url } = await service()
  await until({ fake, clock, url }, async () => (await store.inForce()) !== undefined)
  const listings = (await store.inventories()).at(-1)?.listing
  const phone = makeDevice()
  fake.enrol(phone)
  await until({ fake, clock, url }, async () => (await store.counts()).byVerdict['in-sync'] === 1)
  expect(phone.plans).toMatchObject([{ url: 'https://smdp.acme.example/' }])
  expect([...phone.downloads.values()]).toEqual([1])
  expect((await store.inventories()).at(-1)?.listing).toBe(listings)
  expect((await store.runs(50)).map(({ trigger }) => trigger)).toContain('webhook')
  expect(clock.now()).toBeLessThan(Date.UTC(2026, 10, 23, 8) + 30 * MINUTE)
})

test('a webhook that NanoMDM did not sign, or that is altered, changes nothing', async () => {
  const { fake, store, clock, url } = await service()
  await until({ fake, clock, url }, async () => (await store.inForce()) !== undefined)
  fake.enrol(makeDevice())
  for (const { body } of fake.webhooks.splice(0)) {
    const forged = await fetch(url, { method: 'POST', body: `${body} `, headers: fake.headersOf(body) })
    const unsigned = await fetch(url, { method: 'POST', body })
    expect([forged.status, unsigned.status]).toEqual([401, 401])
  }
  await until({ fake, clock, url }, () => clock.now() > Date.UTC(2026, 10, 23, 8) + MINUTE)
  expect((await store.counts()).devices).toBe(0)
})
