import { describe, expect, it } from 'vitest'
import { EID, WindowsDevice, type DeviceOptions } from './device/device.ts'
import { heard } from './talk.ts'

const ROOT = './Device/Vendor/MSFT/eUICCs'
const SERVER = `${ROOT}/Default/DownloadServers/smdp.acme.example`

function item(uri: string, format = '', data?: string): string {
  const meta = format === '' ? '' : `<Meta><Format xmlns="syncml:metinf">${format}</Format></Meta>`
  const value = data === undefined ? '' : `<Data>${data}</Data>`
  return `<Item><Target><LocURI>${uri}</LocURI></Target>${meta}${value}</Item>`
}

function command(name: string, id: string, uri: string, format?: string, data?: string): string {
  return `<${name}>${id === '' ? '' : `<CmdID>${id}</CmdID>`}${item(uri, format, data)}</${name}>`
}

/** The statuses of a body, without that of the header, as `id:code`; then what its Gets brought. */
function say(device: WindowsDevice, ...body: readonly string[]): readonly string[] {
  const head = '<SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID></SyncHdr>'
  const request = `<SyncML xmlns="SYNCML:SYNCML1.2">${head}<SyncBody>${body.join('')}<Final/></SyncBody></SyncML>`
  const { statuses, results } = heard(device.exchange(request))
  return [
    ...statuses.slice(1).map(({ cmdRef, code }) => `${cmdRef}:${code}`),
    ...results.flatMap(({ items }) => items.map(({ data }) => data ?? '')),
  ]
}

const addServer = (id: string, autoEnable = 'true') =>
  command('Add', id, SERVER, 'node') + command('Add', `${id}b`, `${SERVER}/AutoEnable`, 'bool', autoEnable)

function withServer(options: DeviceOptions = {}): WindowsDevice {
  const device = new WindowsDevice(options)
  expect(say(device, `<Atomic><CmdID>a</CmdID>${addServer('1')}</Atomic>`)).toEqual([
    'a:200',
    '1:200',
    '1b:200',
  ])
  return device
}

