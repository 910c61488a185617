import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, onTestFinished, test } from 'vitest'
import { makeDevice } from '../drivers/fakes/apple-device.ts'
import { openFakeNanoMdm, type FakeNanoMdm, type FakeOptions } from '../drivers/fakes/nanomdm.ts'
import { serve } from '../drivers/fakes/server.ts'
import { parsed, service, simplane, workplace, type Ended } from './harness.ts'

const ENV = { API_KEY: 'secret-api-key', HOOK_KEY: 'hook-key' }

async function fakeMdm(options: Partial<FakeOptions> = {}): Promise<FakeNanoMdm> {
  const fake = await openFakeNanoMdm({ now: () => Date.now(), hmacKey: 'hook-key', ...options })
  onTestFinished(async () => fake[Symbol.asyncDispose]())
  return fake
}

/** A free port of the loopback; what held it is gone. */
async function freePort(): Promise<number> {
  const fake = await openFakeNanoMdm({ now: () => 0 })
  await fake[Symbol.asyncDispose]()
  return Number(new URL(fake.address).port)
}

/** A workplace with a NanoMDM, as an administrator writes it. */
function phones(address: string, port: number, more = ''): string {
  const folder = workplace()
  const keys = `apiKey: { env: API_KEY }, webhookKey: { env: HOOK_KEY }${more}`
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `apiVersion: simplane/v1
kind: Settings
drivers: [{ name: phones, kind: nanomdm, address: "${address}", ${keys} }]
http: { listen: 127.0.0.1:${port} }
`,
  )
  return folder
}

function doctor(folder: string, env: Readonly<Record<string, string>> = ENV): Promise<Ended> {
  return simplane(folder, ['doctor'], { env })
}

test('before the first start all is well, and looking leaves nothing behind', async () => {
  const folder = workplace()
  const { code, out, err } = await doctor(folder, {})
  expect(out).toMatch(/^ok {4}source {5}\.\/desired-state, \d+ files$/m)
  expect(out).toMatch(/^ok {4}store {6}\.\/state\/simplane\.db is not there yet: the first start makes it$/m)
  expect(out).toMatch(/^ok {4}simulator {2}simulated/m)
  expect(out).toMatch(/\nAll is well\. No device was changed\.\n$/)
  expect([code, err, readdirSync(folder)]).toEqual([0, '', ['desired-state']])
})

test('an MDM that lets us in is told from one that does not, by what to do about it', async () => {
  const fake = await fakeMdm()
  const port = await freePort()
  const good = await doctor(phones(fake.address, port))
  expect(good.out).toMatch(/^ok {4}phones {3}http:\/\/127\.0\.0\.1:\d+ answers, version v0\.9\.0$/m)
  expect(good.out).toMatch(/^ok {4}phones {3}it takes the API key of nanomdm$/m)
  expect(good.out).toContain(`ok    webhook  127.0.0.1:${port} is free: the service will listen there`)
  expect(good.code).toBe(0)

  const stranger = await doctor(phones(fake.address, port), { ...ENV, API_KEY: 'wrong-key-7' })
  expect(stranger.out).toMatch(
    /^FAIL {2}phones {3}it does not take the API key of nanomdm\n {15}apiKey must be what/m,
  )
  expect(stranger.out).toContain('1 failure. No device was changed.')
  expect([stranger.code, stranger.out + stranger.err]).toEqual([
    1,
    expect.not.stringContaining('wrong-key-7'),
  ])

  const lost = await doctor(phones(fake.address, port, ', base: /api/v1/nanomdm'))
  expect(lost.out).toMatch(/^FAIL {2}phones {3}http\S+ has no \/api\/v1\/nanomdm\/pushcert \(HTTP 404\)/m)

  await fake.reachable(false)
  const away = await doctor(phones(fake.address, port))
  expect(away.out).toMatch(/^FAIL {2}phones {3}http\S+ does not answer: /m)
  expect([lost.code, away.code]).toEqual([1, 1])
})

test('a running service is tried with what its MDM would send, and no device hears of it', async () => {
  const fake = await fakeMdm()
  const phone = makeDevice()
  fake.enrol(phone)
  const folder = phones(fake.address, await freePort())
  const running = service(folder, { env: ENV })
  await running.says(/Listening for webhooks at http:\/\/127\.0\.0\.1:\d+/)
  const good = await doctor(folder)
  expect(good.out).toMatch(
    /^ok {4}webhook {2}127\.0\.0\.1:\d+ took a test as the MDM of phones would send it$/m,
  )
  expect([good.code, fake.told(phone), fake.queued(phone)]).toEqual([0, 0, 0])

  const renewed = await doctor(folder, { ...ENV, HOOK_KEY: 'renewed' })
  expect(renewed.out).toMatch(/^FAIL {2}webhook {2}.* refused a test with the key of the settings/m)
  expect(renewed.out).toContain('Start the service again')
  expect(renewed.code).toBe(1)
  expect((await running.stop('SIGTERM')).code).toBe(0)
})

test('another program where the service would listen is noticed', async () => {
  const fake = await fakeMdm()
  const other = await serve((_, response) => response.writeHead(404).end())
  const { code, out } = await doctor(phones(fake.address, Number(other.port)))
  expect(out).toMatch(/^FAIL {2}webhook {2}who listens at \S+ does not know driver phones/m)
  expect(code).toBe(1)
})

test('a source that is not there, a store of a newer simplane and a secret that is gone are each told, with the rest', async () => {
  const fake = await fakeMdm()
  const folder = phones(fake.address, await freePort(), ', path: own.db')
  const db = new Database(join(folder, 'newer.db'))
  db.pragma('application_id = 1')
  db.exec('create table something (x)')
  db.close()
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `apiVersion: simplane/v1
kind: Settings
source: { path: ./nowhere }
store: newer.db
drivers: [{ name: phones, kind: nanomdm, address: "${fake.address}", apiKey: { file: gone }, webhookKey: unsigned }]
`,
  )
  const ended = await simplane(folder, ['doctor', '-o', 'json'])
  const { checks, failures, warnings, kind } = parsed(ended)
  expect([ended.code, kind, failures, warnings]).toEqual([1, 'Diagnosis', 3, 0])
  expect(checks).toEqual([
    expect.objectContaining({
      about: 'source',
      result: 'fail',
      message: expect.stringContaining('nowhere') as string,
    }),
    expect.objectContaining({ about: 'store', result: 'fail' }),
    expect.objectContaining({
      about: 'phones',
      result: 'fail',
      message: expect.stringContaining('the file gone') as string,
    }),
    expect.objectContaining({ about: 'webhook' }),
  ])
  expect(existsSync(join(folder, 'state'))).toBe(false)
})
