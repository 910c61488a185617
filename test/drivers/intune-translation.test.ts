import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { CommandId } from '../../src/domain/driver.ts'
import type { WindowsSpec } from '../../src/domain/esim.ts'
import { batchBody, readBatch } from '../../src/drivers/intune/batch.ts'
import { capabilitiesOf } from '../../src/drivers/intune/capabilities.ts'
import { readManaged } from '../../src/drivers/intune/managed-device.ts'
import { platformOf, registrationOf } from '../../src/drivers/intune/registration.ts'
import type { ActionResult, Managed, Membership } from '../../src/drivers/intune/rows.ts'
import { readInventory, readReset } from '../../src/drivers/intune/script-output.ts'
import { inventoryScript, isOrder, resetScript } from '../../src/drivers/intune/scripts.ts'
import { afterStates, readStates } from '../../src/drivers/intune/states.ts'
import { groupOf, policyOf, targetOf } from '../../src/drivers/intune/targets.ts'
import { observedEuiccs } from '../../src/syncml/observed.ts'

const ID = '705c034c-034c-705c-4c03-5c704c035c70'
const EID = '89049032000000000000000000000012'
const SPEC: WindowsSpec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
}

function managed(managementState: string, actions: readonly ActionResult[] = [], lastSyncAt = 100): Managed {
  return { id: ID, os: 'Windows', managementState, actions, lastSyncAt }
}

function action(name: string, state: string, updatedAt = 50): ActionResult {
  return { name, state, startedAt: 40, updatedAt }
}

describe('the registration of a managedDevice', () => {
  it.each([
    ['managed', 'active'],
    ['retirePending', 'retire-pending'],
    ['retireIssued', 'retire-pending'],
    ['deletePending', 'retire-pending'],
    ['wipePending', 'wipe-pending'],
    ['wipeIssued', 'wipe-pending'],
    ['retireFailed', 'unknown'],
    ['wipeFailed', 'unknown'],
    ['unhealthy', 'unknown'],
    ['discovered', 'unknown'],
    ['unknownFutureValue', 'unknown'],
  ])('is for %s: %s', (state, registration) => {
    expect(registrationOf(managed(state))).toBe(registration)
  })

  it('is pending as soon as a retirement or wipe was ordered, before the state says so', () => {
    expect(registrationOf(managed('managed', [action('retire', 'pending')]))).toBe('retire-pending')
    expect(registrationOf(managed('managed', [action('wipe', 'active')]))).toBe('wipe-pending')
    expect(registrationOf(managed('managed', [action('factoryreset', 'pending')]))).toBe('wipe-pending')
  })

  it('is over once the action is done, unless the device checked in since', () => {
    expect(registrationOf(managed('retireIssued', [action('retire', 'done', 100)]))).toBe('retired')
    expect(registrationOf(managed('wipeIssued', [action('wipe', 'done', 100)]))).toBe('wiped')
    expect(registrationOf(managed('managed', [action('retire', 'done', 99)]))).toBe('unknown')
  })

  it('is active again after a cancellation only once the device checked in', () => {
    expect(registrationOf(managed('retireCanceled', [action('retire', 'canceled', 50)]))).toBe('active')
    expect(registrationOf(managed('retireCanceled', [action('retire', 'canceled', 100)]))).toBe('unknown')
    expect(registrationOf(managed('wipeCanceled'))).toBe('unknown')
  })
})

