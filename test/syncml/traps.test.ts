import { describe, expect, it } from 'vitest'
import { namedEuicc } from '../../src/syncml/address.ts'
import { discoveryOutcome, esimOutcome, resetOutcome } from '../../src/syncml/effect-outcome.ts'
import { eraseEsim, orderEsim, resetEuicc } from '../../src/syncml/euicc-commands.ts'
import { observedEuiccs } from '../../src/syncml/observed.ts'
import { changeServer, installServer, removeServer } from '../../src/syncml/server-commands.ts'
import { commandOutcome, commandsOutcome } from '../../src/syncml/status-outcome.ts'
import { EID, WindowsDevice, type DeviceOptions } from './device/device.ts'
import type { PreparedEsim } from './device/operator.ts'
import { AT, built, inventory, onlyEuicc, send } from './talk.ts'

const [FIRST, SECOND, OTHER] = ['8933150319000000001', '8933150319000000002', '8944000000000000009']
const spec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
} as const
const named = namedEuicc(EID)!
const target = { euicc: named, build: 22_631 }
const again = { again: true }
const fresh = { again: false }

function operatorWith(...iccids: readonly string[]) {
  const prepared: PreparedEsim[] = iccids.map((iccid) => ({ server: spec.serverName, iccid, eid: EID }))
  return { prepared, unreachable: new Set<string>() }
}

/** A device on which acme is configured and its eSIM was downloaded. */
function provisioned(options: DeviceOptions = {}): WindowsDevice {
  const device = new WindowsDevice({ operators: operatorWith(FIRST, SECOND), ...options })
  send(device, built(installServer('i', target, spec, fresh)))
  device.setClock(60_000)
  return device
}

const discovery = (device: WindowsDevice) => discoveryOutcome(onlyEuicc(device), spec.serverName, AT)

