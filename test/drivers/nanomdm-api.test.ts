import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { PlatformCapabilities } from '../../src/domain/driver.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import type { Log } from '../../src/domain/log.ts'
import { SECOND } from '../../src/domain/time.ts'
import { CAPABILITIES } from '../../src/drivers/nanomdm/capabilities.ts'
import { readEnqueued } from '../../src/drivers/nanomdm/enqueued.ts'
import { openNanoMdm } from '../../src/drivers/nanomdm/nanomdm.ts'
import { makeDevice } from './fakes/apple-device.ts'
import type { Fault } from './fakes/faults.ts'
import { drive, installOn, nanoMdm, shown } from './fakes/nanomdm-world.ts'

/** What NanoMDM was seen to answer, case by case (operations guide, and a running server). */
const SEEN: readonly (readonly [string, number, object | string, object])[] = [
  [
    'queued and pushed',
    200,
    { status: { d1: { push_result: '5B6C' } }, command_uuid: 'u1' },
    { kind: 'queued' },
  ],
  ['queued without a push, no status at all', 200, { no_push: true, command_uuid: 'u1' }, { kind: 'queued' }],
  [
    'push failed for this device',
    207,
    { status: { d1: { push_error: 'timeout' } }, command_uuid: 'u1' },
    { kind: 'queued', unpushed: 'timeout' },
  ],
  [
    'push failed for all: HTTP 500',
    500,
    { status: { d1: { push_error: 'no such host' } }, command_uuid: 'u1' },
    { kind: 'queued', unpushed: 'no such host' },
  ],
  [
    'no push certificate: HTTP 500',
    500,
    { push_error: 'retrieving push cert for topic x', command_uuid: 'u1' },
    { kind: 'queued', unpushed: 'retrieving push cert for topic x' },
  ],
  [
    'the same id again, kv',
    500,
    { command_error: 'command already exists: u1', command_uuid: 'u1' },
    { kind: 'queued' },
  ],
  [
    'the same id again, MySQL',
    500,
    { command_error: "Error 1062 (23000): Duplicate entry 'u1' for key 'commands.PRIMARY'" },
    { kind: 'queued' },
  ],
  [
    'the same id again, PostgreSQL',
    500,
    { command_error: 'pq: duplicate key value violates unique constraint "commands_pkey"' },
    { kind: 'queued' },
  ],
  [
    'an enrolment that MySQL does not know',
    500,
    { command_error: 'Error 1452: a foreign key constraint fails' },
    { kind: 'refused', code: 'not-found' },
  ],
  [
    'no plist',
    500,
    { command_error: 'decoding command: parse error: EOF' },
    { kind: 'refused', code: 'malformed' },
  ],
  [
    'an error of this device under HTTP 200',
    200,
    { status: { d1: { command_error: 'disk full' } }, command_uuid: 'u1' },
    { kind: 'trouble' },
  ],
  [
    'an error under the id of the command: a bug of the kv stores',
    207,
    { status: { u1: { command_error: 'disk full' } }, command_uuid: 'u1' },
    { kind: 'trouble' },
  ],
  [
    'an error beside a push that worked',
    207,
    { status: { d1: { push_result: 'x', command_error: 'disk full' } }, command_uuid: 'u1' },
    { kind: 'trouble' },
  ],
  ['an error of its database', 500, { command_error: 'dial tcp: connection refused' }, { kind: 'trouble' }],
  ['another command than was given', 200, { command_uuid: 'u2' }, { kind: 'trouble' }],
  ['an empty object', 200, {}, { kind: 'trouble' }],
  ['no JSON under HTTP 200', 200, '<html>', { kind: 'trouble' }],
  ['half of it', 200, '{"command_uuid":"u', { kind: 'trouble' }],
  ['a wrong key', 401, 'Unauthorized\n', { kind: 'forbidden' }],
]

describe('an answer of NanoMDM', () => {
  it.each(SEEN)('%s is judged by what it says, not by its HTTP status', (_, status, body, judgement) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    expect(readEnqueued({ status, headers: {}, body: text }, 'u1')).toMatchObject(judgement)
  })
})

