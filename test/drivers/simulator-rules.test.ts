import { describe, expect, it } from 'vitest'
import type { Esim } from '../../src/domain/device.ts'
import { specIdentity } from '../../src/domain/esim.ts'
import type { EsimSpec } from '../../src/domain/esim.ts'
import { execute } from '../../src/drivers/simulator/device-rules.ts'
import type { Execution } from '../../src/drivers/simulator/device-rules.ts'
import type { SimulatedDevice } from '../../src/drivers/simulator/device.ts'
import { plainDevice } from '../../src/drivers/simulator/fleet-shape.ts'
import { eidOf, iccidOf, imeiOf, luhnDigit } from '../../src/drivers/simulator/identities.ts'
import { MONDAY } from '../clock.ts'

const NEO: EsimSpec = {
  platform: 'windows',
  serverName: 'smdp.neo.example',
  isDiscoveryServer: false,
  autoEnable: true,
}
const OLD: EsimSpec = { ...NEO, serverName: 'smdp.old.example' }
const PHONES: EsimSpec = { platform: 'ios', carrierUrl: 'https://smdp.neo.example/' }

const LAPTOP = plainDevice(0, 1, MONDAY)
const PHONE = plainDevice(28, 29, MONDAY)

function esim(iccid: string, configuration?: string, spec?: EsimSpec): Esim {
  if (configuration === undefined) return { iccid, enabled: true }
  const identity = spec === undefined ? {} : { identity: specIdentity(spec) }
  return { iccid, source: { configuration, ...identity, onRemove: 'keep-esims' }, enabled: true }
}

function install(device: SimulatedDevice, spec: EsimSpec = NEO, configuration = 'c'): Execution {
  return execute(device, { kind: 'install', configuration, spec }, MONDAY)
}

function done(execution: Execution): SimulatedDevice {
  if (execution.kind !== 'done') throw new Error(`${execution.code}: ${execution.message}`)
  return execution.device
}

describe('install on Windows', () => {
  it('puts the configuration on and downloads one eSIM from its server', () => {
    const device = done(install(LAPTOP))
    expect(device.installed).toEqual([
      {
        configuration: 'c',
        spec: NEO,
        installedAt: MONDAY,
        managed: true,
        onRemove: 'keep-esims',
        state: 'installed',
      },
    ])
    expect(device.esims).toMatchObject([
      { source: { configuration: 'c', identity: specIdentity(NEO) }, enabled: true },
    ])
  })

  it('leaves the eSIM off where autoEnable is off', () => {
    expect(done(install(LAPTOP, { ...NEO, autoEnable: false })).esims).toMatchObject([{ enabled: false }])
  })

  it.each([
    ['an eSIM of the same server, whatever configuration brought it', esim('1', 'other', NEO)],
    ['an eSIM of an earlier spec of the configuration', esim('1', 'c', OLD)],
    ['an eSIM of the configuration whose server is not known', esim('1', 'c')],
  ])('fails over %s', (_what, blocking) => {
    const execution = install({ ...LAPTOP, esims: [esim('0'), blocking] })
    expect(execution).toMatchObject({ kind: 'failed', code: 'already-downloaded', alreadyDownloaded: true })
  })

  it.each([
    ['a foreign eSIM', esim('1')],
    ['an eSIM of another configuration and server', esim('1', 'other', OLD)],
  ])('downloads beside %s', (_what, beside) => {
    expect(done(install({ ...LAPTOP, esims: [beside] })).esims).toHaveLength(2)
  })

  it('replaces an entry of the same name and one of the same server, and no other', () => {
    const entry = done(install(LAPTOP)).installed[0]!
    const other = { ...entry, configuration: 'x', spec: { ...NEO, serverName: 'smdp.x.example' } }
    const before = [{ ...entry, spec: OLD }, { ...entry, configuration: 'renamed' }, other]
    const { installed } = done(install({ ...LAPTOP, installed: before }))
    expect(installed).toEqual([other, entry])
  })

  it.each([
    ['Windows 10', { osVersion: '10.0.19045' }, 'unsupported-os'],
    ['an unreadable version', { osVersion: 'soon' }, 'unsupported-os'],
    ['Windows Home', { edition: 'Home' }, 'unsupported-edition'],
    ['a device without an eUICC', { euicc: 'none' }, 'no-euicc'],
  ] as const)('fails on %s', (_what, facts, code) => {
    expect(install({ ...LAPTOP, ...facts })).toMatchObject({ kind: 'failed', code, permanent: true })
  })

  it('fails for a discovery server before build 22621', () => {
    const discovery = { ...NEO, isDiscoveryServer: true }
    expect(install({ ...LAPTOP, osVersion: '10.0.22000' }, discovery)).toMatchObject({
      code: 'unsupported-os',
    })
    expect(install({ ...LAPTOP, osVersion: '10.0.22621' }, discovery)).toMatchObject({ kind: 'done' })
  })

  it('gives every download a number of its own, an eSIM reset in between or not', () => {
    const first = done(install(LAPTOP))
    const second = done(install(done(execute(first, { kind: 'reset' }, MONDAY))))
    expect(second.esims[0]?.iccid).not.toBe(first.esims[0]?.iccid)
  })
})

