import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import type { Command } from '../../src/domain/driver.ts'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { registrationOf } from '../../src/drivers/ivanti/device.ts'
import { inventory } from '../conformance/driver-world.ts'
import { attributesAt } from './fakes/ivanti/enrolled.ts'
import {
  ACME,
  ERASE,
  ESIM,
  happened,
  installOn,
  ivanti,
  NEO,
  order,
  PHONES,
  shown,
  type IvantiWorld,
} from './fakes/ivanti/world.ts'
import { drive } from './fakes/nanomdm-world.ts'

function refusing(world: IvantiWorld, work: Promise<unknown>): Promise<unknown> {
  return drive(world.clock, work).catch((error: unknown) => error)
}

const UNREACHABLE = { code: 'driver-unreachable' }

describe('the inventory', () => {
  it('knows a Windows desktop under both names of its platform, and no other Windows device', async () => {
    const world = await ivanti()
    const asV1 = world.enrol()
    const asCps = world.enrol('windows', { platformType: 'WINDOWS', windowsDeviceType: null })
    const phone = world.enrol('windows', { windowsDeviceType: 'WINDOWS_MOBILE' })
    const unsaid = world.enrol('windows', { windowsDeviceType: null })
    expect((await shown(world, asV1)).platform).toBe('windows')
    expect((await shown(world, asCps)).platform).toBe('windows')
    expect((await shown(world, phone)).platform).toBe('other')
    expect((await shown(world, unsaid)).platform).toBe('other')
  })

  it('reads times in milliseconds, a SIM that is "Not Present", and a build that stands elsewhere', async () => {
    const world = await ivanti()
    const device = world.enrol('windows', { platformVersion: '10.0' })
    world.fake.dials.show = (json) => ({ ...json, osBuildVersion: '22631.3155', iccid: 'Not Present' })
    expect(await shown(world, device)).toMatchObject({
      osVersion: '22631.3155',
      lastSeenAt: device.lastCheckin,
      enrolledAt: device.lastRegistrationTime,
      esims: 'unknown',
      esimsComplete: false,
      labels: { site: 'paris' },
    })
  })

  it.each([
    ['ACTIVE', 'active'],
    ['Retire Pending', 'retire-pending'],
    ['PENDING RETIREMENT', 'retire-pending'],
    ['RETIRE_SENT', 'retire-pending'],
    ['Retired', 'retired'],
    ['WIPE_SENT', 'wipe-pending'],
    ['WIPED', 'wiped'],
    ['RETIRE_CANCELED', 'unknown'],
    ['WIPE_CANCELED', 'unknown'],
    ['ACTIVE_2', 'unknown'],
    ['INACTIVE', 'unknown'],
    ['', 'unknown'],
  ] as const)('takes registration %s for %s', (text, registration) => {
    expect(registrationOf(text)).toBe(registration)
  })

  it('takes no masked identity for one: serial number, EID and ICCID', async () => {
    const world = await ivanti({ driver: { iccids: 'trust' } })
    const device = world.enrol('windows', { reportedIccids: ['8933150319000000001'] })
    world.fake.dials.masked = true
    expect(await shown(world, device)).toMatchObject({ serialNumber: '****', eid: '****', esims: [] })
  })

  it('asks for 500 rows at most, by id, and for the space that is the default', async () => {
    const world = await ivanti({ devices: 3 })
    await world.driver.observe()
    const lists = world.fake.requests.filter((each) => each.startsWith('GET /api/v1/device?'))
    expect(lists).toEqual([
      'GET /api/v1/device?q=&dmPartitionId=26653&start=0&rows=500&sortFields%5B0%5D.name=id&sortFields%5B0%5D.order=ASC',
    ])
  })

  it('is whole where the MDM gives 50 rows only', async () => {
    const world = await ivanti({ devices: 120 })
    world.fake.dials.mostRows = 50
    const { observations, totals } = await inventory(world.driver)
    expect(new Set(observations.map(({ facts }) => facts.id)).size).toBe(120)
    expect(totals.every((each) => each === 120)).toBe(true)
  })

  it('is given up when a device goes between two pages, for another would be missed', async () => {
    const world = await ivanti({ devices: 120 })
    world.fake.dials.mostRows = 50
    const { next } = await world.driver.observe()
    const [first] = world.fake.devices.keys()
    world.fake.devices.delete(first ?? 0)
    expect(await refusing(world, world.driver.observe(next))).toMatchObject(UNREACHABLE)
  })

  it.each(['malformed', 'half', 'refused-after'] as const)(
    'is given up when an answer is %s',
    async (fault) => {
      const world = await ivanti({ devices: 3 })
      world.fake.dials.fault = (request) =>
        request.url?.startsWith('/api/v1/device?') === true ? fault : undefined
      expect(await refusing(world, world.driver.observe())).toMatchObject(UNREACHABLE)
    },
  )

  it('is given up on errors that come with HTTP 200', async () => {
    const world = await ivanti({ devices: 3 })
    world.fake.dials.errors = 'Search is not available'
    expect(await refusing(world, world.driver.observe())).toMatchObject(UNREACHABLE)
  })

  it('takes the 404 of a proxy for no answer: only the MDM itself can say that a device is gone', async () => {
    const world = await ivanti()
    for (const body of ['<html><h1>404</h1></html>', '{"message":"no route matched"}']) {
      world.fake.dials.proxy404 = body
      expect(await refusing(world, world.driver.look('99'))).toMatchObject(UNREACHABLE)
    }
    world.fake.dials.proxy404 = false
    expect(await world.driver.look('99')).toBeUndefined()
  })

  it('says what to check when the credentials are not accepted, without showing them', async () => {
    const world = await ivanti({ driver: { password: () => 'wrong-password' } })
    const error = await refusing(world, world.driver.observe())
    expect(error).toMatchObject({ ...UNREACHABLE, hint: expect.stringContaining('password and PIN') })
    expect(String(error)).not.toContain('wrong-password')
  })
})

