import { DEFAULT_EUICC, namedEuicc, nodeKey } from '../../src/syncml/address.ts'
import type { Get, SyncmlCommand } from '../../src/syncml/command.ts'
import { discoveryOutcome, resetOutcome } from '../../src/syncml/effect-outcome.ts'
import { resetEuicc } from '../../src/syncml/euicc-commands.ts'
import type { DeviceMessage } from '../../src/syncml/message.ts'
import { learn, nextQuestions, type NodeAnswers } from '../../src/syncml/node-answers.ts'
import { observedEuiccs } from '../../src/syncml/observed.ts'
import { readEuiccs, type EuiccReading } from '../../src/syncml/reading.ts'
import { changeServer, installServer, removeServer } from '../../src/syncml/server-commands.ts'
import { commandsOutcome } from '../../src/syncml/status-outcome.ts'
import { EID, WindowsDevice, type DeviceOptions } from './device/device.ts'
import { AT, built, send } from './talk.ts'

/** One message and its answer: what is sent, and what simplane makes of what comes back. */
export type Exchange = {
  readonly says: string
  readonly commands: readonly SyncmlCommand[]
  /** The clock of the device, in seconds, when the message arrives. */
  readonly second?: number
  readonly means: (messages: readonly DeviceMessage[]) => unknown
}

/** A device, and what is said with it in turn. */
export type Story = {
  readonly file: string
  readonly title: string
  readonly about: string
  readonly device: () => WindowsDevice
  readonly exchanges: () => readonly Exchange[]
}

const ICCID = '8933150319000000001'
const named = namedEuicc(EID)!
const spec = {
  platform: 'windows',
  serverName: 'smdp.acme.example',
  isDiscoveryServer: false,
  autoEnable: true,
} as const
const on = (build: number) => ({ euicc: DEFAULT_EUICC, build })
const fresh = { again: false }

function device(options: DeviceOptions = {}): WindowsDevice {
  const prepared = [{ server: spec.serverName, iccid: ICCID, eid: EID }]
  return new WindowsDevice({ operators: { prepared, unreachable: new Set() }, ...options })
}

function provisioned(): WindowsDevice {
  const installed = device()
  send(installed, built(installServer('1', on(22_631), spec, fresh)))
  installed.setClock(60_000)
  return installed
}

function step(says: string, commands: readonly SyncmlCommand[], second?: number): Exchange {
  const means = (messages: readonly DeviceMessage[]) => commandsOutcome(commands, messages, AT)
  return { says, commands, means, ...(second === undefined ? {} : { second }) }
}

/** The rounds of an inventory; what is asked later follows from what was answered before. */
function rounds(from: WindowsDevice, says: readonly string[]): readonly Exchange[] {
  let known: NodeAnswers = new Map()
  return says.map((words, at) => {
    const before = known
    const commands = nextQuestions(`${at + 1}`, before)
    known = learn(before, commands, send(from, commands))
    const means = (messages: readonly DeviceMessage[]) => {
      const after = learn(before, commands, messages)
      const left = nextQuestions('next', after).length
      return left > 0 ? { known: after.size, leftToAsk: left } : observedEuiccs(readEuiccs(after), AT)
    }
    return { says: words, commands, means }
  })
}

/**
 * Asks the one node whose address ends like this, and concludes from its answer and all that the device, told the same
 * before, says elsewhere.
 */
function look(
  says: string,
  leaf: string,
  from: () => WindowsDevice,
  second: number,
  means: (readings: readonly EuiccReading[]) => unknown,
): Exchange {
  const later = from()
  later.setClock(second * 1_000)
  const { questions, known } = everything(later)
  const [asked] = questions.filter(({ uri }) => uri.endsWith(leaf)).map((get) => ({ ...get, id: '1' }))
  if (asked === undefined) throw new Error(`nothing asks for ${leaf}`)
  const rest = new Map([...known].filter(([key]) => key !== nodeKey(asked.uri)))
  return {
    says,
    second,
    commands: [asked],
    means: (messages) => {
      const readings = readEuiccs(learn(rest, [asked], messages))
      return means(readings === 'unknown' ? [] : readings)
    },
  }
}

function everything(from: WindowsDevice) {
  let known: NodeAnswers = new Map()
  const questions: Get[] = []
  for (let asked = nextQuestions('q', known); asked.length > 0; asked = nextQuestions('q', known)) {
    questions.push(...asked)
    known = learn(known, asked, send(from, asked))
  }
  return { questions, known }
}

const discovered = (readings: readonly EuiccReading[]) => discoveryOutcome(readings[0]!, spec.serverName, AT)
const wasReset = (readings: readonly EuiccReading[]) => resetOutcome(readings[0]!, AT)

function installing(options: DeviceOptions = {}): WindowsDevice {
  const under = device(options)
  send(under, built(installServer('1', on(22_631), spec, fresh)))
  return under
}

function resetting(): WindowsDevice {
  const under = provisioned()
  send(under, [resetEuicc('1', named)])
  return under
}

function uninstalled(): WindowsDevice {
  const under = provisioned()
  send(under, [removeServer('2', named, spec.serverName)])
  return under
}

