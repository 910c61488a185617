import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type { PlatformCapabilities } from '../../src/domain/driver.ts'
import { specIdentity, type WindowsSpec } from '../../src/domain/esim.ts'
import { readError, readPlans } from '../../src/drivers/fleet/apple.ts'
import { capabilitiesOf } from '../../src/drivers/fleet/capabilities.ts'
import type { Client } from '../../src/drivers/fleet/client.ts'
import { readResults } from '../../src/drivers/fleet/commands.ts'
import { hostId, readHost, type HostId } from '../../src/drivers/fleet/host.ts'
import { TEAM_PARAMETER, teamOf } from '../../src/drivers/fleet/names.ts'
import { namesFor, profileText, readSlot, slotOf } from '../../src/drivers/fleet/slot.ts'

const FOLDER = new URL('../../src/drivers/fleet/', import.meta.url)
const names = readdirSync(FOLDER).filter((name) => name.endsWith('.ts'))
const sources = names.map((name) => readFileSync(new URL(name, FOLDER), 'utf8'))

/** A host as the reference shows it, with the keys that matter here. */
function host(mdm: object = {}, rest: object = {}) {
  const on = { enrollment_status: 'On (manual)', connected_to_fleet: true, profiles: null, ...mdm }
  return readHost({ id: 7, uuid: 'U-7', platform: 'windows', mdm: on, ...rest })
}

describe('a host of Fleet', () => {
  it.each([
    ['On (manual)', {}, 'active'],
    ['On (automatic)', {}, 'active'],
    ['On (personal)', {}, 'active'],
    ['On (company-owned)', {}, 'active'],
    ['Off', {}, 'retired'],
    ['Pending', {}, 'unknown'],
    ['Ongoing', {}, 'unknown'],
    ['enrolled, says a later version', {}, 'unknown'],
    [null, {}, 'unknown'],
    ['On (manual)', { connected_to_fleet: false }, 'unknown'],
    ['On (manual)', { device_status: 'wiped' }, 'wiped'],
    ['Off', { device_status: 'wiped' }, 'wiped'],
    ['On (manual)', { pending_action: 'wipe' }, 'wipe-pending'],
    ['On (manual)', { pending_action: 'lock', device_status: 'locked' }, 'active'],
  ])('enrolled "%s" with %j is %s', (enrollment, more, registration) => {
    expect(host({ enrollment_status: enrollment, ...more })?.registration).toBe(registration)
  })

  it('that nobody enrolled yet has no uuid, and does not spoil the list', () => {
    expect(host({ enrollment_status: 'On (automatic)' }, { uuid: '' })).toMatchObject({
      registration: 'unknown',
    })
  })

  it.each([
    ['windows', 'Windows 11 Enterprise 23H2 10.0.22631.4317', '10.0.22631.4317', 'Enterprise'],
    ['windows', 'Windows 11 Home 10.0.26100', '10.0.26100', 'Home'],
    ['windows', 'Windows 11', undefined, undefined],
    ['ios', 'iOS 18.1', '18.1', undefined],
    ['ipados', 'iPadOS 17.7.2', '17.7.2', undefined],
  ])('on %s with "%s" runs %s', (platform, said, osVersion, edition) => {
    const read = host({}, { platform, os_version: said })
    expect([read?.osVersion, read?.edition]).toEqual([osVersion, edition])
  })

  it('takes neither the year 1 nor the year 2000 for a moment: both are Fleet\'s "never"', () => {
    const read = host({}, { seen_time: '2000-01-01T00:00:00Z', last_enrolled_at: '0001-01-01T00:00:00Z' })
    expect([read?.seenAt, read?.enrolledAt]).toEqual([undefined, undefined])
    const later = host(
      {},
      { seen_time: '2000-01-01T00:00:00Z', last_mdm_checked_in_at: '2026-11-23T08:00:00Z' },
    )
    expect(later?.seenAt).toBe(Date.UTC(2026, 10, 23, 8))
  })

  it('has no profiles when they are null, and unknown ones when they are missing or unreadable', () => {
    expect(host({ profiles: null })?.profiles).toEqual([])
    expect(host({ profiles: undefined })?.profiles).toBeUndefined()
    expect(host({ profiles: [{ name: 'x', status: 'dreaming' }] })?.profiles).toBeUndefined()
    expect(host({ profiles: [{ name: 'x', status: null }] })?.profiles).toEqual([
      { name: 'x', operation: 'install', status: 'pending' },
    ])
  })

  it('has its team under the old name and under the new one', () => {
    expect(teamOf({ team_id: 3, team_name: 'Field' })).toEqual({ id: 3, name: 'Field' })
    expect(teamOf({ fleet_id: 4, fleet_name: 'Field' })).toEqual({ id: 4, name: 'Field' })
    expect(teamOf({ team_id: null, team_name: null })).toEqual({ id: 0 })
    expect(TEAM_PARAMETER).toEqual({ teams: 'team_id', fleets: 'fleet_id' })
  })

  it('has its renamed keys in one file', () => {
    const holders = names.filter((_, at) => /'(team|fleet)_(id|name)'/.test(sources[at] ?? ''))
    expect(holders).toEqual(['names.ts'])
  })
})

