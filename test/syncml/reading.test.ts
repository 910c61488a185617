import { describe, expect, it } from 'vitest'
import { EUICCS, namedEuicc, nodeKey, nodeUri, type LocUri } from '../../src/syncml/address.ts'
import type { Get } from '../../src/syncml/command.ts'
import { resetOutcome } from '../../src/syncml/effect-outcome.ts'
import { eraseEsim } from '../../src/syncml/euicc-commands.ts'
import { installServer } from '../../src/syncml/server-commands.ts'
import { learn, nextQuestions, type NodeAnswer, type NodeAnswers } from '../../src/syncml/node-answers.ts'
import { observedEuiccs } from '../../src/syncml/observed.ts'
import { readEuiccs, type EuiccReading } from '../../src/syncml/reading.ts'
import { EID, WindowsDevice } from './device/device.ts'
import { AT, built, heard, inventory, onlyEuicc, send } from './talk.ts'

const ICCID = '8933150319000000001'
const spec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
} as const
const operators = () => ({
  prepared: [{ server: spec.serverName, iccid: ICCID, eid: EID }],
  unreachable: new Set<string>(),
})

function provisioned(options: ConstructorParameters<typeof WindowsDevice>[0] = {}): WindowsDevice {
  const device = new WindowsDevice({ operators: operators(), ...options })
  send(
    device,
    built(installServer('7', { euicc: 'Default', build: device.machine.build }, spec, { again: false })),
  )
  device.setClock(60_000)
  return device
}

function facts(device: WindowsDevice) {
  return observedEuiccs(inventory(device), AT)
}