describe('an install', () => {
  it.each(['dropped', 'kept'] as const)(
    'leaves the attributes of others alone, be what is left out %s',
    async (leftOut) => {
      const world = await ivanti()
      world.fake.dials.leftOut = leftOut
      const device = world.enrol()
      await world.driver.submit(installOn(device))
      world.fake.setAttributes(device, { costCentre: '0012' })
      await world.live()
      await world.driver.submit(order(device, 'uninstall', { configuration: 'acme-laptops', spec: ACME }))
      await world.live()
      expect(attributesAt(device, world.clock.now())).toEqual({
        site: 'paris',
        costCentre: '0012',
        [ESIM]: 'none',
      })
      expect(device.configurations.size).toBe(0)
    },
  )

  it('is refused with the way out where no configuration of the console says the same', async () => {
    const world = await ivanti()
    const device = world.enrol()
    const other = { ...ACME, autoEnable: false }
    expect(await world.driver.submit(installOn(device, other))).toMatchObject({
      kind: 'refused',
      code: 'no-such-configuration',
      message: expect.stringContaining(ESIM),
    })
    expect(device.attributes).toHaveLength(1)
  })

  it('is refused, and names the attribute, where that was never made in the console', async () => {
    const world = await ivanti()
    world.fake.knownAttributes.delete(ESIM)
    const sent = installOn(world.enrol())
    const first = await world.driver.submit(sent)
    expect(first).toMatchObject({ kind: 'refused', message: expect.stringContaining(ESIM) })
    expect(await world.driver.submit(sent)).toEqual(first)
    expect(await world.driver.outcome(sent)).toMatchObject({ kind: 'failed', permanent: true })
  })

  it.each([
    ['Windows 10', { platformVersion: '10.0.19045' }, ACME],
    ['another platform', {}, PHONES],
    ['a device that is being retired', { registrationState: 'RETIRE_PENDING' }, ACME],
    ['a device in an unknown state', { registrationState: 'SOMETHING_NEW' }, ACME],
  ])('is refused on %s', async (_, changes, spec) => {
    const world = await ivanti()
    const device = world.enrol('windows', changes)
    expect(await world.driver.submit(installOn(device, spec))).toMatchObject({ kind: 'refused' })
    expect(device.attributes).toHaveLength(1)
  })

  it('is on its way until a check-in long enough after it: an earlier one proves nothing', async () => {
    const world = await ivanti()
    const device = world.enrol()
    const sent = installOn(device)
    await world.driver.submit(sent)
    await world.clock.advance(10 * MINUTE)
    world.fake.checkInAll()
    expect(await world.driver.outcome(sent)).toEqual({ kind: 'pending' })
    expect((await shown(world, device)).installed).toEqual([])
    await world.live()
    expect(await world.driver.outcome(sent)).toMatchObject({ kind: 'done', at: device.lastCheckin })
    expect((await shown(world, device)).installed).toMatchObject([
      { configuration: 'acme-laptops', spec: ACME },
    ])
  })

  it('again, after an eSIM reset by hand, takes the configuration off first: the same value would do nothing', async () => {
    const world = await ivanti()
    const device = world.enrol()
    await world.driver.submit(installOn(device))
    await world.live()
    device.chip.esims = []
    const again = installOn(device)
    await world.driver.submit(again)
    for (let hours = 0; hours < 3; hours += 1) {
      await world.live()
      await world.driver.outcome(again)
    }
    expect(await world.driver.outcome(again)).toMatchObject({ kind: 'done' })
    expect(device.chip.esims).toMatchObject([{ from: 'smdp.acme.example' }])
    expect(happened(device, 'downloaded')).toBe(2)
  })

  it('takes the configuration off first too where another did so unheard, and the eSIM that should show does not', async () => {
    const world = await ivanti({ driver: { iccids: 'trust' } })
    const device = world.enrol()
    await shown(world, device)
    await world.driver.submit(installOn(device))
    await world.live()
    expect((await shown(world, device)).esims).toHaveLength(1)
    device.chip.esims = []
    await world.live()
    world.fake.setAttributes(device, { [ESIM]: 'none' })
    const again = installOn(device)
    await world.driver.submit(again)
    for (let hours = 0; hours < 2; hours += 1) {
      await world.live()
      await world.driver.outcome(again)
    }
    expect(await world.driver.outcome(again)).toMatchObject({ kind: 'done' })
    expect([happened(device, 'downloaded'), device.chip.esims.length]).toEqual([2, 1])
  })

  it('that was given up never writes behind a newer one', async () => {
    const world = await ivanti()
    const device = world.enrol()
    await world.driver.submit(installOn(device))
    await world.live()
    device.online = false
    const old = installOn(device)
    await world.driver.submit(old)
    await world.clock.advance(5 * DAY)
    await world.driver.submit(order(device, 'uninstall', { configuration: 'acme-laptops', spec: ACME }))
    device.online = true
    for (let hours = 0; hours < 3; hours += 1) {
      await world.live()
      await world.driver.observe()
    }
    expect(attributesAt(device, world.clock.now())[ESIM]).toBe('none')
    expect(await world.driver.outcome(old)).toMatchObject({ kind: 'failed', code: 'superseded' })
  })

  it('is not read from a search that lags behind', async () => {
    const world = await ivanti()
    const device = world.enrol()
    await world.driver.submit(installOn(device))
    await world.live()
    world.fake.dials.searchLag = 2 * HOUR
    const { observations } = await inventory(world.driver)
    expect(observations[0]?.facts.installed).toMatchObject([{ spec: ACME }])
  })

  it('shows as gone when somebody else changes the attribute, and as unknown for a value nobody declared', async () => {
    const world = await ivanti()
    const device = world.enrol()
    await world.driver.submit(installOn(device))
    await world.live()
    world.fake.setAttributes(device, { [ESIM]: 'none' })
    await world.live()
    expect((await shown(world, device)).installed).toEqual([])
    world.fake.setAttributes(device, { [ESIM]: 'mystery' })
    expect((await shown(world, device)).installed).toBe('unknown')
    world.fake.setAttributes(device, { [ESIM]: 'neo' })
    expect((await shown(world, device)).installed).toMatchObject([{ spec: NEO, managed: false }])
  })

  it('brings the ICCID that shows after it, where ICCIDs are trusted, and none that was there before', async () => {
    const world = await ivanti({ driver: { iccids: 'trust' } })
    const physical = '8933150319999999999'
    const device = world.enrol('windows', { reportedIccids: [physical] })
    world.fake.dials.show = (json) => ({
      ...json,
      serviceSubscriptions: device.reportedIccids.map((iccid) => ({ iccid: `${iccid}F` })),
    })
    device.chip.esims.push({ iccid: physical, from: 'a SIM' })
    expect((await shown(world, device)).esims).toEqual([{ iccid: physical }])
    await world.driver.submit(installOn(device))
    await world.live()
    const { esims } = await shown(world, device)
    expect(esims).toHaveLength(2)
    expect(esims).toContainEqual({ iccid: physical })
    expect(esims).toContainEqual({
      iccid: device.chip.esims[1]?.iccid,
      source: {
        configuration: 'acme-laptops',
        identity: 'windows:smdp.acme.example',
        onRemove: 'keep-esims',
      },
    })
  })

  it('brings its ICCID, be its answer lost and the ICCID shown before it is known that it arrived', async () => {
    const world = await ivanti({ driver: { iccids: 'trust', answerWithin: 30_000 } })
    const device = world.enrol()
    await shown(world, device)
    const sent = installOn(device)
    let isTold = false
    world.fake.dials.fault = ({ method }) => {
      isTold ||= method === 'PUT'
      return isTold ? 'cut-after' : undefined
    }
    expect(await refusing(world, world.driver.submit(sent))).toMatchObject(UNREACHABLE)
    world.fake.dials.fault = () => undefined
    await world.live()
    const [esim] = device.chip.esims
    // Whose it is cannot be said yet, and must not be said for good.
    expect((await shown(world, device)).esims).toEqual([{ iccid: esim?.iccid }])
    expect((await shown(world, device)).esims).toMatchObject([
      { iccid: esim?.iccid, source: { identity: 'windows:smdp.acme.example' } },
    ])
    await world.live()
    expect(await world.driver.outcome(sent)).toMatchObject({ kind: 'done' })
    expect([happened(device, 'downloaded'), happened(device, 'refreshed')]).toEqual([1, 0])
  })

  it.each(['the inventory', 'the question what became of it'])(
    'again does not bring an ICCID that appears while the configuration is off the device, be it %s that goes on',
    async (how) => {
      const world = await ivanti({ driver: { iccids: 'trust' } })
      const device = world.enrol()
      world.fake.dials.show = (json) => ({
        ...json,
        serviceSubscriptions: device.reportedIccids.map((iccid) => ({ iccid })),
      })
      await shown(world, device)
      await world.driver.submit(installOn(device))
      await world.live()
      expect((await shown(world, device)).esims).toHaveLength(1)
      device.chip.esims = []
      await world.live()
      const again = installOn(device)
      await world.driver.submit(again)
      // Somebody puts a SIM in, which the device shows when it has heard that its configuration goes.
      const physical = '8933150319999999999'
      device.chip.esims.push({ iccid: physical, from: 'a SIM' })
      await world.live()
      expect([happened(device, 'removed'), attributesAt(device, world.clock.now())[ESIM]]).toEqual([
        1,
        'none',
      ])
      if (how !== 'the inventory') await world.driver.outcome(again)
      expect((await shown(world, device)).esims).toEqual([{ iccid: physical }])
      await world.live()
      const own = device.chip.esims.find(({ from }) => from === 'smdp.acme.example')
      const { esims } = await shown(world, device)
      expect(esims).toHaveLength(2)
      expect(esims).toContainEqual({ iccid: physical })
      expect(esims).toContainEqual(
        expect.objectContaining({
          iccid: own?.iccid,
          source: expect.objectContaining({ configuration: 'acme-laptops' }) as unknown,
        }),
      )
    },
  )
})