describe('what could destroy a fleet cannot be said', () => {
  it.each(['', '0', '-1', '1.5', '1e3', '01', ' 1', '1 ', 'NaN', '../1', '1/2', '9'.repeat(20)])(
    'the id "%s" names no host',
    (id) => {
      expect(hostId(id)).toBeUndefined()
    },
  )

  it('the type of a deletion takes one host by its number, and no filter', () => {
    type Deletion = Parameters<Client['deleteHost']>
    expectTypeOf<Deletion>().toEqualTypeOf<[id: HostId]>()
    expectTypeOf<number>().not.toExtend<HostId>()
    expectTypeOf<undefined>().not.toExtend<HostId>()
    // @ts-expect-error a filter is no host
    const filter: Deletion = [{ filters: {} }]
    // @ts-expect-error nobody is no host
    const nobody: Deletion = []
    expect([filter, nobody]).toHaveLength(2)
  })

  it.each(['hosts/delete', 'filters', '/wipe', 'EraseDevice', 'RemoteWipe', 'doWipe', 'batch'])(
    'no source of the driver holds "%s"',
    (word) => {
      expect(sources.length).toBeGreaterThan(20)
      const code = sources.map((text) => text.replaceAll(/\/\*\*[^]*?\*\/|\/\/.*$/gm, ''))
      expect(code.filter((text) => text.includes(word))).toEqual([])
    },
  )
})

it('the page for administrators lists exactly what the driver can do', () => {
  const page = readFileSync(new URL('../../docs/drivers/fleet.md', import.meta.url), 'utf8')
  const row = (platform: string, licence: string, { steps, seesEveryEsim }: PlatformCapabilities) =>
    `| ${platform} | ${licence} | ${steps.join(', ')} | ${seesEveryEsim ? 'yes' : 'no'} |`
  const [free, premium] = [capabilitiesOf(false), capabilitiesOf(true)]
  expect(premium.ios).toEqual(free.ios)
  for (const line of [
    row('iOS, iPadOS', 'any', free.ios),
    row('Windows', 'Fleet Free', free.windows),
    row('Windows', 'Fleet Premium', premium.windows),
  ])
    expect(page).toContain(`${line}\n`)
})

const SPEC: WindowsSpec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
}

describe('the name of a configuration in Fleet', () => {
  it.each([
    [SPEC, 'simplane acme smdp.acme.example enable bulk'],
    [{ ...SPEC, autoEnable: false }, 'simplane acme smdp.acme.example leave-off bulk'],
    [{ ...SPEC, isDiscoveryServer: true }, 'simplane acme smdp.acme.example enable discovery'],
  ])('says all of %j', (spec, name) => {
    expect(slotOf('acme', spec)).toEqual({ name, configuration: 'acme', spec })
    expect(readSlot(name)).toEqual({ name, configuration: 'acme', spec })
  })

  it("is nobody else's, and never longer than Fleet takes", () => {
    for (const name of ['Field laptops', 'simplane', 'simplane acme', 'my simplane acme a.b enable bulk'])
      expect(readSlot(name)).toBeUndefined()
    expect(slotOf('a'.repeat(63), { ...SPEC, serverName: `${'b.'.repeat(120)}example` })).toBeUndefined()
  })

  it('is found on a host by its server, whatever the configuration was called', () => {
    const labels = [
      'All Hosts',
      'simplane old smdp.acme.example enable bulk',
      'simplane x other.example enable bulk',
    ]
    const read = host({}, { labels: labels.map((name) => ({ name })) })
    expect(read === undefined ? [] : namesFor(read, specIdentity(SPEC))).toEqual([labels[1]])
  })

  it('stands for a profile of one Atomic that adds the server itself, and flags only where they are not the default', () => {
    const text = profileText({ name: '', configuration: 'acme', spec: SPEC })
    expect(text).toMatch(/^<Atomic>.*<\/Atomic>$/)
    const uris = [...text.matchAll(/DownloadServers\/([^<]+)</g)].map(([, uri]) => uri)
    expect(uris).toEqual(['smdp.acme.example', 'smdp.acme.example/AutoEnable'])
    const discovery = profileText({
      name: '',
      configuration: 'acme',
      spec: { ...SPEC, isDiscoveryServer: true },
    })
    expect(discovery).toContain('smdp.acme.example/IsDiscoveryServer')
  })
})