describe('what is read of a device', () => {
  it('is what the device has', () => {
    expect(onlyEuicc(provisioned())).toEqual({
      name: EID,
      eid: EID,
      isActive: true,
      ppr1Allowed: false,
      ppr1AlreadySet: false,
      localUiEnabled: true,
      status: 0,
      servers: [{ name: 'smdp.acme.example', discoveryState: 3, autoEnable: true, isDiscoveryServer: false }],
      esims: [
        {
          name: ICCID,
          iccid: ICCID,
          serverName: 'smdp.acme.example',
          state: 2,
          isEnabled: true,
          ppr1Set: false,
          ppr2Set: false,
          errorDetail: 0,
        },
      ],
    })
  })

  it('becomes facts in which the list of eSIMs is never taken for whole', () => {
    expect(facts(provisioned())).toEqual({
      eid: EID,
      euicc: 'present',
      installed: [
        {
          configuration: 'smdp.acme.example',
          spec,
          managed: false,
          onRemove: 'keep-esims',
          state: 'installed',
        },
      ],
      installedObservedAt: AT,
      esims: [
        {
          iccid: ICCID,
          source: {
            configuration: 'smdp.acme.example',
            identity: 'windows:smdp.acme.example',
            onRemove: 'keep-esims',
          },
          enabled: true,
        },
      ],
      esimsComplete: false,
      esimsObservedAt: AT,
    })
  })

  it('shows an empty chip only where the device itself rules out every eSIM of any origin', () => {
    expect(facts(new WindowsDevice())).toMatchObject({ esims: [], esimsComplete: true })
    const personal = new WindowsDevice({ esims: [{ iccid: '8944000000000000009', enabled: true }] })
    expect(facts(personal)).toMatchObject({ esims: [], esimsComplete: false })
    const unlisted = provisioned({ listsDownloaded: false })
    expect(unlisted.chipIccids).toEqual([ICCID])
    expect(facts(unlisted)).toMatchObject({ esims: [], esimsComplete: false })
  })

  it.each([
    ['a PPR1 eSIM is said to be there', { ppr1AlreadySet: true }],
    ['an eSIM is listed', { esims: [{ name: ICCID, iccid: ICCID, state: 2 }] }],
    ['a failed one is listed', { esims: [{ name: ICCID, iccid: ICCID, state: 4 }] }],
    ['the list could not be read', { esims: 'unknown' as const }],
    ['the chip is not the active one', { isActive: false }],
  ])('takes no chip for empty when %s all the same', (_, but) => {
    const euicc: EuiccReading = {
      name: namedEuicc(EID)!,
      isActive: true,
      ppr1Allowed: true,
      servers: [],
      esims: [],
      ...but,
    }
    expect(observedEuiccs([euicc], AT).esimsComplete).toBe(false)
  })

  it('lists an eSIM that is being deleted, and none that is being or was not installed', () => {
    const esims = [1, 2, 3, 4].map((state) => ({ name: 'x', iccid: `893315031900000000${state}`, state }))
    const euicc: EuiccReading = { name: namedEuicc(EID)!, isActive: true, servers: [], esims }
    const { esims: found } = observedEuiccs([euicc], AT)
    expect(found).toEqual([{ iccid: '8933150319000000002' }, { iccid: '8933150319000000003' }])
  })

  it('takes a failed discovery for a failed configuration only where nothing can be on the chip', () => {
    const inVain = new WindowsDevice({ operators: { prepared: [], unreachable: new Set() } })
    send(inVain, built(installServer('7', { euicc: 'Default', build: 22_631 }, spec, { again: false })))
    inVain.setClock(60_000)
    expect(facts(inVain)).toMatchObject({
      installed: [{ state: 'failed', error: { code: 'discovery-failed' } }],
    })
    const again = provisioned({ listsDownloaded: false })
    send(again, built(installServer('8', { euicc: 'Default', build: 22_631 }, spec, { again: true })))
    again.setClock(120_000)
    expect(facts(again)).toMatchObject({
      installed: [{ state: 'installed', error: { code: 'discovery-failed' } }],
      esimsComplete: false,
    })
  })

  it.each([22_000, 22_620])(
    'reads a server without a discovery flag on build %i as one that is none',
    (build) => {
      for (const unknownNode of [404, 406] as const) {
        expect(facts(provisioned({ build, unknownNode }))).toMatchObject({ installed: [{ spec }] })
      }
      expect(facts(provisioned({ build, unknownNode: 405 })).installed).toBe('unknown')
    },
  )

  it.each([
    ['the modem is off or the edition is Home', { absent: true }],
    ['it has no eUICC', { eids: [], listsDefault: false }],
  ])('says nothing where %s: neither that there is an eUICC nor that there is none', (_, options) => {
    expect(facts(new WindowsDevice(options))).toEqual({
      installed: 'unknown',
      esims: 'unknown',
      esimsComplete: false,
    })
  })

  it('says of a device on Windows 10 what it has, and that its servers are unknown', () => {
    expect(facts(new WindowsDevice({ build: 19_045 }))).toMatchObject({ installed: 'unknown', esims: [] })
  })

  it('knows an ICCID by its digits, and its node by the name that the device gave it', () => {
    const name = `${ICCID}F`
    const prepared = [{ server: spec.serverName, iccid: name, eid: EID }]
    const device = provisioned({ operators: { prepared, unreachable: new Set() } })
    expect(onlyEuicc(device).esims).toMatchObject([{ name, iccid: ICCID }])
    expect(facts(device).esims).toMatchObject([{ iccid: ICCID }])
    send(device, [eraseEsim('e', namedEuicc(EID)!, name)])
    device.setClock(70_000)
    expect(device.chipIccids).toEqual([])
  })

  it('has the error of a reset as Windows writes it, though OMA DM makes it negative', () => {
    const device = new WindowsDevice()
    device.machine.tree.set(`${EID}/Actions/Status`, '-2147467259')
    expect(resetOutcome(onlyEuicc(device), AT)).toMatchObject({ kind: 'failed', code: '0x80004005' })
  })

  it('takes no hash for an EID', () => {
    const device = provisioned({ hashed: true })
    expect(facts(device)).not.toHaveProperty('eid')
    expect(facts(device)).toMatchObject({ installed: [{ spec }] })
  })

  it('is of the active chip alone, and then never whole', () => {
    const device = provisioned({ eids: [EID, '89049032000000000000000000000020'] })
    expect(facts(device)).toMatchObject({ eid: EID, installed: [{ spec }], esims: [{ iccid: ICCID }] })
    device.swapBoard()
    expect(facts(device)).toMatchObject({
      eid: '89049032000000000000000000000020',
      installed: [],
      esims: [],
      esimsComplete: false,
    })
  })
})