describe('the simulated device obeys the reference', () => {
  it.each([
    ['Get of a leaf', command('Get', '1', `${ROOT}/Default/IsActive`), ['1:200', 'true']],
    ['Get through ./Vendor', command('Get', '1', './Vendor/MSFT/eUICCs/Default/Identifier'), ['1:200', EID]],
    ['Get of the root', command('Get', '1', ROOT), ['1:200', `${EID}/Default`]],
    ['Get of an empty list', command('Get', '1', `${ROOT}/${EID}/Profiles`), ['1:200', '']],
    ['Get of what is not there', command('Get', '1', SERVER), ['1:404']],
    ['Get of no node of the CSP', command('Get', '1', `${ROOT}/Default/MaximumAttempts`), ['1:404']],
    [
      'Get of a node that can only be run',
      command('Get', '1', `${ROOT}/Default/Actions/ResetToFactoryState`),
      ['1:405'],
    ],
    ['Exec of a leaf', command('Exec', '1', `${ROOT}/Default/Actions/Status`), ['1:405']],
    [
      'Replace of a node to read',
      command('Replace', '1', `${ROOT}/Default/IsActive`, 'bool', 'false'),
      ['1:405'],
    ],
    [
      'Add of a permanent node',
      command('Add', '1', `${ROOT}/Default/Policies/LocalUIEnabled`, 'bool', 'true'),
      ['1:405'],
    ],
    ['Delete of a permanent node', command('Delete', '1', `${ROOT}/Default/Profiles`), ['1:405']],
    ['Delete of what is not there', command('Delete', '1', SERVER), ['1:404']],
    [
      'Replace of what is not there',
      command('Replace', '1', `${SERVER}/AutoEnable`, 'bool', 'true'),
      ['1:404'],
    ],
    ['a flag that is no truth value', command('Add', '1', `${SERVER}/AutoEnable`, 'bool', '1'), ['1:415']],
    ['a flag of another format', command('Add', '1', `${SERVER}/AutoEnable`, 'chr', 'true'), ['1:415']],
    ['a command without CmdID', command('Get', '', ROOT), [':400']],
    ['an address that starts with a slash', command('Get', '1', '/Vendor/MSFT/eUICCs'), ['1:400']],
    ['the name *', command('Add', '1', `${ROOT}/Default/DownloadServers/*`, 'node'), ['1:400']],
    ['an unknown element', '<Fly><CmdID>1</CmdID></Fly>', ['1:400']],
    [
      'two items with two statuses',
      `<Get><CmdID>1</CmdID>${item(SERVER)}${item(`${ROOT}/Default/IsActive`)}</Get>`,
      ['1:404', '1:200', 'true'],
    ],
  ])('for %s', (_, body, said) => {
    expect(say(new WindowsDevice(), body)).toEqual(said)
  })

  it('adds missing parents, and says 418 to what exists', () => {
    const device = new WindowsDevice()
    expect(say(device, command('Add', '1', `${SERVER}/AutoEnable`, 'bool', 'true'))).toEqual(['1:200'])
    expect(say(device, command('Add', '1', SERVER, 'node'))).toEqual(['1:418'])
    expect(device.servers).toEqual(['smdp.acme.example'])
  })

  it.each([
    ['a Get inside', command('Get', '2', ROOT)],
    ['an Atomic inside', `<Atomic><CmdID>2</CmdID>${addServer('9')}</Atomic>`],
    ['an Add and a Replace of one node', command('Replace', '2', SERVER, 'node')],
  ])('fails an Atomic with %s and rolls it back', (_, forbidden) => {
    const device = new WindowsDevice()
    const body = `<Atomic><CmdID>0a</CmdID>${command('Add', '1', SERVER, 'node')}${forbidden}</Atomic>`
    expect(say(device, body)).toEqual(['0a:507', '1:216', '2:500'])
    expect(device.servers).toEqual([])
  })

  it('lets a discovery take its time, and gives out each eSIM once', () => {
    const operators = {
      prepared: [{ server: 'smdp.acme.example', iccid: '1', eid: EID }],
      unreachable: new Set<string>(),
    }
    const device = withServer({ operators })
    const state = () => say(device, command('Get', '1', `${SERVER}/DiscoveryState`))[1]
    expect(state()).toBe('1')
    device.setClock(5_000)
    expect([state(), device.chipIccids]).toEqual(['2', []])
    device.setClock(60_000)
    expect([state(), device.chipIccids]).toEqual(['3', ['1']])
    const other = withServer({ operators })
    other.setClock(60_000)
    expect(other.chipIccids).toEqual([])
  })

  it('erases every eSIM of any origin on reset, whatever its rules, and keeps the servers', () => {
    const operators = {
      prepared: [{ server: 'smdp.acme.example', iccid: '1', eid: EID, ppr2: true }],
      unreachable: new Set<string>(),
    }
    const device = withServer({ operators, esims: [{ iccid: '2', enabled: true }] })
    device.setClock(60_000)
    expect(device.chipIccids).toEqual(['2', '1'])
    expect(say(device, command('Delete', '1', `${ROOT}/${EID}/Profiles/1`))).toEqual(['1:405'])
    expect(say(device, command('Exec', '1', `${ROOT}/${EID}/Actions/ResetToFactoryState`))).toEqual(['1:200'])
    expect(say(device, command('Get', '1', `${ROOT}/${EID}/Actions/Status`))).toEqual(['1:200', '1'])
    expect(device.chipIccids).toEqual(['2', '1'])
    device.setClock(65_000)
    expect(say(device, command('Get', '1', `${ROOT}/${EID}/Actions/Status`))).toEqual(['1:200', '0'])
    expect([device.chipIccids, device.servers]).toEqual([[], ['smdp.acme.example']])
  })

  it.each([
    ['InvalidMatchingId', 6, { matchingId: 'other' }],
    ['NoEligibleProfileForThisDevice', 7, { iccid: '3' }],
    ['ProfileEidMismatch', 10, { eid: '1'.repeat(32) }],
    ['ProfileNotAvailableForNewBinding', 11, { bound: true }],
    ['ProfileNotReleasedByOperator', 12, { held: true }],
    ['ForbiddenByPolicy', 5, { ppr1: true }],
  ])('tells %s of an order that cannot be', (_, detail, but) => {
    const prepared = { server: 's.acme.example', iccid: '1', matchingId: 'code', ...but }
    const operators = { prepared: [prepared], unreachable: new Set<string>() }
    const device = new WindowsDevice({ operators, esims: [{ iccid: '2', enabled: true }] })
    const at = (leaf: string) => `${ROOT}/${EID}/Profiles/1/${leaf}`
    const order =
      command('Add', '1', at('ServerName'), 'chr', 's.acme.example') +
      command('Add', '2', at('MatchingID'), 'chr', 'code')
    say(device, `<Atomic><CmdID>0a</CmdID>${order}</Atomic>`)
    device.setClock(60_000)
    expect(say(device, command('Get', '1', at('State')), command('Get', '2', at('ErrorDetail')))).toEqual([
      '1:200',
      '2:200',
      '4',
      String(detail),
    ])
  })
})
