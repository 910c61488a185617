import type { Instant } from '../../domain/time.ts'
import type { Get } from '../../syncml/command.ts'
import { readMessage } from '../../syncml/message.ts'
import { learn, nextQuestions, type NodeAnswers } from '../../syncml/node-answers.ts'
import { observedEuiccs, type EuiccFacts } from '../../syncml/observed.ts'
import { readEuiccs, type EuiccReading } from '../../syncml/reading.ts'
import { writeFragment } from '../../syncml/write.ts'
import type { Client } from './client.ts'
import type { HostId } from './host.ts'
import type { Json } from './json.ts'

/** Which eUICCs, what they hold, each server and eSIM; one more for what the device left unanswered. */
const ROUNDS = 4

/** `isAsking`: a server is being asked for its eSIM, or is about to be: what is not there yet may come any moment. */
type Bridged = { readonly facts: EuiccFacts; readonly isAsking: boolean }

/**
 * What the eUICC of a Windows device holds, by live queries of `mdm_bridge`, a table of Fleet's agent that hands a Get to
 * Windows' own MDM bridge. Reads only. `undefined`: the device is offline, cannot (some answer 0x80070032), or what it
 * said cannot be read whole.
 */
export async function readBridge(client: Client, host: HostId, at: Instant): Promise<Bridged | undefined> {
  let known: NodeAnswers = new Map()
  for (let round = 0; round < ROUNDS; round += 1) {
    const asked = nextQuestions('q', known)
    if (asked.length === 0) break
    const rows = await client.query(host, bridgeQuery(asked))
    const message = messageOf(rows)
    if (message === undefined) return undefined
    const next = learn(known, asked, [message])
    if (next.size === known.size) return undefined
    known = next
  }
  const readings = readEuiccs(known)
  return {
    facts: observedEuiccs(readings, at),
    isAsking: readings !== 'unknown' && readings.some((each) => each.isActive === true && asks(each)),
  }
}

/** Requested and Executing; Requested is also the value from the start, so that somebody must end the wait. */
const ASKING: readonly (number | undefined)[] = [1, 2]

function asks({ servers }: EuiccReading): boolean {
  if (servers === 'unknown') return false
  // A discovery server is asked when a user looks for an eSIM.
  return servers.some((each) => each.isDiscoveryServer !== true && ASKING.includes(each.discoveryState))
}

/** The query that hands these to the device. */
function bridgeQuery(asked: readonly Get[]): string {
  const body = `<SyncBody>${writeFragment(asked)}</SyncBody>`.replaceAll("'", "''")
  return `SELECT raw_mdm_command_output FROM mdm_bridge WHERE mdm_command_input = '${body}'`
}

function messageOf(rows: readonly Json[] | undefined) {
  const [row, ...more] = rows ?? []
  const output = row?.['raw_mdm_command_output']
  if (typeof output !== 'string' || more.length > 0) return undefined
  const message = readMessage(output)
  return message.kind === 'message' ? message : undefined
}