describe('a managedDevice', () => {
  it('is read as documented, and what Graph leaves empty is unknown', () => {
    const json = {
      id: ID,
      deviceName: 'PAR-LT-0042',
      operatingSystem: 'Windows',
      osVersion: '10.0.22631.4317',
      skuFamily: 'Enterprise',
      serialNumber: '',
      iccid: '',
      imei: null,
      azureADDeviceId: '00000000-0000-0000-0000-000000000000',
      managedDeviceOwnerType: 'unknown',
      deviceEnrollmentType: 'windowsAzureADJoin',
      enrolledDateTime: '2026-01-10T09:00:00Z',
      lastSyncDateTime: '0001-01-01T00:00:00Z',
      managementState: 'managed',
      deviceActionResults: null,
      deviceCategoryDisplayName: 'Unknown',
      hardwareInformation: { esimIdentifier: '' },
    }
    expect(readManaged(json)).toEqual({
      id: ID,
      name: 'PAR-LT-0042',
      os: 'Windows',
      osVersion: '10.0.22631.4317',
      edition: 'Enterprise',
      userEnrolled: false,
      enrolledAt: Date.UTC(2026, 0, 10, 9),
      managementState: 'managed',
    })
  })

  it('has an EID only of 32 digits, for old builds give a hash', () => {
    const of = (esimIdentifier: string) =>
      readManaged({ id: ID, hardwareInformation: { esimIdentifier } })?.eid
    expect(of(EID)).toBe(EID)
    expect(of('9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08')).toBeUndefined()
    expect(of('8.9E+31')).toBeUndefined()
  })

  it.each([undefined, null, 'text', [], {}, { id: 7 }, { id: 'no-guid' }, { id: '../../users' }])(
    'is not %j',
    (json) => {
      expect(readManaged(json)).toBeUndefined()
    },
  )

  it.each([
    ['Windows', undefined, 'windows'],
    ['iOS', 'iPhone 15', 'ios'],
    ['iOS', 'iPad Air', 'ipados'],
    ['iPadOS', undefined, 'ipados'],
    ['WindowsPhone', undefined, 'other'],
    ['Android', undefined, 'other'],
    ['', undefined, 'other'],
  ])('of the system "%s" on a %s is %s', (os, model, platform) => {
    expect(platformOf(model === undefined ? { os } : { os, model })).toBe(platform)
  })

  it.each(['appleUserEnrollment', 'appleUserEnrollmentWithServiceAccount'])(
    'that came by %s is a User Enrollment',
    (deviceEnrollmentType) => {
      expect(readManaged({ id: ID, deviceEnrollmentType })?.userEnrolled).toBe(true)
    },
  )
})

describe('a configuration in Intune', () => {
  it('sets the leaves of the server, each with its type, and no node above them', () => {
    const target = targetOf('simplane', SPEC, '10.0.22631')
    expect(target).toMatchObject({ name: 'simplane eSIM smdp.acme.example (enabled)' })
    const root = './Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example'
    expect(policyOf(target as never)).toMatchObject({
      '@odata.type': '#microsoft.graph.windows10CustomConfiguration',
      displayName: 'simplane eSIM smdp.acme.example (enabled)',
      omaSettings: [
        { '@odata.type': '#microsoft.graph.omaSettingBoolean', omaUri: `${root}/AutoEnable`, value: true },
        {
          '@odata.type': '#microsoft.graph.omaSettingBoolean',
          omaUri: `${root}/IsDiscoveryServer`,
          value: false,
        },
      ],
    })
  })

  it('leaves IsDiscoveryServer out where the build does not know it', () => {
    const target = targetOf('simplane', SPEC, '10.0.22000.194')
    const { omaSettings } = policyOf(target as never) as { omaSettings: { omaUri: string }[] }
    expect(omaSettings.map(({ omaUri }) => omaUri.split('/').at(-1))).toEqual(['AutoEnable'])
  })

  it('is refused where the device cannot take it', () => {
    expect(targetOf('simplane', SPEC, '10.0.19045')).toMatchObject({ kind: 'refused', code: 'os-too-old' })
    expect(targetOf('simplane', SPEC, undefined)).toMatchObject({ kind: 'refused', code: 'os-unknown' })
    const discovery = { ...SPEC, isDiscoveryServer: true }
    expect(targetOf('simplane', discovery, '10.0.22000')).toMatchObject({
      kind: 'refused',
      code: 'os-too-old',
    })
  })

  it('has a name of its own for each server and flags', () => {
    const specs = [true, false].flatMap((autoEnable) =>
      [true, false].map((isDiscoveryServer) => ({ ...SPEC, autoEnable, isDiscoveryServer })),
    )
    const targets = [...specs, { ...SPEC, serverName: 'smdp.neo.example' }].map((spec) =>
      targetOf('simplane', spec, '10.0.22631'),
    )
    const old = targetOf('simplane', SPEC, '10.0.22000')
    expect(new Set([...targets, old].map((each) => (each as { name: string }).name)).size).toBe(6)
  })

  it('goes to a security group whose nickname Entra takes', () => {
    const target = targetOf('simplane', { ...SPEC, serverName: `${'long.'.repeat(30)}example` }, '10.0.22631')
    const { mailNickname } = groupOf(target as never) as { mailNickname: string }
    expect(mailNickname).toMatch(/^[\w-]{1,64}$/)
  })
})

