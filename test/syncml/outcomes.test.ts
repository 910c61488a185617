import { describe, expect, it } from 'vitest'
import type { Outcome } from '../../src/domain/driver.ts'
import { DEFAULT_EUICC, namedEuicc, nodeUri } from '../../src/syncml/address.ts'
import type { Atomic, ItemCommand } from '../../src/syncml/command.ts'
import { discoveryOutcome, esimOutcome, resetOutcome } from '../../src/syncml/effect-outcome.ts'
import { DISCOVERY_STATES, ERROR_DETAILS, ESIM_STATES } from '../../src/syncml/esim-states.ts'
import { resetEuicc } from '../../src/syncml/euicc-commands.ts'
import type { EuiccReading } from '../../src/syncml/reading.ts'
import { removeServer } from '../../src/syncml/server-commands.ts'
import { STATUS_CODES } from '../../src/syncml/status-codes.ts'
import { commandOutcome, commandsOutcome, itemOutcome } from '../../src/syncml/status-outcome.ts'
import { EID } from './device/device.ts'
import { AT, heard } from './talk.ts'

const server = (leaf: string) => nodeUri(namedEuicc(EID)!, 'DownloadServers', 'smdp.acme.example', leaf)
const add = {
  kind: 'add',
  id: '1',
  uri: server('AutoEnable'),
  value: { format: 'bool', data: true },
} as const
const remove = removeServer('1', DEFAULT_EUICC, 'smdp.acme.example')
const exec = resetEuicc('1', namedEuicc(EID)!)

function message(...statuses: readonly (readonly [cmdRef: string, code: number | '', cmd?: string])[]) {
  const body = statuses
    .map(
      ([cmdRef, code, cmd = 'Add']) =>
        `<Status><CmdRef>${cmdRef}</CmdRef><Cmd>${cmd}</Cmd><Data>${code}</Data></Status>`,
    )
    .join('')
  const head = '<SyncHdr><SessionID>1</SessionID><MsgID>1</MsgID></SyncHdr>'
  return heard(`<SyncML xmlns="SYNCML:SYNCML1.2">${head}<SyncBody>${body}</SyncBody></SyncML>`)
}

function word(outcome: Outcome): string {
  if (outcome.kind !== 'failed') return outcome.kind
  return `${outcome.permanent ? 'failed for good' : 'failed'}${outcome.alreadyDownloaded === true ? ', already downloaded' : ''}`
}