describe('a trap of the eUICCs CSP does not catch simplane:', () => {
  it('1. "done" is the word of the CSP, not an eSIM: right after it none is there', () => {
    const device = new WindowsDevice({ operators: operatorWith(FIRST) })
    const commands = built(installServer('i', target, spec, fresh))
    expect(commandsOutcome(commands, send(device, commands), AT).kind).toBe('done')
    expect(discovery(device).kind).toBe('pending')
    expect(observedEuiccs(inventory(device), AT)).toMatchObject({ installed: [{ spec }], esims: [] })
    device.setClock(60_000)
    expect(observedEuiccs(inventory(device), AT).esims).toMatchObject([{ iccid: FIRST }])
  })

  it('2. the status 0 of a reset is no proof: it says so before any reset, and the eSIMs are still listed', () => {
    const device = provisioned()
    expect(resetOutcome(onlyEuicc(device), AT).kind).toBe('done')
    expect(observedEuiccs(inventory(device), AT)).toMatchObject({
      esims: [{ iccid: FIRST }],
      esimsComplete: false,
    })
    send(device, [resetEuicc('r', named)])
    expect(resetOutcome(onlyEuicc(device), AT).kind).toBe('pending')
    device.setClock(70_000)
    expect(observedEuiccs(inventory(device), AT)).toMatchObject({ esims: [], esimsComplete: true })
  })

  it('2b. no eSIM listed is no proof of a reset either, while the chip says that one is there', () => {
    const device = provisioned({ listsDownloaded: false })
    expect(device.chipIccids).toEqual([FIRST])
    expect(observedEuiccs(inventory(device), AT)).toMatchObject({ esims: [], esimsComplete: false })
  })

  it('3. the states from the start, 1 and 1, are no progress', () => {
    const device = new WindowsDevice()
    send(device, built(installServer('i', target, spec, fresh)))
    expect(onlyEuicc(device)).toMatchObject({ servers: [{ discoveryState: 1 }] })
    expect(discovery(device).kind).toBe('pending')
  })

  it('4. a changed flag downloads nothing, and is not taken to', () => {
    const device = new WindowsDevice({ operators: operatorWith() })
    send(device, built(installServer('i', target, spec, fresh)))
    device.setClock(60_000)
    device.operators.prepared.push(...operatorWith(FIRST).prepared)
    send(
      device,
      built(
        changeServer(
          'c',
          target,
          { ...spec, autoEnable: false },
          { autoEnable: true, isDiscoveryServer: false },
        ),
      ),
    )
    device.setClock(200_000)
    expect(device.chipIccids).toEqual([])
    expect(observedEuiccs(inventory(device), AT).installed).toMatchObject([{ spec: { autoEnable: false } }])
  })

  it('4b. an Add of a server that is there is 418 and downloads nothing; deleted first, it downloads', () => {
    const device = provisioned()
    send(device, [resetEuicc('r', named)])
    device.setClock(70_000)
    const first = built(installServer('i', target, spec, fresh))
    expect(commandsOutcome(first, send(device, first), AT)).toMatchObject({
      code: 'syncml-418',
      permanent: false,
    })
    device.setClock(200_000)
    expect(device.chipIccids).toEqual([])
    const second = built(installServer('j', target, spec, again))
    expect(commandsOutcome(second, send(device, second), AT).kind).toBe('done')
    device.setClock(300_000)
    expect(device.chipIccids).toEqual([SECOND])
  })

  it('5. a removed server leaves its eSIM on the chip (S18)', () => {
    const device = provisioned()
    const removal = removeServer('u', named, spec.serverName)
    expect(commandOutcome(removal, send(device, [removal]), AT).kind).toBe('done')
    expect(device.chipIccids).toEqual([FIRST])
    expect(observedEuiccs(inventory(device), AT)).toMatchObject({ installed: [], esims: [{ iccid: FIRST }] })
  })

  it('5b. a removal of what is gone has succeeded', () => {
    const removal = removeServer('u', named, spec.serverName)
    expect(commandOutcome(removal, send(new WindowsDevice(), [removal]), AT).kind).toBe('done')
  })

  it('6. a discovery server downloads nothing by itself', () => {
    const device = new WindowsDevice({ operators: operatorWith(FIRST) })
    send(device, built(installServer('i', target, { ...spec, isDiscoveryServer: true }, fresh)))
    device.setClock(200_000)
    expect(device.chipIccids).toEqual([])
    expect(discovery(device).kind).toBe('pending')
  })

  it.each([404, 405, 406] as const)(
    '6b. sent to an older build it undoes all of the Atomic (%i), and that is told',
    (unknownNode) => {
      const device = new WindowsDevice({ build: 22_000, unknownNode })
      const commands = built(installServer('i', target, spec, fresh))
      expect(commandsOutcome(commands, send(device, commands), AT)).toMatchObject({
        code: `syncml-${unknownNode}`,
        permanent: unknownNode !== 404,
      })
      expect(device.servers).toEqual([])
      const right = built(installServer('j', { ...target, build: 22_000 }, spec, fresh))
      expect(commandsOutcome(right, send(device, right), AT).kind).toBe('done')
      expect(device.servers).toEqual(['smdp.acme.example'])
    },
  )

  it('8. only the server that is named goes, not one that begins alike', () => {
    const device = provisioned()
    send(device, built(installServer('j', target, { ...spec, serverName: 'smdp.acme.example.net' }, fresh)))
    send(device, [removeServer('u', named, spec.serverName)])
    expect(device.servers).toEqual(['smdp.acme.example.net'])
  })

  it('9. a reset takes what is not ours too (S11), and a list without it is never called whole', () => {
    const device = provisioned({ esims: [{ iccid: OTHER, enabled: true }] })
    expect(observedEuiccs(inventory(device), AT)).toMatchObject({
      esims: [{ iccid: FIRST }],
      esimsComplete: false,
    })
    send(device, [resetEuicc('r', named)])
    device.setClock(70_000)
    expect(device.chipIccids).toEqual([])
    expect(device.servers).toEqual(['smdp.acme.example'])
  })

  it('12. a matching id that the regular expression of the reference refuses is left to the device', () => {
    const order = { iccid: FIRST, serverName: spec.serverName, matchingId: 'K2-REAL-CODE', enable: true }
    const operators = {
      prepared: [{ server: spec.serverName, iccid: FIRST, matchingId: order.matchingId }],
      unreachable: new Set<string>(),
    }
    const device = new WindowsDevice({ operators })
    send(device, built(orderEsim('o', target, order)))
    device.setClock(60_000)
    expect(esimOutcome(onlyEuicc(device), FIRST, AT).kind).toBe('done')
    send(device, [eraseEsim('e', named, FIRST)])
    expect(observedEuiccs(inventory(device), AT).esims).toMatchObject([{ iccid: FIRST }])
    device.setClock(70_000)
    expect(esimOutcome(onlyEuicc(device), FIRST, AT).kind).toBe('unknown')
  })

  it('14. the case of a server is one identity, and its node is called as the device calls it', () => {
    const device = new WindowsDevice()
    send(device, built(installServer('i', target, { ...spec, serverName: 'SMDP.Acme.Example' }, fresh)))
    expect(observedEuiccs(inventory(device), AT).installed).toMatchObject([
      { spec: { serverName: 'smdp.acme.example' } },
    ])
    const [server] = onlyEuicc(device).servers as readonly { name: string }[]
    send(device, [removeServer('u', named, server!.name)])
    expect(device.servers).toEqual([])
  })

  it('15. after a board swap a reset of the chip that was looked at cannot land on another', () => {
    const device = provisioned({ eids: [EID, '89049032000000000000000000000020'] })
    device.swapBoard()
    send(device, [resetEuicc('r', named)])
    device.setClock(70_000)
    expect(device.machine.chips.map(({ esims }) => esims.length)).toEqual([0, 0])
    const swapped = provisioned({ eids: ['89049032000000000000000000000020', EID] })
    swapped.machine.chips[0]!.esims.push({ iccid: OTHER, enabled: true })
    send(swapped, [resetEuicc('r', named)])
    swapped.setClock(70_000)
    expect(swapped.chipIccids).toEqual([OTHER])
  })

  it.each([3, 4] as const)(
    'a second download that the server refuses is noticed where it shows (state %i)',
    (secondDiscovery) => {
      const device = provisioned({ secondDiscovery })
      const commands = built(installServer('j', target, spec, again))
      expect(commandsOutcome(commands, send(device, commands), AT).kind).toBe('done')
      device.setClock(200_000)
      expect(device.chipIccids).toEqual([FIRST])
      expect(discovery(device)).toMatchObject(
        secondDiscovery === 3 ? { kind: 'done' } : { kind: 'failed', alreadyDownloaded: true },
      )
    },
  )

  it('a reset that answers 202 is accepted and not done with', () => {
    const device = provisioned({ execStatus: 202 })
    const reset = resetEuicc('r', named)
    expect(commandOutcome(reset, send(device, [reset]), AT).kind).toBe('done')
    expect(observedEuiccs(inventory(device), AT).esims).toMatchObject([{ iccid: FIRST }])
  })

  it('a device that refuses the explicit parent takes the install without it', () => {
    const device = new WindowsDevice({ addsParents: false, operators: operatorWith(FIRST) })
    const explicit = built(installServer('i', target, spec, fresh))
    expect(commandsOutcome(explicit, send(device, explicit), AT)).toMatchObject({ code: 'syncml-405' })
    const implicit = built(installServer('j', target, spec, { ...fresh, addsParent: false }))
    expect(commandsOutcome(implicit, send(device, implicit), AT).kind).toBe('done')
    device.setClock(60_000)
    expect(device.chipIccids).toEqual([FIRST])
  })

  it('a device without an eUICC is tried again slowly: its modem may only be off', () => {
    const device = new WindowsDevice({ absent: true })
    const commands = built(installServer('i', target, spec, fresh))
    expect(commandsOutcome(commands, send(device, commands), AT)).toMatchObject({
      code: 'syncml-404',
      permanent: false,
    })
  })
})
