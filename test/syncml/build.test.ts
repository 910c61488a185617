import { describe, expect, it } from 'vitest'
import { DEFAULT_EUICC, isNodeName, namedEuicc, nodeKey, nodeUri } from '../../src/syncml/address.ts'
import type { SyncmlCommand } from '../../src/syncml/command.ts'
import { CSP_NODES } from '../../src/syncml/csp-nodes.ts'
import { eraseEsim, orderEsim, resetEuicc, setLocalUi } from '../../src/syncml/euicc-commands.ts'
import { changeServer, installServer, removeServer } from '../../src/syncml/server-commands.ts'
import { writeFragment, writeMessage } from '../../src/syncml/write.ts'
import { referenceAt } from './device/reference.ts'
import { EID } from './device/device.ts'
import { built, HEADER } from './talk.ts'

const spec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
} as const
const on = (build?: number) => ({ euicc: DEFAULT_EUICC, ...(build === undefined ? {} : { build }) }) as const
const named = namedEuicc(EID)!

function uris(commands: readonly SyncmlCommand[]): readonly string[] {
  return commands.flatMap((command) =>
    command.kind === 'atomic' ? uris(command.parts) : [`${command.kind} ${command.uri}`],
  )
}

describe('an install', () => {
  it('adds the subtree and both flags in one Atomic, parent first, so that no discovery runs without its flags', () => {
    const commands = built(installServer('7', on(22_631), spec, { again: false }))
    expect(commands.map(({ kind }) => kind)).toEqual(['atomic'])
    expect(uris(commands)).toEqual([
      'add ./Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example',
      'add ./Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example/AutoEnable',
      'add ./Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example/IsDiscoveryServer',
    ])
  })

  it('deletes first what may be there, outside the Atomic, for only a created subtree downloads', () => {
    const commands = built(installServer('7', on(22_631), spec, { again: true }))
    expect(commands.map(({ kind }) => kind)).toEqual(['delete', 'atomic'])
  })

  it('can lean on implicit Add where a device refuses the explicit parent', () => {
    const commands = built(installServer('7', on(22_000), spec, { again: false, addsParent: false }))
    expect(uris(commands)).toEqual([
      'add ./Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example/AutoEnable',
    ])
  })

  it.each([
    ['an unknown build', undefined, false, 'os-unknown'],
    ['Windows 10', 19_045, false, 'os-too-old'],
    ['a discovery server under 22621', 22_000, true, 'os-too-old'],
    ['a discovery server under 22621 by one', 22_620, true, 'os-too-old'],
  ])('is refused for %s', (_, build, isDiscoveryServer, code) => {
    const result = installServer('7', on(build), { ...spec, isDiscoveryServer }, { again: false })
    expect(result).toMatchObject({ kind: 'refused', code })
  })

  it.each([22_000, 22_620])(
    'leaves IsDiscoveryServer out on build %i, which would undo the whole Atomic',
    (build) => {
      expect(uris(built(installServer('7', on(build), spec, { again: false })))).toHaveLength(2)
    },
  )

  it.each([
    '',
    '*',
    '.',
    '..',
    'smdp.acme.example/x',
    'a b',
    'smdp\u0000',
    'smdp.äcme.example',
    'x'.repeat(254),
  ])('is refused for the server name %j, which can be no node', (serverName) => {
    const result = installServer('7', on(22_631), { ...spec, serverName }, { again: false })
    expect(result).toMatchObject({ kind: 'refused', code: 'bad-name' })
  })
})