describe('questions', () => {
  it('go from the root to each chip to each server and eSIM, and end', () => {
    const device = provisioned()
    const rounds: number[] = []
    let known: NodeAnswers = new Map()
    for (
      let asked = nextQuestions('q', known);
      asked.length > 0;
      asked = nextQuestions(`q${rounds.length}`, known)
    ) {
      rounds.push(asked.length)
      known = learn(known, asked, send(device, asked))
    }
    expect(rounds).toEqual([1, 8, 9])
  })

  it('never ask for the matching id, which is a secret', () => {
    expect(JSON.stringify(readEuiccs(new Map()))).toBe('"unknown"')
    const device = provisioned()
    const first = nextQuestions('a', new Map())
    const second = learn(new Map(), first, send(device, first))
    const third = learn(second, nextQuestions('b', second), send(device, nextQuestions('b', second)))
    expect(nextQuestions('c', third).map(({ uri }) => uri.split('/').at(-1))).not.toContain('MatchingID')
  })

  it('ask through the alias only where the device lists nothing else', () => {
    const only = new Map([[nodeKey(EUICCS)!, { kind: 'children', names: ['Default'] } as NodeAnswer]])
    expect(nextQuestions('q', only)[0]?.uri).toBe('./Device/Vendor/MSFT/eUICCs/Default/Identifier')
  })

  it('do not follow a device that lists more than can be true', () => {
    const names = Array.from({ length: 65 }, (_, at) => `s${at}.acme.example`)
    const known = new Map<NonNullable<ReturnType<typeof nodeKey>>, NodeAnswer>([
      [nodeKey(EUICCS)!, { kind: 'children', names: [EID] }],
      [nodeKey(nodeUri(namedEuicc(EID)!, 'DownloadServers'))!, { kind: 'children', names }],
    ])
    expect(nextQuestions('q', known)).toHaveLength(7)
    expect(readEuiccs(known)).toMatchObject([{ servers: 'unknown' }])
  })
})

describe('an answer', () => {
  const uri = nodeUri(namedEuicc(EID)!, 'IsActive')
  const get: Get = { kind: 'get', id: '7', uri }
  const list: Get = { kind: 'get', id: '7', uri: nodeUri(namedEuicc(EID)!, 'Profiles') }
  const item = (data: string, of: LocUri | string = uri, format = 'bool') =>
    `<Item><Source><LocURI>${of}</LocURI></Source><Meta><Format xmlns="syncml:metinf">${format}</Format></Meta><Data>${data}</Data></Item>`
  const answer = (code: number, items: string, to = get) => {
    const status = `<Status><CmdRef>7</CmdRef><Cmd>Get</Cmd><Data>${code}</Data></Status>`
    const results = items === '' ? '' : `<Results><CmdRef>7</CmdRef>${items}</Results>`
    const head = '<SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID></SyncHdr>'
    const message = heard(
      `<SyncML xmlns="SYNCML:SYNCML1.2">${head}<SyncBody>${status}${results}</SyncBody></SyncML>`,
    )
    return learn(new Map(), [to], [message]).get(nodeKey(to.uri)!)
  }

  it('is the value of the node that was asked for', () => {
    expect(answer(200, item(' true '))).toEqual({ kind: 'value', text: 'true' })
    expect(answer(200, item('true', uri.replace('./Device/', './')))).toEqual({ kind: 'value', text: 'true' })
    expect(answer(200, '<Item><Data>true</Data></Item>')).toEqual({ kind: 'value', text: 'true' })
  })

  it.each([
    ['for another node', 200, item('true', nodeUri('Default', 'IsActive'))],
    ['twice', 200, item('true') + item('false')],
    ['without a value', 200, ''],
    ['without Data', 200, '<Item/>'],
    ['that is a list', 200, item('a/b', uri, 'node')],
    ['that failed', 500, ''],
    ['that is forbidden', 405, ''],
  ])('%s is unreadable, never absent', (_, code, items) => {
    expect(answer(code, items)).toEqual({ kind: 'unreadable' })
  })

  it.each([
    ['no children', '', []],
    [
      'names joined by slashes and URI-encoded',
      'smdp%2Eacme.example/b%2Dc/b-c',
      ['smdp.acme.example', 'b-c'],
    ],
  ])('of a list may be %s', (_, data, names) => {
    expect(answer(200, item(data, list.uri, 'node'), list)).toEqual({ kind: 'children', names })
  })

  it.each(['a//b', '*', '%2F', '%zz', '..', 'a b'])(
    'of a list that holds %j is unreadable, never empty',
    (data) => {
      expect(answer(200, item(data, list.uri, 'node'), list)).toEqual({ kind: 'unreadable' })
    },
  )

  it('that does not come leaves the question to be asked', () => {
    const empty = heard(
      '<SyncML xmlns="SYNCML:SYNCML1.2"><SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID></SyncHdr><SyncBody/></SyncML>',
    )
    const known = learn(new Map(), [{ ...get, uri: EUICCS }], [empty])
    expect([known.size, nextQuestions('q', known).map(({ uri: asked }) => asked)]).toEqual([0, [EUICCS]])
  })

  it('of a list without its format is unreadable: an empty one would look the same', () => {
    const bare = `<Item><Source><LocURI>${list.uri}</LocURI></Source><Data/></Item>`
    expect(answer(200, bare, list)).toEqual({ kind: 'unreadable' })
  })
})