describe('install on iOS', () => {
  it('downloads another plan every time and leaves the old one', () => {
    const device = done(install(done(install(PHONE, PHONES)), PHONES))
    expect(device.installed).toHaveLength(1)
    expect(device.esims).toHaveLength(2)
  })

  it('fails with 36002 without an eUICC, and on a User Enrollment', () => {
    expect(install({ ...PHONE, euicc: 'none' }, PHONES)).toMatchObject({ code: '36002', permanent: true })
    expect(install({ ...PHONE, userEnrolled: true }, PHONES)).toMatchObject({
      code: 'user-enrolled',
      permanent: true,
    })
  })
})

describe('the other steps', () => {
  const device = done(install({ ...LAPTOP, esims: [esim('foreign')] }))

  it('update changes flags and name by identity, and downloads nothing', () => {
    const spec = { ...NEO, autoEnable: false }
    const updated = done(execute(device, { kind: 'update', configuration: 'renamed', spec }, MONDAY + 1))
    expect(updated.installed).toEqual([{ ...device.installed[0], configuration: 'renamed', spec }])
    expect(updated.esims).toEqual(device.esims)
  })

  it('update and uninstall find nothing under another identity, even of the same name', () => {
    for (const kind of ['update', 'uninstall'] as const) {
      const execution = execute(device, { kind, configuration: 'c', spec: OLD }, MONDAY)
      expect(execution).toMatchObject({ kind: 'failed', code: 'not-installed' })
    }
  })

  it('uninstall by name alone takes the entry of that name', () => {
    const without = done(execute(device, { kind: 'uninstall', configuration: 'c' }, MONDAY))
    expect(without.installed).toEqual([])
    expect(without.esims).toEqual(device.esims)
  })

  it('eSIM reset erases foreign eSIMs too and keeps what is installed', () => {
    const erased = done(execute(device, { kind: 'reset' }, MONDAY))
    expect(erased.esims).toEqual([])
    expect(erased.installed).toEqual(device.installed)
  })

  it('retire changes the registration and nothing else', () => {
    const retired = done(execute(device, { kind: 'retire' }, MONDAY))
    expect(retired).toEqual({ ...device, registration: 'retired' })
  })
})

describe('identities', () => {
  it('carry valid check digits', () => {
    const iccid = iccidOf(23, 1)
    expect(iccid).toMatch(/^\d{19}$/)
    expect(luhnDigit(iccid.slice(0, -1))).toBe(iccid.slice(-1))
    expect(luhnDigit('7992739871')).toBe('3')
    expect(imeiOf(5)).toMatch(/^\d{15}$/)
    expect(eidOf(1)).toMatch(/^89049032\d{24}$/)
    expect(BigInt(eidOf(987_654)) % 97n).toBe(1n)
  })
})