function downloadingAgain(): WindowsDevice {
  const under = provisioned()
  send(under, built(installServer('1', on(22_631), spec, { again: true })))
  return under
}

/** Every recorded exchange. */
export const STORIES: readonly Story[] = [
  {
    file: 'install.md',
    title: 'Install: a download server on a device that has none',
    about: 'Windows 11 22H2 or later. Creating the subtree makes the device ask the server for an eSIM.',
    device,
    exchanges: () => [
      step(
        'Subtree and flags in one Atomic, on the active eUICC.',
        built(installServer('1', on(22_631), spec, fresh)),
      ),
    ],
  },
  {
    file: 'install-windows-11-21h2.md',
    title: 'Install on Windows 11 21H2',
    about: 'Build 22000 has no IsDiscoveryServer: the flag is left out, for it would undo the whole Atomic.',
    device: () => device({ build: 22_000 }),
    exchanges: () => [step('Without the flag.', built(installServer('1', on(22_000), spec, fresh)))],
  },
  {
    file: 'install-wrong-build.md',
    title: 'Install on a device that is older than the MDM believes',
    about: 'The MDM says 22631, the device runs 22000. The answer 216 is not the cause; 406 is.',
    device: () => device({ build: 22_000 }),
    exchanges: () => [
      step('With a flag that the device does not know.', built(installServer('1', on(22_631), spec, fresh))),
    ],
  },
  {
    file: 'install-exists.md',
    title: 'Install where the server is configured already',
    about: 'An Add of a node that exists downloads nothing. Deleted first, it does.',
    device: installing,
    exchanges: () => [
      step('The plain install is refused.', built(installServer('2', on(22_631), spec, fresh))),
      step('With a Delete before it.', built(installServer('3', on(22_631), spec, { again: true }))),
    ],
  },
  {
    file: 'install-no-euicc.md',
    title: 'Install on a device without an eUICC',
    about: 'Or with its modem off, or on an edition without this CSP: the device says the same in each case.',
    device: () => device({ absent: true }),
    exchanges: () => [
      step('Nothing is there to add it to.', built(installServer('1', on(22_631), spec, fresh))),
    ],
  },
  {
    file: 'discovery.md',
    title: 'What the device makes of an install',
    about:
      'The status of the install said done at once. What came of it, DiscoveryState tells, and only the list of eSIMs shows.',
    device: installing,
    exchanges: () =>
      [2, 6, 61].map((second) =>
        look(`${second} seconds after the install.`, 'DiscoveryState', installing, second, discovered),
      ),
  },
  {
    file: 'discovery-again.md',
    title: 'A second download while the eSIM is there',
    about:
      'An eSIM is given out once. Failed comes without a reason; the eSIM of that server in the list is one.',
    device: downloadingAgain,
    exchanges: () => [
      look('Two minutes after the second install.', 'DiscoveryState', downloadingAgain, 180, discovered),
    ],
  },
  {
    file: 'update.md',
    title: 'Update: other flags for a server that is configured',
    about: 'Only what differs is sent. It downloads nothing.',
    device: provisioned,
    exchanges: () => [
      step(
        'AutoEnable off.',
        built(
          changeServer(
            '2',
            on(22_631),
            { ...spec, autoEnable: false },
            { autoEnable: true, isDiscoveryServer: false },
          ),
        ),
      ),
    ],
  },
  {
    file: 'uninstall.md',
    title: 'Uninstall: a download server goes, its eSIM stays',
    about: 'What is gone already has been uninstalled, too.',
    device: provisioned,
    exchanges: () => [
      step('On the eUICC that was looked at.', [removeServer('2', named, spec.serverName)]),
      step('Once more.', [removeServer('3', named, spec.serverName)]),
      look('What is left: no server, and the eSIM.', '/DownloadServers', uninstalled, 60, (readings) => {
        const { installed, esims } = observedEuiccs(readings, AT)
        return { installed, esims }
      }),
    ],
  },
  {
    file: 'esim-reset.md',
    title: 'eSIM reset: every eSIM is erased, not the laptop',
    about:
      'One Exec with one Item. Its status proves nothing, nor does Status 0, which stands there before any reset; PPR1Allowed does, for it is false while any eSIM is on the chip.',
    device: provisioned,
    exchanges: () => [
      step('On the eUICC that was looked at, never on the alias.', [resetEuicc('1', named)], 61),
      look('A second later it is under way.', 'Actions/Status', resetting, 61, wasReset),
      look('Then it is done, as far as it says.', 'Actions/Status', resetting, 70, wasReset),
      look('And the chip is known to be empty.', 'PPR1Allowed', resetting, 70, (readings) => {
        const { installed, esims, esimsComplete } = observedEuiccs(readings, AT)
        return { installed, esims, esimsComplete }
      }),
    ],
  },
  {
    file: 'inventory.md',
    title: 'Inventory: which eUICCs, which servers, which eSIMs',
    about: 'Asked in rounds, each from the answers of the one before. MatchingID is never asked for.',
    device: provisioned,
    exchanges: () =>
      rounds(provisioned(), [
        'Which eUICCs are there?',
        'What does each hold?',
        'And what is each of these?',
      ]),
  },
]