describe('a status', () => {
  const rows: readonly (readonly [code: number, add: string, remove: string, exec: string])[] = [
    [101, 'pending', 'pending', 'pending'],
    [200, 'done', 'done', 'done'],
    [202, 'done', 'done', 'done'],
    [207, 'done', 'done', 'done'],
    [212, 'pending', 'pending', 'pending'],
    [214, 'done', 'done', 'done'],
    [215, 'failed', 'failed', 'failed'],
    [216, 'failed', 'failed', 'failed'],
    [301, 'failed', 'failed', 'failed'],
    [400, 'failed for good', 'failed for good', 'failed for good'],
    [401, 'failed', 'failed', 'failed'],
    [403, 'failed for good', 'failed for good', 'failed for good'],
    [404, 'failed', 'done', 'failed'],
    [405, 'failed for good', 'failed for good', 'failed for good'],
    [406, 'failed for good', 'failed for good', 'failed for good'],
    [415, 'failed for good', 'failed for good', 'failed for good'],
    [418, 'failed', 'failed', 'failed'],
    [424, 'failed', 'failed', 'failed'],
    [425, 'failed for good', 'failed for good', 'failed for good'],
    [499, 'failed for good', 'failed for good', 'failed for good'],
    [500, 'failed', 'failed', 'failed'],
    [507, 'failed', 'failed', 'failed'],
    [516, 'failed', 'failed', 'failed'],
    [599, 'failed', 'failed', 'failed'],
  ]

  it.each(rows)('of %i means: Add %s, Delete %s, Exec %s', (code, ...words) => {
    const commands: readonly ItemCommand[] = [add, remove, exec]
    expect(commands.map((command) => word(itemOutcome(command, code, AT)))).toEqual(words)
  })

  it('of every row of the table is among those above', () => {
    expect(rows.map(([code]) => code)).toEqual(expect.arrayContaining(STATUS_CODES.map(({ code }) => code)))
    expect(new Set(STATUS_CODES.map(({ code }) => code)).size).toBe(STATUS_CODES.length)
    expect(STATUS_CODES.every(({ meaning, treatment }) => meaning !== '' && treatment !== '')).toBe(true)
  })

  it('that is empty decides nothing', () => {
    expect(commandOutcome(add, [message(['1', ''])], AT)).toEqual({ kind: 'pending' })
  })

  it('is told with its code, its node and what follows, and without the EID', () => {
    const outcome = itemOutcome(add, 405, AT)
    expect(outcome).toMatchObject({
      code: 'syncml-405',
      message:
        'The device answered 405 (command not allowed) to the Add of DownloadServers/smdp.acme.example/AutoEnable. The node cannot be written like this; IsDiscoveryServer needs Windows build 22621.',
    })
    expect(JSON.stringify(outcome)).not.toContain(EID)
  })

  it('of another command says nothing of this one', () => {
    expect(commandOutcome(add, [message(['0', 200, 'SyncHdr'], ['2', 200])], AT)).toEqual({ kind: 'pending' })
    expect(commandOutcome(add, [], AT)).toEqual({ kind: 'pending' })
  })

  it('counts in whatever message of the session it comes', () => {
    expect(commandOutcome(add, [message(['0', 200, 'SyncHdr']), message(['1', 200])], AT)).toEqual({
      kind: 'done',
      at: AT,
    })
  })

  it('given twice counts by the worse one', () => {
    expect(word(commandOutcome(add, [message(['1', 200], ['1', 500])], AT))).toBe('failed')
    expect(word(commandOutcome(add, [message(['1', 403], ['1', 500], ['1', 200])], AT))).toBe(
      'failed for good',
    )
  })

  it('that refuses the header refuses what was not answered, and for now only', () => {
    expect(commandOutcome(add, [message(['0', 401, 'SyncHdr'])], AT)).toMatchObject({
      code: 'syncml-401',
      permanent: false,
    })
    expect(commandOutcome(add, [message(['0', 212, 'SyncHdr'])], AT)).toEqual({ kind: 'pending' })
  })
})

describe('an Atomic', () => {
  const parts = ['1', '2', '3'].map((id) => ({ ...add, id, uri: server(`Leaf${id}`) }))
  const atomic: Atomic = { kind: 'atomic', id: '0a', parts }
  const outcome = (own: number | undefined, ...codes: readonly number[]) =>
    commandOutcome(
      atomic,
      [
        message(
          ...(own === undefined ? [] : [['0a', own, 'Atomic'] as const]),
          ...codes.map((code, at) => [String(at + 1), code] as const),
        ),
      ],
      AT,
    )

  it('is judged by its cause, not by what was rolled back with it', () => {
    expect(outcome(507, 216, 405, 216)).toMatchObject({ code: 'syncml-405', permanent: true })
    expect(outcome(507, 418, 216, 216)).toMatchObject({ code: 'syncml-418', permanent: false })
    expect(outcome(507, 216, 405, 215)).toMatchObject({ code: 'syncml-405' })
  })

  it('that fails without a cause failed for now', () => {
    expect(outcome(507, 216, 216, 216)).toMatchObject({ code: 'syncml-507', permanent: false })
    expect(outcome(507)).toMatchObject({ code: 'syncml-507', permanent: false })
  })

  it('that could not be rolled back leaves the device unknown, whatever the cause', () => {
    expect(outcome(516, 216, 405, 216)).toMatchObject({ code: 'syncml-516', permanent: false })
  })

  it('that says done while a part failed is not done', () => {
    expect(word(outcome(200, 200, 500, 200))).toBe('failed')
  })

  it('without any status is pending', () => {
    expect(word(outcome(undefined))).toBe('pending')
    expect(word(outcome(200, 200, 200, 200))).toBe('done')
  })

  it('after a Delete is one step with it: done when both are', () => {
    const both = [{ ...remove, id: 'd' }, atomic]
    const said = (deleted: number, whole: number) =>
      commandsOutcome(both, [message(['d', deleted, 'Delete'], ['0a', whole])], AT)
    expect([said(404, 200), said(200, 200), said(500, 200), said(200, 507)].map(word)).toEqual([
      'done',
      'done',
      'failed',
      'failed',
    ])
    expect(word(commandsOutcome(both, [message(['d', 200, 'Delete'])], AT))).toBe('pending')
  })
})