describe('an eSIM reset', () => {
  it('is no capability unless its attribute is set', async () => {
    const world = await ivanti({ reset: false })
    expect(world.driver.capabilities.windows.steps).not.toContain('reset')
    expect(await world.driver.submit(order(world.enrol(), 'reset'))).toMatchObject({ kind: 'refused' })
  })

  it('runs once, and is not over before its attribute is cleared and the device has heard of that', async () => {
    const world = await ivanti()
    const device = world.enrol()
    await world.driver.submit(installOn(device))
    await world.live()
    const reset = order(device, 'reset')
    await world.driver.submit(reset)
    const again = installOn(device)
    expect(await world.driver.submit(again)).toMatchObject({ kind: 'deferred' })
    await world.live()
    expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
    expect(attributesAt(device, world.clock.now())[ERASE]).toBe('none')
    expect(await world.driver.submit(again)).toMatchObject({ kind: 'deferred' })
    await world.live()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    await world.driver.submit(again)
    for (let hours = 0; hours < 3; hours += 1) {
      await world.live()
      await world.driver.outcome(again)
    }
    expect([happened(device, 'erased'), device.chip.esims.length]).toEqual([1, 1])
  })

  it('that no device came for is taken back, by the inventory alone, and said to have failed', async () => {
    const world = await ivanti()
    const device = world.enrol()
    device.online = false
    const reset = order(device, 'reset')
    await world.driver.submit(reset)
    await world.clock.advance(3 * DAY + HOUR)
    await world.driver.observe()
    expect(attributesAt(device, world.clock.now())[ERASE]).toBe('none')
    await world.clock.advance(HOUR)
    device.online = true
    expect(await world.driver.outcome(reset)).toMatchObject({
      kind: 'failed',
      code: 'withdrawn',
      permanent: false,
    })
    await world.live()
    expect(happened(device, 'erased')).toBe(0)
  })

  it('that may have run is never said to have failed, nor sent again', async () => {
    const world = await ivanti()
    const device = world.enrol()
    const reset = order(device, 'reset')
    await world.driver.submit(reset)
    await world.clock.advance(5 * MINUTE)
    world.fake.checkInAll()
    device.online = false
    await world.clock.advance(3 * DAY + HOUR)
    for (let hours = 0; hours < 3; hours += 1) {
      expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
      await world.clock.advance(HOUR)
    }
    device.online = true
    await world.live()
    expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
    expect([happened(device, 'erased'), attributesAt(device, world.clock.now())[ERASE]]).toEqual([1, 'none'])
  })

  it('is not done while an eSIM of ours still shows, where ICCIDs are trusted', async () => {
    const world = await ivanti({ driver: { iccids: 'trust' } })
    const device = world.enrol()
    await shown(world, device)
    await world.driver.submit(installOn(device))
    await world.live()
    expect((await shown(world, device)).esims).toHaveLength(1)
    const stale = device.reportedIccids
    const reset = order(device, 'reset')
    await world.driver.submit(reset)
    for (let hours = 0; hours < 3; hours += 1) {
      await world.live()
      device.reportedIccids = stale
      expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
    }
    await world.live()
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
  })

  it.each([
    ['an iPhone', 'ios', {}],
    ['Windows 10', 'windows', { platformVersion: '10.0.19045' }],
    ['a device that is being retired', 'windows', { registrationState: 'RETIRE_SENT' }],
  ] as const)('is refused on %s', async (_, os, changes) => {
    const world = await ivanti()
    const device = world.enrol(os, changes)
    expect(await world.driver.submit(order(device, 'reset'))).toMatchObject({ kind: 'refused' })
    expect(device.attributes).toHaveLength(1)
  })

  it('goes on after a crash with what was written, and runs once', async () => {
    const world = await ivanti()
    const device = world.enrol()
    const reset = order(device, 'reset')
    world.fake.dials.fault = (request) => (request.method === 'PUT' ? 'cut-after' : undefined)
    await drive(world.clock, world.driver.submit(reset)).catch(() => undefined)
    world.fake.dials.fault = () => undefined
    await world.restart()
    expect(await world.driver.outcome(reset)).toEqual({ kind: 'pending' })
    await world.driver.submit(reset)
    for (let hours = 0; hours < 3; hours += 1) {
      await world.live()
      await world.driver.outcome(reset)
    }
    expect(await world.driver.outcome(reset)).toMatchObject({ kind: 'done' })
    expect(happened(device, 'erased')).toBe(1)
  })
})