describe('the NanoMDM driver', () => {
  it.each(['kv', 'mysql', 'pgsql'] as const)(
    'takes "it exists already" for the success of the try before (%s)',
    async (storage) => {
      const world = await nanoMdm({ fake: { storage } })
      const device = await world.enrol()
      const order = installOn(device)
      let calls = 0
      world.fake.dials.fault = (): Fault | undefined => ((calls += 1) === 1 ? 'cut-after' : undefined)
      expect(await drive(world.clock, world.driver.submit(order))).toMatchObject({ kind: 'accepted' })
      await world.live()
      expect(world.fake.effects(world.uuidOf(order.id) ?? '')).toBe(1)
    },
  )

  it('accepts what is queued although the push failed, and complains once about the certificate', async () => {
    const told: string[] = []
    const log: Log = {
      debug() {},
      info() {},
      warn: (event, message) => void told.push(`${event}: ${message}`),
      error() {},
    }
    const world = await nanoMdm({ driver: { log } })
    const devices = [await world.enrol(), await world.enrol()]
    world.fake.dials.push = 'no-certificate'
    for (const device of devices)
      expect(await world.driver.submit(installOn(device))).toMatchObject({ kind: 'accepted' })
    expect(told).toEqual([expect.stringMatching(/^unpushed: .*retrieving push cert/)])
    await world.live()
    for (const device of devices) expect((await shown(world, device)).esims).toHaveLength(1)
  })

  it.each(['mysql', 'pgsql'] as const)(
    'refuses a device that NanoMDM has forgotten (%s)',
    async (storage) => {
      const world = await nanoMdm({ fake: { storage } })
      const device = await world.enrol()
      const order = installOn(device)
      world.fake.forget(device)
      const first = await world.driver.submit(order)
      expect(first).toMatchObject({ kind: 'refused', code: 'not-found' })
      expect(await world.driver.submit(order)).toEqual(first)
      expect(await world.driver.outcome(order)).toMatchObject({ kind: 'failed', permanent: true })
    },
  )

  it('comes again later when nothing was taken, and does not say so when something may have been', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    const order = installOn(device)
    const now = world.clock.now()
    world.fake.dials.fault = (): Fault => 'throttled'
    expect(await world.driver.submit(order)).toMatchObject({ kind: 'deferred', retryAt: now + 7 * SECOND })
    expect(world.uuidOf(order.id)).toBeUndefined()
    await world.clock.advance(7 * SECOND)

    // Whether this one arrived is not known: the next answer cannot be that nothing happened.
    world.fake.dials.fault = (): Fault => 'cut-after'
    expect(await failure(drive(world.clock, world.driver.submit(order)))).toMatchObject({
      code: 'driver-unreachable',
    })
    world.fake.dials.fault = (): Fault => 'throttled'
    expect(await failure(drive(world.clock, world.driver.submit(order)))).toMatchObject({
      code: 'driver-unreachable',
    })
    await world.clock.advance(7 * SECOND)
    world.fake.dials.fault = (): undefined => undefined
    expect(await world.driver.submit(order)).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect(world.fake.effects(world.uuidOf(order.id) ?? '')).toBe(1)
  })

  it('does not know what became of a command until it gets through with it', async () => {
    const world = await nanoMdm()
    const device = await world.enrol()
    const order = installOn(device)
    let fault: Fault | undefined = 'refused-before'
    world.fake.dials.fault = () => fault
    await failure(drive(world.clock, world.driver.submit(order)))
    fault = undefined
    expect(await world.driver.outcome(order)).toEqual({ kind: 'unknown' })
    expect(await world.driver.submit(order)).toMatchObject({ kind: 'accepted' })
    expect(await world.driver.outcome(order)).toEqual({ kind: 'pending' })
  })

  it('says that the key is wrong, and never which', async () => {
    const world = await nanoMdm({ driver: { apiKey: () => 'wrong-hunter2' } })
    const device = makeDevice()
    world.fake.enrol(device)
    await world.deliver()
    const error = await failure(world.driver.look(device.udid))
    expect(error).toMatchObject({
      code: 'driver-unreachable',
      hint: expect.stringContaining('API key') as string,
    })
    expect(String(error)).not.toContain('hunter2')
    expect(await failure(world.driver.observe())).toMatchObject({ code: 'driver-unreachable' })
  })

  it('does not take a web server for a NanoMDM', async () => {
    const world = await nanoMdm({ driver: { base: '/v2' } })
    const device = makeDevice()
    world.fake.enrol(device)
    await world.deliver()
    const error = await failure(drive(world.clock, world.driver.submit(installOn(device))))
    expect(String(error)).toContain('HTTP 404')
  })

  it('speaks to a NanoHUB: another path, another user, nothing signed', async () => {
    const hub = { base: '/api/v1/nanomdm', user: 'nanohub' }
    const world = await nanoMdm({ fake: hub, driver: { ...hub, webhookKey: 'unsigned' } })
    const device = await world.enrol()
    expect(await world.driver.submit(installOn(device))).toMatchObject({ kind: 'accepted' })
    await world.live()
    expect((await shown(world, device)).esims).toMatchObject([{ source: { configuration: 'acme-phones' } }])
  })

  it.each([
    [
      'a Windows server name',
      { platform: 'windows', serverName: 'smdp.acme.example', isDiscoveryServer: false, autoEnable: true },
      'wrong-platform',
    ],
    [
      'an address without a scheme, which iOS refuses',
      { platform: 'ios', carrierUrl: 'smdp.acme.example' },
      'bad-url',
    ],
    ['an address of another kind', { platform: 'ios', carrierUrl: 'LPA:1$smdp.acme.example$X' }, 'bad-url'],
  ] as const)('does not send %s', async (_, spec, code) => {
    const world = await nanoMdm()
    const device = await world.enrol()
    expect(await world.driver.submit({ ...installOn(device), spec })).toMatchObject({ kind: 'refused', code })
    expect(world.fake.queued(device)).toBe(0)
  })

  it('sends nothing to a Mac, a User Enrollment, or a device that is still enrolling', async () => {
    const world = await nanoMdm()
    const mac = await world.enrol(makeDevice('Mac14,2'))
    expect(await world.driver.submit(installOn(mac))).toMatchObject({
      kind: 'refused',
      code: 'wrong-platform',
    })
    const byod = makeDevice()
    byod.channel = 'User Enrollment (Device)'
    await world.enrol(byod)
    expect(await shown(world, byod)).toMatchObject({ userEnrolled: true, esims: 'unknown' })
    expect(await world.driver.submit(installOn(byod))).toMatchObject({
      kind: 'refused',
      code: 'user-enrolled',
    })
    const slow = makeDevice()
    world.fake.enrol(slow)
    await world.deliver(({ topic }) => topic === 'mdm.TokenUpdate')
    expect(await shown(world, slow)).toMatchObject({ registration: 'unknown' })
    expect(await world.driver.submit(installOn(slow))).toMatchObject({ kind: 'refused', code: 'not-active' })
    expect([mac, byod, slow].map((device) => world.fake.queued(device))).toEqual([0, 0, 0])
  })

  it('refuses an address that is not encrypted before it opens anything', async () => {
    const world = await nanoMdm()
    const options = {
      name: 'x',
      path: `${world.file}-x`,
      clock: world.clock,
      apiKey: () => 'k',
      webhookKey: () => 'k',
    }
    const opened = openNanoMdm({ ...options, address: 'http://mdm.acme.example' })
    expect(await failure(opened)).toMatchObject({ code: 'settings' })
  })

  it.each([
    ['of something else', 'create table something (else_)', 'driver-unreachable'],
    [
      'of a newer version',
      'pragma application_id = 1852662893; pragma user_version = 99; create table device (id)',
      'store-newer',
    ],
  ])('refuses a file %s', async (_, sql, code) => {
    const world = await nanoMdm()
    const path = `${world.file}-other`
    const db = new Database(path)
    db.exec(sql)
    db.close()
    const { address, apiKey } = world.fake
    const options = {
      name: 'x',
      path,
      clock: world.clock,
      address,
      apiKey: () => apiKey,
      webhookKey: () => 'k',
    }
    expect(await failure(openNanoMdm(options))).toMatchObject({ code })
  })
})

describe('the page about the driver', () => {
  it('says what the driver can do', () => {
    const { ios, windows } = CAPABILITIES
    const row = (name: string, { steps, seesEveryEsim }: PlatformCapabilities): string =>
      `| ${name} | ${steps.length === 0 ? 'none' : steps.join(', ')} | ${seesEveryEsim ? 'yes' : 'no'} |`
    const page = readFileSync(new URL('../../docs/drivers/nanomdm.md', import.meta.url), 'utf8')
    expect(page).toContain(row('iOS, iPadOS', ios))
    expect(page).toContain(row('Windows', windows))
  })
})

async function failure(work: Promise<unknown>): Promise<SimplaneError> {
  try {
    await work
  } catch (error) {
    if (error instanceof SimplaneError) return error
    throw error
  }
  throw new Error('it did not fail')
}