const euicc: EuiccReading = { name: namedEuicc(EID)!, servers: [], esims: [] }
const name = 'smdp.acme.example'

describe('a discovery', () => {
  const said = (discoveryState: number | undefined, esims: EuiccReading['esims'] = []) => {
    const state = discoveryState === undefined ? {} : { discoveryState }
    return word(
      discoveryOutcome({ ...euicc, servers: [{ name: 'SMDP.acme.example', ...state }], esims }, name, AT),
    )
  }
  const there = { name: '8933150319000000001F', iccid: '8933150319000000001', serverName: name, state: 2 }

  it('is judged by every state of the reference', () => {
    expect(DISCOVERY_STATES.map(({ value }) => [value, said(value)])).toEqual([
      [1, 'pending'],
      [2, 'pending'],
      [3, 'done'],
      [4, 'failed'],
    ])
    expect([said(undefined), said(0), said(5)]).toEqual(['pending', 'pending', 'pending'])
  })

  it('that failed is knowledge where an eSIM of that very server is on the chip', () => {
    expect(said(4, [there])).toBe('failed for good, already downloaded')
    expect(said(4, [{ ...there, serverName: 'smdp.neo.example' }])).toBe('failed')
    expect(said(4, [{ ...there, state: 1 }])).toBe('failed')
    expect(said(4, [{ ...there, state: 4 }])).toBe('failed')
    expect(said(4, 'unknown')).toBe('failed')
  })

  it('of a server that is not there is unknown, and pending where the servers are', () => {
    expect(discoveryOutcome(euicc, name, AT)).toEqual({ kind: 'unknown' })
    expect(discoveryOutcome({ ...euicc, servers: 'unknown' }, name, AT)).toEqual({ kind: 'pending' })
  })
})

describe('an ordered eSIM', () => {
  const said = (state: number | undefined, errorDetail?: number) => {
    const esim = {
      name: '8933150319000000001F',
      iccid: '8933150319000000001',
      ...(state === undefined ? {} : { state }),
      ...(errorDetail === undefined ? {} : { errorDetail }),
    }
    return esimOutcome({ ...euicc, esims: [esim] }, '8933150319000000001F', AT)
  }

  it('is judged by every state of the reference', () => {
    expect(ESIM_STATES.map(({ value }) => [value, word(said(value))])).toEqual([
      [1, 'pending'],
      [2, 'done'],
      [3, 'pending'],
      [4, 'failed'],
    ])
    expect(word(said(undefined))).toBe('pending')
  })

  it('that failed is judged by every ErrorDetail of the reference', () => {
    expect(ERROR_DETAILS.map(({ value }) => [value, word(said(4, value))])).toEqual([
      [0, 'failed'],
      [1, 'failed'],
      [3, 'failed for good'],
      [5, 'failed for good'],
      [6, 'failed for good'],
      [7, 'failed'],
      [8, 'failed for good'],
      [10, 'failed for good'],
      [11, 'failed for good'],
      [12, 'failed'],
      [13, 'failed'],
      [14, 'failed'],
    ])
    expect([2, 4, 9, 15, -1].map((value) => word(said(4, value)))).toEqual(Array(5).fill('failed'))
  })

  it('that was bound before is never taken to be here: it may be on another device', () => {
    expect(said(4, 11)).not.toHaveProperty('alreadyDownloaded')
  })

  it('that is not listed is unknown', () => {
    expect(esimOutcome(euicc, '8933150319000000001', AT)).toEqual({ kind: 'unknown' })
    expect(esimOutcome({ ...euicc, esims: 'unknown' }, '8933150319000000001', AT)).toEqual({
      kind: 'pending',
    })
  })
})

describe('the state of an eSIM reset', () => {
  it('is pending while in progress or not known, and an error of Windows otherwise', () => {
    expect(resetOutcome(euicc, AT)).toEqual({ kind: 'pending' })
    expect(resetOutcome({ ...euicc, status: 1 }, AT)).toEqual({ kind: 'pending' })
    expect(resetOutcome({ ...euicc, status: 0x80004005 }, AT)).toMatchObject({
      kind: 'failed',
      code: '0x80004005',
    })
  })
})