describe('a batch', () => {
  it('is read by id, in whatever order the answers come, and the outer status says nothing of the inner ones', () => {
    expect(JSON.parse(batchBody(['/a', '/b']))).toEqual({
      requests: [
        { id: '1', method: 'GET', url: '/a' },
        { id: '2', method: 'GET', url: '/b' },
      ],
    })
    const responses = [
      { id: '4', status: 424, body: {} },
      { id: '3', status: 429, headers: { 'Retry-After': '5' }, body: {} },
      { id: '2', status: 404, body: { error: { code: 'ResourceNotFound' } } },
      { id: '1', status: 200, body: { x: 1 } },
    ]
    expect([...(readBatch(['/a', '/b', '/c', '/d'], { responses }) ?? [])]).toEqual([
      ['/a', { kind: 'ok', body: { x: 1 } }],
      ['/b', { kind: 'absent' }],
      ['/c', { kind: 'throttled' }],
      ['/d', { kind: 'trouble', status: 424 }],
    ])
  })

  it('learns nothing from an answer that is missing, comes twice or is a 404 of somebody else', () => {
    const twice = { id: '2', status: 200, body: {} }
    const proxy = { id: '3', status: 404, body: '<html>' }
    const known = readBatch(['/a', '/b', '/c'], { responses: [twice, twice, proxy] })
    expect([...(known ?? [])]).toEqual([['/c', { kind: 'trouble', status: 404 }]])
    expect(readBatch(['/a'], { value: [] })).toBeUndefined()
  })
})

describe('the scripts', () => {
  it('only read, but the one that resets; and none can wipe', () => {
    const { detection, remediation } = inventoryScript()
    for (const text of [detection, remediation])
      expect(text).not.toMatch(/Invoke-|Set-|New-|Remove-|Stop-|Restart-/)
    const reset = resetScript('7.1.1.1' as CommandId, EID, Date.UTC(2026, 10, 28))
    expect(reset.detection).not.toMatch(/Invoke-|Set-Item|New-Item|Remove-/)
    for (const text of [detection, remediation, reset.detection, reset.remediation])
      expect(text).not.toMatch(/wipe|RemoteWipe/i)
  })

  it('mark an order before they reset, and name the eUICC, never "Default"', () => {
    const { remediation } = resetScript('7.1.1.1' as CommandId, EID, Date.UTC(2026, 10, 28))
    expect(remediation.indexOf('New-Item -Path $mark')).toBeGreaterThan(0)
    expect(remediation.indexOf('New-Item -Path $mark')).toBeLessThan(remediation.indexOf('Invoke-CimMethod'))
    expect(remediation.match(/Invoke-\w+/g)).toEqual(['Invoke-CimMethod'])
    expect(remediation).toContain(`$eid = '${EID}'`)
    expect(remediation).not.toContain('Default')
    expect(remediation).toContain("[DateTime]::Parse('2026-11-28T00:00:00Z')")
  })

  it('take nothing that could be more than a name', () => {
    expect(isOrder('a1b2.7.1.1', EID)).toBe(true)
    expect(isOrder("x'; Remove-Item C:\\ #", EID)).toBe(false)
    expect(isOrder('7.1.1.1', "8904'; exit")).toBe(false)
    expect(isOrder('7.1.1.1', 'Default')).toBe(false)
  })
})

