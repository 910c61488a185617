import { object, objects, moment, parseObject, text } from './json.ts'
import type { Instant } from '../../domain/time.ts'
import type { Reply } from '../../exchange/answer.ts'
import { complaintOf } from './judged.ts'

/** What Fleet has of a command. */
export type CommandState =
  /** It does not know the id. */
  | { readonly kind: 'unknown' }
  /** It has it, and nothing from the device. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'answered'; readonly result: CommandResult }

/** What a device answered. Apple: Acknowledged, Error, CommandFormatError, NotNow; Windows: a number as text. */
export type CommandResult = {
  readonly status: string
  /** When, by Fleet's clock. Absent: it did not say. */
  readonly at?: Instant
  /** What the device sent: a property list, or SyncML. */
  readonly report: Uint8Array
}

/** Largest report that is read, in characters of base64. */
const LARGEST = 1024 * 1024

/**
 * The state of a command from `GET /commands/results`. `{}` is a command without a result yet; 404 in Fleet's own words
 * one that it does not know. `undefined`: not an answer of Fleet's.
 */
export function readResults(reply: Reply, hostUuid: string): CommandState | undefined {
  if (reply.status === 404) return complaintOf(reply) === undefined ? undefined : { kind: 'unknown' }
  const body = reply.status === 200 ? parseObject(reply.body) : undefined
  if (body === undefined) return undefined
  const results = body['results'] === undefined || body['results'] === null ? [] : objects(body['results'])
  if (results === undefined) return undefined
  const ours = results.filter((each) => each['host_uuid'] === undefined || each['host_uuid'] === hostUuid)
  // A device may report twice: what it said first stands, NotNow apart.
  const [first] = ours.flatMap((each) => resultOf(each) ?? []).sort(byFinality)
  return first === undefined ? { kind: 'waiting' } : { kind: 'answered', result: first }
}

function resultOf(value: unknown): CommandResult | undefined {
  const json = object(value)
  const status = text(json?.['status'])
  if (status === undefined || /^(pending|idle)$/i.test(status)) return undefined
  const at = moment(json?.['updated_at'])
  const result = json?.['result']
  const report =
    typeof result === 'string' && result.length <= LARGEST ? Buffer.from(result, 'base64') : Buffer.alloc(0)
  return { status, report, ...(at === undefined ? {} : { at }) }
}

function byFinality(a: CommandResult, b: CommandResult): number {
  const isBusy = (each: CommandResult): number => (each.status === 'NotNow' ? 1 : 0)
  return isBusy(a) - isBusy(b) || (a.at ?? Infinity) - (b.at ?? Infinity)
}
