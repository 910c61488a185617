import type { Platform } from '../../domain/device.ts'
import type { Command, CommandId, SentKind } from '../../domain/driver.ts'
import { specAddress } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import type { Guide } from './guide.ts'

/** Something that a person is asked to do to one device. */
export type Task = TaskText & {
  /** `t-12`. */
  readonly id: string
  readonly command: CommandId
  readonly driver: string
  readonly kind: SentKind
  readonly device: TaskDevice
  readonly askedAt: Instant
  /** Not to be done any more afterwards: it may not be wanted by then. */
  readonly by: Instant
  /** `dropped`: not wanted any more; `refused`: it was never a task for anybody. */
  readonly state: 'open' | 'done' | 'cannot' | 'dropped' | 'refused'
  readonly closed?: Closing
  readonly failure?: TaskFailure
}

/** What, where and why, in sentences. */
export type TaskText = {
  readonly what: string
  /** The way through the console. */
  readonly where: string
  readonly how: readonly string[]
  readonly why: string
}

export type TaskDevice = {
  readonly id: string
  readonly platform: Platform
  readonly name?: string
  readonly user?: string
  readonly serialNumber?: string
  readonly eid?: string
}

/** An attestation: who says so, when, and on what grounds. */
export type Closing = { readonly at: Instant; readonly who: string; readonly evidence: string }

export type TaskFailure = {
  readonly code: string
  readonly message: string
  readonly permanent: boolean
  readonly alreadyDownloaded?: boolean
}

/** The sentences of a task for this command. */
export function taskText(command: Command, guide: Guide): TaskText {
  const { kind, configuration, spec, record } = command
  const address = spec === undefined ? '' : ` (${specAddress(spec)})`
  const name =
    configuration === undefined ? 'the eSIM configuration' : `eSIM configuration ${configuration}${address}`
  const { where, how } = guide[kind]
  return { where, how, ...SAID[kind](name, record?.slice(record.indexOf('/') + 1) ?? '') }
}

type Said = (name: string, record: string) => Pick<TaskText, 'what' | 'why'>

const SAID: Readonly<Record<SentKind, Said>> = {
  install: (name) => ({
    what: `Install ${name}`,
    why: 'It is wanted on this device, and is not there.',
  }),
  update: (name) => ({
    what: `Change the flags of ${name}, and nothing else`,
    why: 'It is on the device with other flags than wanted.',
  }),
  uninstall: (name) => ({
    what: `Take ${name} off`,
    why: 'It is not wanted on this device any more. Its eSIMs stay and stay active (S18).',
  }),
  reset: () => ({
    what: 'Do an eSIM reset (erases every eSIM, not the laptop)',
    why: 'An eSIM must go, and nothing else removes one (S11, S16, S17).',
  }),
  'delete-record': (_name, record) => ({
    what: `Delete the stale record ${record} of this hardware`,
    why: 'The device was wiped and enrolled again: its old record disturbs what is provisioned now (S14).',
  }),
  retire: () => ({
    what: 'Retire the device',
    why: 'Its retirement is wanted, and its eSIMs are gone (S17).',
  }),
}