describe('retiring and deleting', () => {
  it('retires once, be the answer lost, and says done when the MDM shows it', async () => {
    const world = await ivanti()
    const device = world.enrol()
    const retire = order(device, 'retire')
    world.fake.dials.fault = (request) =>
      request.url?.endsWith('/retire') === true ? 'cut-after' : undefined
    expect(await refusing(world, world.driver.submit(retire))).toMatchObject(UNREACHABLE)
    world.fake.dials.fault = () => undefined
    expect(await world.driver.outcome(retire)).toMatchObject({ kind: 'done' })
    expect(await world.driver.submit(retire)).toEqual({ kind: 'accepted' })
    expect(world.fake.requests.filter((each) => each.endsWith('/retire'))).toHaveLength(1)
  })

  it('asks again under the same id when nothing was taken, and waits for one that is on its way', async () => {
    const world = await ivanti()
    world.fake.dials.retireWaits = true
    const device = world.enrol()
    const retire = order(device, 'retire')
    world.fake.dials.fault = (request) =>
      request.url?.endsWith('/retire') === true ? 'refused-before' : undefined
    expect(await refusing(world, world.driver.submit(retire))).toMatchObject(UNREACHABLE)
    expect(await world.driver.outcome(retire)).toEqual({ kind: 'unknown' })
    world.fake.dials.fault = () => undefined
    expect(await world.driver.submit(retire)).toEqual({ kind: 'accepted' })
    expect(await shown(world, device)).toMatchObject({ registration: 'retire-pending' })
  })

  it.each(['throttled', 'throttled-silently'] as const)(
    'is put off when the MDM is busy (%s)',
    async (fault) => {
      const world = await ivanti()
      const device = world.enrol()
      world.fake.dials.fault = (request) => (request.url?.endsWith('/retire') === true ? fault : undefined)
      const retire = order(device, 'retire')
      expect(await world.driver.submit(retire)).toMatchObject({
        kind: 'deferred',
        retryAt: expect.any(Number) as unknown,
      })
      expect(device.registrationState).toBe('ACTIVE')
      world.fake.dials.fault = () => undefined
      expect(await world.driver.outcome(retire)).toEqual({ kind: 'unknown' })
    },
  )

  it.each([
    ['ACTIVE', -DAY, 'not-stale'],
    ['RETIRE_CANCELED', -DAY, 'not-stale'],
    ['WIPED', DAY, 'not-older'],
  ] as const)('deletes no record that is %s or newer', async (registrationState, age, code) => {
    const world = await ivanti()
    const live = world.enrol()
    const lastRegistrationTime = live.lastRegistrationTime + age
    const other = world.enrol('windows', { serial: live.serial, registrationState, lastRegistrationTime })
    const record = recordKey('ivanti', String(other.id))
    expect(await world.driver.submit(order(live, 'delete-record', { record }))).toMatchObject({
      kind: 'refused',
      code,
    })
    expect(world.fake.devices.has(other.id)).toBe(true)
  })

  it('deletes by `deviceIds`, once, and one record only', async () => {
    const world = await ivanti()
    const old = world.enrol('windows', { registrationState: 'WIPED', lastRegistrationTime: 1 })
    const live = world.enrol('windows', { serial: old.serial })
    const command = order(live, 'delete-record', { record: recordKey('ivanti', String(old.id)) })
    world.fake.dials.fault = (request) => (request.method === 'DELETE' ? 'refused-after' : undefined)
    expect(await refusing(world, world.driver.submit(command))).toMatchObject(UNREACHABLE)
    world.fake.dials.fault = () => undefined
    expect(await world.driver.outcome(command)).toMatchObject({ kind: 'done' })
    expect(await world.driver.submit(command)).toEqual({ kind: 'accepted' })
    const deletions = world.fake.requests.filter((each) => each.startsWith('DELETE'))
    expect(deletions).toEqual([`DELETE /api/v1/device?deviceIds=${old.id}`])
    expect([...world.fake.devices.keys()]).toEqual([live.id])
  })
})

