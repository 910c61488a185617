import { parseXml } from '@rgrove/parse-xml'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { namedEuicc } from '../../src/syncml/address.ts'
import { orderEsim } from '../../src/syncml/euicc-commands.ts'
import type { DeviceMessage } from '../../src/syncml/message.ts'
import { observedEuiccs } from '../../src/syncml/observed.ts'
import { changeServer, installServer, removeServer } from '../../src/syncml/server-commands.ts'
import { commandsOutcome } from '../../src/syncml/status-outcome.ts'
import { escapeText, isXmlText } from '../../src/syncml/xml-write.ts'
import { EID, WindowsDevice } from './device/device.ts'
import { AT, built, inventory, onlyEuicc, send } from './talk.ts'

const target = { euicc: namedEuicc(EID)!, build: 22_631 }

const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/)
const serverName = fc
  .tuple(label, label, fc.constantFrom('example', 'test'))
  .map((labels) => labels.join('.'))
const spec = fc.record({
  platform: fc.constant('windows' as const),
  serverName,
  isDiscoveryServer: fc.boolean(),
  autoEnable: fc.boolean(),
})
const specs = fc.uniqueArray(spec, { maxLength: 4, selector: (each) => each.serverName })

describe('whatever is sent', () => {
  it('is on the device as it was meant, and read back as it is', () => {
    fc.assert(
      fc.property(specs, spec, (first, then) => {
        const device = new WindowsDevice()
        first.forEach((each, at) => {
          const commands = built(installServer(`i${at}`, target, each, { again: at % 2 === 0 }))
          expect(commandsOutcome(commands, send(device, commands), AT).kind).toBe('done')
        })
        const read = observedEuiccs(inventory(device), AT)
        expect(read.installed).toMatchObject(first.map((each) => ({ spec: each })))
        const [changed] = first
        if (changed === undefined) return
        const { autoEnable, isDiscoveryServer } = then
        const wanted = { ...changed, autoEnable, isDiscoveryServer }
        const commands = built(changeServer('c', target, wanted, changed))
        send(device, commands)
        expect(observedEuiccs(inventory(device), AT).installed).toMatchObject(
          [wanted, ...first.slice(1)].map((each) => ({ spec: each })),
        )
        send(
          device,
          first.map((each, at) => removeServer(`u${at}`, target.euicc, each.serverName)),
        )
        expect(device.servers).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it('arrives as text character for character, whatever XML would make of it', () => {
    const code = fc.string({ unit: 'binary', minLength: 1 }).filter(isXmlText)
    fc.assert(
      fc.property(fc.oneof(code, fc.constantFrom('\r\n', ']]>', '<!--', '&amp;', '\t x ')), (matchingId) => {
        const order = {
          iccid: '8933150319000000001',
          serverName: 'smdp.acme.example',
          matchingId,
          enable: false,
        }
        const device = new WindowsDevice()
        send(device, built(orderEsim('o', target, order)))
        expect(device.machine.tree.get(`${EID}/Profiles/${order.iccid}/MatchingID`)).toBe(matchingId)
        expect(parseXml(`<a>${escapeText(matchingId)}</a>`).root?.text).toBe(matchingId)
      }),
      { numRuns: 300 },
    )
  })
})

describe('whatever part of the answers is lost', () => {
  const [ours, personal] = ['8933150319000000001', '8944000000000000009']
  const world = fc.record({
    specs,
    downloads: fc.boolean(),
    foreign: fc.boolean(),
    listsDownloaded: fc.boolean(),
    build: fc.constantFrom(22_000, 22_621, 22_631),
    unknownNode: fc.constantFrom(404 as const, 405 as const, 406 as const),
  })
  const loss = fc.record({ statuses: fc.infiniteStream(fc.nat(9)), results: fc.infiniteStream(fc.nat(9)) })

  it('nothing is believed that is not so, and above all no chip is taken for empty', () => {
    let complete = 0
    fc.assert(
      fc.property(world, loss, fc.constantFrom(0, 1, 3), (given, lost, share) => {
        const server = given.specs[0]?.serverName ?? 'none.example'
        const prepared = given.downloads ? [{ server, iccid: ours, eid: EID }] : []
        const device = new WindowsDevice({
          build: given.build,
          unknownNode: given.unknownNode,
          listsDownloaded: given.listsDownloaded,
          operators: { prepared, unreachable: new Set() },
          esims: given.foreign ? [{ iccid: personal, enabled: true }] : [],
        })
        for (const [at, each] of given.specs.entries()) {
          const result = installServer(`i${at}`, { ...target, build: given.build }, each, { again: false })
          if (result.kind === 'built') send(device, result.commands)
        }
        device.setClock(60_000)
        const isKept = (stream: typeof lost.statuses) => (stream.next().value ?? 9) >= share
        const thinned = (message: DeviceMessage): DeviceMessage => ({
          ...message,
          statuses: message.statuses.filter(() => isKept(lost.statuses)),
          results: message.results.filter(() => isKept(lost.results)),
        })
        const read = observedEuiccs(inventory(device, thinned), AT)
        if (read.installed !== 'unknown') {
          const there = given.specs.filter((each) => device.servers.includes(each.serverName))
          expect(read.installed.map((each) => each.spec)).toEqual(there)
        }
        if (read.esims !== 'unknown') {
          for (const { iccid } of read.esims) expect(device.chipIccids).toContain(iccid)
        }
        if (read.esimsComplete) {
          complete += 1
          expect(device.chipIccids).toEqual([])
        }
      }),
      { numRuns: 400 },
    )
    expect(complete).toBeGreaterThan(10)
  })

  it('nothing is lost when nothing is', () => {
    const device = new WindowsDevice()
    expect(onlyEuicc(device)).toMatchObject({ servers: [], esims: [], isActive: true, status: 0 })
  })
})
