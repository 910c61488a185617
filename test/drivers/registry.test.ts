import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { driverFaces, openRunning, surroundings, type Setting } from '../../src/app.ts'
import { secretsOf } from '../../src/secrets.ts'
import type { Driver } from '../../src/domain/driver.ts'
import { checkDriver, trialWebhook } from '../../src/drivers/registry.ts'
import { checkPermissions } from '../../src/drivers/intune/permissions.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { NO_SCREEN } from '../../src/reconcile/parts.ts'
import { parseSettings } from '../../src/settings.ts'
import { testClock } from '../clock.ts'
import { openFakeFleet } from './fakes/fleet/fleet.ts'
import { openFakeGraph } from './fakes/intune/graph.ts'
import { openFakeIvanti } from './fakes/ivanti/mdm.ts'
import { openFakeJamf } from './fakes/jamf/jamf.ts'
import { openFakeNanoMdm } from './fakes/nanomdm.ts'
import { openFakeSimpleMdm } from './fakes/simplemdm/simplemdm.ts'

const clock = testClock()
const now = (): number => clock.now()

/** Its settings as an administrator writes them, and the secret that is right. */
type Kind = { readonly keys: string; readonly secret: string }

/** Every kind of driver with a fake of its MDM. */
const KINDS: Readonly<Record<string, () => Promise<Kind>>> = {
  simulator: async () => ({ keys: 'devices: 3', secret: '' }),
  nanomdm: async () => {
    const fake = held(await openFakeNanoMdm({ now, hmacKey: 'hook-key' }))
    return {
      keys: `address: "${fake.address}", apiKey: { env: SECRET }, webhookKey: unsigned`,
      secret: fake.apiKey,
    }
  },
  fleet: async () => {
    const fake = held(await openFakeFleet({ now }))
    return { keys: `address: "${fake.address}", token: { env: SECRET }, premium: true`, secret: fake.token }
  },
  intune: async () => {
    const fake = held(await openFakeGraph(now))
    const where = `address: "${fake.address}", authority: "${fake.authority}", tenant: acme.example`
    const who = 'clientId: 11111111-2222-4333-8444-555555555555, clientSecret: { env: SECRET }'
    return { keys: `${where}, ${who}`, secret: 'client-secret-value' }
  },
  ivanti: async () => {
    const fake = held(await openFakeIvanti(now))
    const console = 'attribute: simplaneEsim, configurations: { acme1: { serverName: smdp.acme.example } }'
    const who = 'user: api@acme.example, password: { env: SECRET }'
    return { keys: `address: "${fake.address}", ${who}, ${console}`, secret: 'api-password' }
  },
  jamf: async () => {
    const fake = held(await openFakeJamf({ now }))
    const who = `clientId: ${fake.clientId}, clientSecret: { env: SECRET }`
    return { keys: `address: "${fake.address}", ${who}`, secret: fake.clientSecret }
  },
  simplemdm: async () => {
    const fake = held(await openFakeSimpleMdm(now))
    return { keys: `address: "${fake.address}", apiKey: { env: SECRET }`, secret: fake.apiKey }
  },
}

function held<T extends AsyncDisposable>(part: T): T {
  onTestFinished(async () => part[Symbol.asyncDispose]())
  return part
}

function settingOf(kind: string, keys: string, secret: string): Setting {
  const base = mkdtempSync(join(tmpdir(), 'simplane-registry-'))
  onTestFinished(() => rmSync(base, { recursive: true, force: true }))
  const env = { SECRET: secret }
  const text = `apiVersion: simplane/v1\nkind: Settings\ndrivers: [{ name: mdm, kind: ${kind}, ${keys} }]\n`
  const { settings, findings } = parseSettings(text, 'simplane.yaml', env)
  expect(findings).toEqual([])
  if (settings === undefined) throw new Error('the settings are not valid')
  return { settings, base, env }
}

async function opened(setting: Setting): Promise<Driver> {
  const given = { clock, log: NO_LOG, screen: NO_SCREEN, program: 'test' }
  const running = held(await openRunning(setting, given))
  const [driver] = running.parts.drivers
  if (driver === undefined) throw new Error('no driver was opened')
  return driver
}

it('knows every folder of src/drivers that has a driver', () => {
  const folders = readdirSync(resolve(import.meta.dirname, '../../src/drivers'), { withFileTypes: true })
  const drivers = folders.filter((each) => each.isDirectory() && !['exchange', 'runbook'].includes(each.name))
  expect(Object.keys(KINDS).toSorted()).toEqual(drivers.map(({ name }) => name).toSorted())
})