describe('erasing a device', () => {
  const SOURCE = resolve(import.meta.dirname, '../../src/drivers/ivanti')

  it('is not in the API that the driver has: no address of it can be written', () => {
    const files = readdirSync(SOURCE)
    expect(files.length).toBeGreaterThan(10)
    const texts = files.map((file) => readFileSync(join(SOURCE, file), 'utf8'))
    const paths = texts.flatMap((text) => [...text.matchAll(/[`'"](\/api[^`'"]*)/g)].map(([, path]) => path))
    expect(paths).toHaveLength(6)
    expect(new Set(paths)).toEqual(
      new Set([
        '/api/v1/device/${name}',
        '/api/v1/device/${segment(id)}/customattributes',
        '/api/v1/device/${segment(id)}?${query}',
        '/api/v1/device?deviceIds=${segment(id)}',
        '/api/v1/device?q=&${query}&${BY_ID}',
        '/api/v1/metadata/tenant',
      ]),
    )
    expect(texts.filter((text) => /type DeviceAction = 'retire'\n/.test(text))).toHaveLength(1)
    // The registrations of the MDM are the only words of the kind.
    const words = texts.flatMap((text) => text.match(/\w*wipe\w*/gi) ?? [])
    expect(new Set(words.map((word) => word.toLowerCase()))).toEqual(
      new Set(['wipepending', 'wipesent', 'wiped', 'wipe']),
    )
    expect(words.filter((word) => word === 'wipe')).toHaveLength(
      texts.join('').split("'wipe-pending'").length - 1,
    )
  })

  it('is never asked for, whatever the command says', async () => {
    const world = await ivanti()
    const device = world.enrol()
    const hostile = [
      'wipe',
      '../wipe',
      `${device.id}/../wipe`,
      'wipe?ids=1',
      '%2e%2e%2fwipe',
      `${device.id}&ids=1`,
    ]
    const kinds: readonly Command['kind'][] = [
      'install',
      'update',
      'uninstall',
      'reset',
      'delete-record',
      'retire',
    ]
    for (const kind of kinds) {
      for (const text of hostile) {
        const spec = { ...ACME, serverName: text }
        const record = recordKey('ivanti', text)
        const command = order(device, kind, { configuration: text, spec, record })
        const elsewhere = {
          ...command,
          id: `${command.id}x` as Command['id'],
          device: { ...command.device, id: text },
        }
        for (const each of [command, elsewhere]) {
          await world.driver.submit(each)
          await world.driver.outcome(each)
        }
        await world.driver.look(text)
      }
      await world.live()
    }
    const all = world.fake.requests
    expect(all.length).toBeGreaterThan(50)
    expect(all.filter((each) => /wipe/i.test(each))).toEqual([])
    expect(world.fake.wipes()).toBe(0)
    expect(world.fake.devices.size).toBe(1)
  })
})

describe('settings that could go wrong', () => {
  it.each([
    ['two values that say the same', { acme: ACME, other: ACME }],
    ['a value that the search leaves out', { into: ACME }],
    ['a value with a meaning of its own', { none: ACME }],
    ['a value that a rule could not hold', { 'a"b': ACME }],
  ])('%s are refused', async (_, configurations) => {
    const refused = await ivanti({ configurations }).catch((error: unknown) => error)
    expect(refused).toMatchObject({ code: 'settings' })
  })

  it('one attribute for both, and an address that is not encrypted, are refused', async () => {
    const targeting = { attribute: ESIM, configurations: {}, resetAttribute: ESIM }
    expect(await ivanti({ driver: { targeting } }).catch((error: unknown) => error)).toMatchObject({
      code: 'settings',
    })
    expect(
      await ivanti({ driver: { address: 'http://mdm.example' } }).catch((error: unknown) => error),
    ).toMatchObject({ code: 'settings' })
  })
})

describe('its page', () => {
  const text = readFileSync(resolve(import.meta.dirname, '../../docs/drivers/ivanti.md'), 'utf8')

  it('says what the driver can do, as the code has it', async () => {
    const without = await ivanti({ reset: false })
    const { windows, ios } = without.driver.capabilities
    expect(text).toContain(`| Windows 11 | ${windows.steps.join(', ')}; reset where it is set up | no |`)
    expect(text).toContain(`| iOS, iPadOS | ${ios.steps.join(', ')} | no |`)
    const withIt = await ivanti()
    expect(withIt.driver.capabilities.windows.steps).toEqual([...windows.steps, 'reset'])
  })

  it('says "eSIM reset", never the bare word', () => {
    for (const name of ['ivanti', 'runbook']) {
      const page = readFileSync(resolve(import.meta.dirname, `../../docs/drivers/${name}.md`), 'utf8')
      const prose = page
        .replaceAll(/```[^]*?```|`[^`]*`/g, '')
        .replaceAll(/eSIM\s+resets?|; reset where it is set up/g, '')
      expect({ name, bare: prose.match(/\bresets?\b/gi) ?? [] }).toEqual({ name, bare: [] })
    }
  })
})
