import type { CommandId } from '../../domain/driver.ts'
import type { SpecIdentity } from '../../domain/esim.ts'
import type { Instant } from '../../domain/time.ts'
import type { AnswerStatus } from './event.ts'
import type { ToldKey } from './report.ts'

/** One enrolment, as its own check-ins tell it. */
export type Device = {
  readonly seq: number
  readonly id: string
  readonly userEnrolled: boolean
  /** The newest text of each key, and when it was said. */
  readonly told: Readonly<Partial<Record<ToldKey, readonly [text: string, at: Instant]>>>
  readonly authenticatedAt?: Instant
  /** The first token update after an Authenticate. */
  readonly firstTokenAt?: Instant
  readonly tokenAt?: Instant
  readonly connectedAt?: Instant
  readonly leftAt?: Instant
}

/** A command in NanoMDM's queue, or on its way there: an install, or a question of ours. */
export type Sent = {
  /** In the order of the queue. */
  readonly seq: number
  readonly uuid: string
  readonly device: number
  /** Absent: a question. */
  readonly install?: {
    readonly step: CommandId
    readonly configuration: string
    readonly identity: SpecIdentity
  }
  readonly sentAt: Instant
  /** `sending`: whether NanoMDM has it is not known. */
  readonly state: 'sending' | 'queued' | 'refused'
  readonly tries: number
  readonly answer?: { readonly status: AnswerStatus; readonly at: Instant; readonly heardAt: Instant }
  readonly error?: { readonly code: string; readonly message: string }
}

/** What one answer to DeviceInformation listed. */
export type Reading = {
  readonly at: Instant
  readonly heardAt: Instant
  /** seq of the question that it answers; absent: somebody else asked. */
  readonly question?: number
  readonly iccids: readonly string[]
}

/** The install that an eSIM came from. */
export type Origin = {
  readonly iccid: string
  readonly configuration: string
  readonly identity: SpecIdentity
  /** seq of the install. */
  readonly command: number
  /** When the eSIM was first seen. */
  readonly at: Instant
}

/** What happened with one device. */
export type History = {
  /** In queue order. */
  readonly sent: readonly Sent[]
  /** Oldest first. */
  readonly readings: readonly Reading[]
  readonly origins: readonly Origin[]
}

/** One device and all that happened with it. */
export type Known = History & { readonly device: Device }

/** The beginning of the present enrolment; `undefined`: before anybody listened. */
export function enrolledAt({ authenticatedAt, firstTokenAt }: Device): Instant | undefined {
  if (authenticatedAt === undefined || firstTokenAt === undefined) return authenticatedAt ?? firstTokenAt
  // A first token long after the last Authenticate belongs to one whose webhook was lost.
  const together = firstTokenAt - authenticatedAt < ENROLLING
  return together ? authenticatedAt : firstTokenAt
}

/** From Authenticate to the first token update; a person may be reading the Setup Assistant in between. */
const ENROLLING = 60 * 60 * 1000

/** Whether commands reach the device: NanoMDM takes them all the same. */
export function standing(device: Device): 'active' | 'enrolling' | 'left' {
  const {
    authenticatedAt = -Infinity,
    tokenAt = -Infinity,
    connectedAt = -Infinity,
    leftAt = -Infinity,
  } = device
  // A device polls on for a while after it checked out: only enrolling again brings it back.
  if (leftAt > Math.max(authenticatedAt, tokenAt)) return 'left'
  return authenticatedAt > Math.max(tokenAt, connectedAt) ? 'enrolling' : 'active'
}

/** When anything was last heard of the device. */
export function lastHeard(device: Device): Instant | undefined {
  const { authenticatedAt, tokenAt, connectedAt, leftAt } = device
  const times = [authenticatedAt, tokenAt, connectedAt, leftAt].filter((each) => each !== undefined)
  return times.length === 0 ? undefined : Math.max(...times)
}

/** Answered for good: NotNow is no answer, the device is offered the command again. */
export function isAnswered({ answer }: Sent): boolean {
  return answer !== undefined && answer.status !== 'NotNow'
}