describe.each(Object.entries(KINDS))('kind: %s', (kind, open) => {
  it('is opened from its settings and reads an inventory', async () => {
    const { keys, secret } = await open()
    const driver = await opened(settingOf(kind, keys, secret))
    expect(driver.name).toBe('mdm')
    expect((await driver.observe()).observations).toBeInstanceOf(Array)
  })

  it.each(['', 'manual: [retire, reset], '])(
    'can what it was said to, before it is opened (%s)',
    async (manual) => {
      const { keys, secret } = await open()
      const setting = settingOf(kind, `${manual}${keys}`, secret)
      const driver = await opened(setting)
      expect(driverFaces(setting)).toEqual([{ name: 'mdm', capabilities: driver.capabilities }])
      if (manual !== '') expect(driver.capabilities.windows.steps).toContain('reset')
    },
  )

  it('is found well by the doctor, which leaves no file behind', async () => {
    const { keys, secret } = await open()
    const setting = settingOf(kind, keys, secret)
    const checks = await checkDriver(first(setting), surroundings(setting, { clock, log: NO_LOG }))
    expect((checks ?? []).filter(({ result }) => result !== 'ok')).toEqual([])
    expect(checks?.length ?? 1).toBeGreaterThan(0)
    expect(readdirSync(setting.base)).toEqual([])
  })

  it('has every secret scrubbed from the log, and told by nothing that fails', async () => {
    const { keys } = await open()
    if (!keys.includes('SECRET')) return
    const setting = settingOf(kind, keys, 'wrong-secret-7')
    expect(secretsOf(setting)).toEqual(['wrong-secret-7'])
    const around = surroundings(setting, { clock, log: NO_LOG })
    const failed = await checkDriver(first(setting), around).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'driver-unreachable' })
      return [{ result: 'fail', message: String(error), hint: Object(error) }]
    })
    expect(failed?.some(({ result }) => result === 'fail')).toBe(true)
    expect(JSON.stringify(failed)).not.toContain('wrong-secret-7')
  })
})

function first({ settings: { drivers } }: Setting): Setting['settings']['drivers'][number] {
  const [driver] = drivers
  if (driver === undefined) throw new Error('no driver is set')
  return driver
}

describe('a webhook that means nothing', () => {
  it('is taken by the driver it is made for, and nobody is looked at for it', async () => {
    const { keys, secret } = await nanoMdmWithKey()
    const setting = settingOf('nanomdm', keys, secret)
    const driver = await opened(setting)
    const trial = trialWebhook(first(setting), surroundings(setting, { clock, log: NO_LOG }))
    expect(driver.webhook === undefined || trial === undefined).toBe(false)
    if (trial !== undefined) expect(await driver.webhook?.(trial)).toEqual({ kind: 'heard', signals: [] })
  })
})

async function nanoMdmWithKey(): Promise<Kind> {
  const fake = held(await openFakeNanoMdm({ now, hmacKey: 'hook-key' }))
  const keys = `address: "${fake.address}", apiKey: { env: SECRET }, webhookKey: { env: SECRET }`
  return { keys, secret: fake.apiKey }
}

describe('the permissions of an Intune application', () => {
  const token = (roles?: unknown): string =>
    `x.${Buffer.from(JSON.stringify(roles === undefined ? {} : { roles })).toString('base64url')}.y`
  const ALL = [
    'DeviceManagementManagedDevices.ReadWrite.All',
    'DeviceManagementManagedDevices.PrivilegedOperations.All',
    'DeviceManagementConfiguration.ReadWrite.All',
    'Group.ReadWrite.All',
    'Device.ReadWrite.All',
  ]

  it('are enough when each is there, or a greater one', () => {
    expect(checkPermissions(token(ALL), false)).toMatchObject([{ result: 'ok' }])
  })

  it('that are missing are each told with what does not work without them', () => {
    expect(checkPermissions(token(ALL), true)).toMatchObject([
      { result: 'fail', message: expect.stringContaining('the eSIM reset') as string },
    ])
    expect(checkPermissions(token(), false)).toHaveLength(7)
    expect(checkPermissions(token(ALL.slice(1)), false)).toMatchObject([
      { message: expect.stringMatching(/Read\.All is missing; without it: the inventory/) as string },
      { message: expect.stringContaining('delete-record') as string },
    ])
  })

  it('are those that the page for administrators asks for', () => {
    const page = readFileSync(resolve(import.meta.dirname, '../../docs/drivers/intune.md'), 'utf8')
    const missing = checkPermissions(token(), true).map(({ message }) => message.split(' ')[0] ?? '')
    expect(missing.filter((name) => !page.includes(name))).toEqual([])
  })

  it('are not guessed from a token that cannot be read', () => {
    for (const text of ['', 'opaque', 'a.b.c', token(ALL).slice(0, 30)])
      expect(checkPermissions(text, false)).toEqual([])
  })
})