describe('the result of a command', () => {
  const row = { host_uuid: 'U-7', command_uuid: 'c', updated_at: '2026-11-23T08:00:00Z', result: '' }
  const reply = (status: number, body: object | string) =>
    ({ status, headers: {}, body: typeof body === 'string' ? body : JSON.stringify(body) }) as const
  const notFound = { message: 'Resource Not Found', errors: [{ name: 'base', reason: 'not found' }] }

  it.each([
    ['an empty object', reply(200, {}), { kind: 'waiting' }],
    ['null results', reply(200, { results: null }), { kind: 'waiting' }],
    ['Pending', reply(200, { results: [{ ...row, status: 'Pending' }] }), { kind: 'waiting' }],
    ['no status', reply(200, { results: [{ ...row, status: '' }] }), { kind: 'waiting' }],
    [
      'another host',
      reply(200, { results: [{ ...row, host_uuid: 'U-8', status: '200' }] }),
      { kind: 'waiting' },
    ],
    ['404 of Fleet', reply(404, notFound), { kind: 'unknown' }],
    [
      '200',
      reply(200, { results: [{ ...row, status: '200' }] }),
      { kind: 'answered', result: { status: '200' } },
    ],
    [
      'twice, the later another',
      reply(200, {
        results: [
          { ...row, status: 'Error', updated_at: '2026-11-23T09:00:00Z' },
          { ...row, status: 'Acknowledged' },
        ],
      }),
      { kind: 'answered', result: { status: 'Acknowledged' } },
    ],
    [
      'NotNow and then done',
      reply(200, {
        results: [
          { ...row, status: 'NotNow' },
          { ...row, status: 'Acknowledged' },
        ],
      }),
      { kind: 'answered', result: { status: 'Acknowledged' } },
    ],
  ])('%s is read for what it says', (_, answer, state) => {
    expect(readResults(answer, 'U-7')).toMatchObject(state)
  })

  it.each([
    ['404 of a proxy', reply(404, '404 page not found\n')],
    ['404 with other JSON', reply(404, { error: 'no such route' })],
    ['half of it', reply(200, '{"results":[{"host_uu')],
    ['a list of something else', reply(200, { results: ['x'] })],
  ])('%s is nothing that Fleet says', (_, answer) => {
    expect(readResults(answer, 'U-7')).toBeUndefined()
  })
})

describe('a report of an Apple device', () => {
  const plist = (inner: string) => Buffer.from(`<plist version="1.0"><dict>${inner}</dict></plist>`)
  const entry = (inner: string) =>
    plist(
      `<key>QueryResponses</key><dict><key>ServiceSubscriptions</key><array><dict>${inner}</dict></array></dict>`,
    )
  const text = (key: string, value: string) => `<key>${key}</key><string>${value}</string>`

  it('gives ICCIDs as text, however they are grouped, and no plan for an empty slot', () => {
    expect(readPlans(entry(text('ICCID', '8941 1000 0000 0000 001')))).toEqual({
      iccids: ['8941100000000000001'],
    })
    expect(readPlans(entry(text('EID', '89049032000000000000000000000012')))).toEqual({
      iccids: [],
      eid: '89049032000000000000000000000012',
    })
    expect(readPlans(entry(text('ICCID', '')))).toEqual({ iccids: [] })
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['no list', plist('')],
    ['half of it', entry('').subarray(0, 60)],
    ['a binary list', Buffer.from('bplist00')],
    [
      'an entity bomb',
      Buffer.from('<!DOCTYPE x [<!ENTITY a "b">]><plist><dict><key>&a;</key></dict></plist>'),
    ],
    ['too much', Buffer.alloc(300_000, '<')],
  ])('%s says nothing, and breaks nothing', (_, report) => {
    expect(readPlans(report)).toBeUndefined()
    expect(readError(report)).toEqual({ message: 'The device did not say why.' })
  })
})