describe('a change of flags', () => {
  const changed = (known: Parameters<typeof changeServer>[3], wanted = {}, build = 22_631) =>
    uris(built(changeServer('7', on(build), { ...spec, ...wanted }, known))).map((each) =>
      each.replace(/ .*\//, ' '),
    )

  it('sends what differs and nothing else', () => {
    expect(changed({ autoEnable: true, isDiscoveryServer: false })).toEqual([])
    expect(changed({ autoEnable: false, isDiscoveryServer: false })).toEqual(['replace AutoEnable'])
    expect(changed({ autoEnable: true, isDiscoveryServer: true })).toEqual(['replace IsDiscoveryServer'])
    expect(changed({})).toEqual(['replace AutoEnable', 'replace IsDiscoveryServer'])
  })

  it('adds the discovery flag where the device has none, and takes none for false', () => {
    const known = { autoEnable: true, isDiscoveryServer: 'absent' } as const
    expect(changed(known)).toEqual([])
    expect(changed(known, { isDiscoveryServer: true })).toEqual(['add IsDiscoveryServer'])
  })

  it('never sends the discovery flag to a build that lacks it', () => {
    expect(changed({}, {}, 22_000)).toEqual(['replace AutoEnable'])
    expect(changeServer('7', on(22_000), { ...spec, isDiscoveryServer: true }, {})).toMatchObject({
      code: 'os-too-old',
    })
  })
})

describe('an eSIM reset', () => {
  it('is one Exec with one Item and no data: the only thing that Fleet takes', () => {
    const text = writeFragment([resetEuicc('7', named)])
    expect(text).toBe(
      `<Exec><CmdID>7</CmdID><Item><Target><LocURI>./Device/Vendor/MSFT/eUICCs/${EID}/Actions/ResetToFactoryState</LocURI></Target></Item></Exec>`,
    )
  })

  it('goes to the alias only when that is asked for by name', () => {
    expect(resetEuicc('7', 'whichever-is-active').uri).toContain('/eUICCs/Default/Actions/')
    expect(namedEuicc('Default')).toBeUndefined()
    expect(namedEuicc('default')).toBeUndefined()
  })

  it('has nothing in common with a wipe of the device (S34)', () => {
    expect(writeFragment([resetEuicc('7', 'whichever-is-active')])).not.toMatch(/RemoteWipe|doWipe/i)
  })
})

describe('the other commands', () => {
  it('order and erase one eSIM by its ICCID', () => {
    const order = {
      iccid: '8933150319000000001',
      serverName: 'smdp.acme.example',
      matchingId: 'K2-F&<',
      enable: true,
    }
    const [atomic] = built(orderEsim('7', on(22_631), order))
    expect(writeFragment([atomic!])).toContain('<Data>K2-F&amp;&lt;</Data>')
    expect(uris([atomic!]).map((each) => each.split('/').at(-1))).toEqual([
      '8933150319000000001',
      'ServerName',
      'MatchingID',
      'IsEnabled',
    ])
    expect(orderEsim('7', on(16_000), order)).toMatchObject({ code: 'os-too-old' })
    expect(orderEsim('7', on(22_631), { ...order, matchingId: '' })).toMatchObject({ code: 'bad-name' })
    expect(orderEsim('7', on(22_631), { ...order, matchingId: '\u0001' })).toMatchObject({ code: 'bad-name' })
    expect(uris(built(orderEsim('7', on(16_299), order)))).toHaveLength(3)
    expect(eraseEsim('7', named, order.iccid).uri).toBe(
      `./Device/Vendor/MSFT/eUICCs/${EID}/Profiles/${order.iccid}`,
    )
  })

  it('sets the local UI by Replace, for that node allows no Add', () => {
    expect(setLocalUi('7', DEFAULT_EUICC, false)).toMatchObject({ kind: 'replace', value: { data: false } })
  })
})

describe('what is written', () => {
  it('never shares or lacks a CmdID', () => {
    const removal = removeServer('7', DEFAULT_EUICC, spec.serverName)
    expect(() => writeFragment([removal, removal])).toThrow(/CmdID of its own/)
    expect(() => writeFragment([{ ...removal, id: ' ' }])).toThrow(/CmdID of its own/)
  })

  it('never adds and replaces one node in one Atomic', () => {
    const uri = nodeUri(DEFAULT_EUICC, 'DownloadServers', spec.serverName, 'AutoEnable')
    const value = { format: 'bool', data: true } as const
    const parts = [
      { kind: 'add', id: '1', uri, value },
      { kind: 'replace', id: '2', uri, value },
    ] as const
    expect(() => writeFragment([{ kind: 'atomic', id: '0', parts }])).toThrow(/each node once/)
    expect(() => writeFragment([{ kind: 'atomic', id: '0', parts: [] }])).toThrow(/at least one/)
  })

  it('is a whole message of OMA DM 1.2 when asked for', () => {
    const text = writeMessage({ ...HEADER, source: 'https://mdm.acme.example/?a=1&b=<2>' }, [])
    expect(text).toMatch(/^<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><VerDTD>1.2<.*<SyncBody><Final\/>/)
    expect(text).toContain('a=1&amp;b=&lt;2&gt;')
  })
})

describe('an address', () => {
  it('is one node however it is written', () => {
    const key = nodeKey('./Device/Vendor/MSFT/eUICCs/Default/DownloadServers/smdp.acme.example')
    expect(key).toBeDefined()
    expect(nodeKey('./Vendor/MSFT/eUICCs/Default/DownloadServers/smdp%2Eacme%2eexample')).toBe(key)
    expect(nodeKey('./Vendor/MSFT/eUICCs/Default/DownloadServers/SMDP.acme.example')).not.toBe(key)
  })

  it.each(['', '/Vendor/MSFT', 'Vendor/MSFT', './Vendor//MSFT', './Vendor/%ZZ', '.'])(
    'is none in %j',
    (uri) => {
      expect(nodeKey(uri)).toBeUndefined()
    },
  )

  it.each(['', '*', '..', 'a/b'])(
    'is never written with the name %j, which could mean another node',
    (name) => {
      expect(() => removeServer('7', DEFAULT_EUICC, name)).toThrow(/can be no name/)
      expect(() => eraseEsim('7', named, name)).toThrow(/can be no name/)
    },
  )

  it('escapes what a URL must, and leaves an FQDN alone', () => {
    expect(nodeUri(DEFAULT_EUICC, 'Profiles', "a#b'c")).toMatch(/\/Profiles\/a%23b%27c$/)
    expect(nodeUri(DEFAULT_EUICC, 'DownloadServers', 'sm-dp.acme.example')).toMatch(/\/sm-dp\.acme\.example$/)
    expect(isNodeName('a/b')).toBe(false)
  })
})

describe('the table of nodes', () => {
  it('says of every node what the reference says', () => {
    expect(CSP_NODES.length).toBe(22)
    for (const each of CSP_NODES) {
      const reference = referenceAt(each.path.replaceAll(/\{[^}]+\}/g, 'x').split('/'))
      const letters = each.access.map((access) => access.charAt(0)).join('')
      expect({
        path: each.path,
        format: reference?.format,
        may: reference?.may,
        since: reference?.since,
      }).toEqual({
        path: each.path,
        format: each.format,
        may: letters,
        since: each.since,
      })
    }
  })
})