describe('what the inventory script says', () => {
  const chip = { n: EID, i: EID, a: true, p: false, q: false, s: 0 }
  const output = (more: object): string => JSON.stringify({ v: 1, p: [{ ...chip, ...more }] })

  it('is read as an eUICC', () => {
    const text = output({
      d: [{ n: 'smdp.acme.example', s: 3, a: true, d: false }],
      f: [{ n: '8933150319000000001F', f: 'smdp.acme.example', s: 2, a: true, e: 0 }],
    })
    expect(observedEuiccs(readInventory(`${text}\r\n`) ?? 'unknown', 5)).toMatchObject({
      eid: EID,
      euicc: 'present',
      installed: [{ configuration: 'smdp.acme.example', state: 'installed' }],
      esims: [{ iccid: '8933150319000000001', enabled: true }],
      esimsComplete: false,
    })
  })

  it('is complete only when it is known to be empty', () => {
    const text = output({ p: true, d: [], f: [] })
    expect(observedEuiccs(readInventory(text) ?? 'unknown', 5)).toMatchObject({
      esims: [],
      esimsComplete: true,
    })
  })

  it('keeps an error of Windows as the unsigned number that it is', () => {
    expect(readInventory(output({ s: -2147467259, d: [], f: [] }))?.[0]?.status).toBe(0x80004005)
  })

  it('may lack a flag that the bridge does not know, which says nothing', () => {
    const [euicc] =
      readInventory(output({ d: { n: 'smdp.acme.example', s: 1, a: true, d: null }, f: [] })) ?? []
    expect(euicc?.servers).toEqual([{ name: 'smdp.acme.example', discoveryState: 1, autoEnable: true }])
  })

  it.each([
    ['cut off at 2,048 characters', output({ d: [], f: [] }).slice(0, 60)],
    ['an error', JSON.stringify({ v: 1, error: 'Invalid namespace' })],
    ['of another version', JSON.stringify({ v: 2, p: [] })],
    ['without its eSIMs', output({ d: [] })],
    ['with an eSIM that has no name', output({ d: [], f: [{ s: 2 }] })],
    ['nothing', ''],
  ])('is no reading when it is %s', (_what, text) => {
    expect(readInventory(text)).toBeUndefined()
  })

  it('of a reset counts for its own order alone', () => {
    const text = JSON.stringify({ order: '7.1.1.1', marked: true, returned: 0 })
    expect(readReset(text, '7.1.1.1')).toEqual({ marked: true, returned: 0 })
    expect(readReset(text, '7.1.1.2')).toBeUndefined()
    expect(readReset('{"order":"7.1.1.1","marked":true,"returned":null}', '7.1.1.1')).toEqual({
      marked: true,
    })
  })
})

describe('the states of a device', () => {
  const membership: Membership = {
    device: ID,
    target: 'ours',
    configuration: 'acme',
    state: 'joining',
    since: 100,
    confirmed: false,
  }
  const rows = (...states: string[]) => readStates(states.map((state) => ({ displayName: 'ours', state })))

  it.each([
    [['compliant'], 'applied'],
    [['remediated'], 'applied'],
    [['compliant', 'error'], 'error'],
    [['conflict', 'compliant'], 'conflict'],
    [['notApplicable'], 'error'],
    [['nonCompliant'], 'error'],
    [['unknown'], 'joining'],
    [['notAssigned'], 'joining'],
    [[], 'joining'],
  ])('%j make of a membership: %s', (states, state) => {
    expect(afterStates(membership, rows(...states), true, 101, 200)).toMatchObject({ state })
  })

  it('from before it was told, of another configuration, or of half a list say nothing', () => {
    expect(afterStates(membership, rows('compliant'), true, 100, 200)).toBe(membership)
    const other = readStates([{ displayName: 'theirs', state: 'error' }])
    expect(afterStates(membership, other, true, 101, 200)).toBe(membership)
    const leaving = { ...membership, state: 'leaving' } as const
    expect(afterStates(leaving, [], false, 101, 200)).toBe(leaving)
    expect(afterStates(leaving, [], true, 101, 200)).toBe('gone')
  })
})

describe('the capabilities', () => {
  it('have no eSIM reset unless scripts are allowed, and never one on iOS', () => {
    expect(capabilitiesOf(false).windows.steps).not.toContain('reset')
    expect(capabilitiesOf(true).windows.steps).toContain('reset')
    expect(capabilitiesOf(true).ios.steps).toEqual(['install', 'delete-record', 'retire'])
    expect(capabilitiesOf(true).windows.seesEveryEsim).toBe(false)
  })
})

it('the page for administrators names the steps that the code has', () => {
  const page = readFileSync(new URL('../../docs/drivers/intune.md', import.meta.url), 'utf8')
  const row = (name: string): string[] =>
    (new RegExp(`^\\| ${name} \\|(.*)$`, 'm').exec(page)?.[1] ?? '').split('|').map((cell) => cell.trim())
  const cells = (name: string): string[] =>
    row(name)
      .slice(0, 2)
      .flatMap((cell) => (cell === '' ? [] : cell.split(', ')))
  expect(cells('Windows').sort()).toEqual([...capabilitiesOf(true).windows.steps].sort())
  expect(row('Windows')[0]?.split(', ').sort()).toEqual([...capabilitiesOf(false).windows.steps].sort())
  expect(cells('iOS, iPadOS').sort()).toEqual([...capabilitiesOf(true).ios.steps].sort())
})
