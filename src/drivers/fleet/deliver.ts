import type { Submission } from '../../domain/driver.ts'
import { SimplaneError } from '../../domain/error.ts'
import { failed } from './failure.ts'
import type { Host } from './host.ts'
import { unreachable, type Judged } from './judged.ts'
import type { Sent } from './rows.ts'
import { accepted, refused, type Refused, type Work } from './work.ts'

/**
 * Gives Fleet a command under the id that is written already. Fleet takes an id once; whether it has it is asked before
 * a second try and after a doubtful first one: the push to all of its devices may fail (502), and the command be queued.
 */
export async function deliver(
  work: Work,
  host: Host,
  sent: Sent,
  text: string,
  first: boolean,
): Promise<Submission> {
  const { client, memory } = work
  if (!first && (await isKnown(work, host, sent))) return told(work, sent)
  let judged: Judged
  try {
    judged = await client.run(host.uuid, text)
  } catch (error) {
    if (!(error instanceof SimplaneError) || !(await isKnown(work, host, sent))) throw error
    return told(work, sent)
  }
  switch (judged.kind) {
    case 'done':
      return told(work, sent)
    case 'throttled':
      // An earlier try under this id may have arrived: then "nothing happened" would be a lie.
      if (!first) throw unreachable(work.driver, 'it wants to be left alone')
      memory.drop(sent.step)
      return { kind: 'deferred', reason: 'Fleet wants to be left alone.', retryAt: judged.retryAt }
    case 'refused':
      if (await isKnown(work, host, sent)) return told(work, sent)
      return over(work, sent, refused(judged.code, judged.message))
  }
}

/** It is not even told, and never will be: remembered, so that asking again gives the same answer. */
export function over(work: Work, sent: Sent, answer: Refused): Refused {
  work.memory.ended(sent.step, failed(answer.code, answer.message, work.clock.now(), true))
  return answer
}

function told({ memory }: Work, sent: Sent): Submission {
  memory.told(sent.step)
  return accepted(sent)
}

async function isKnown({ client }: Work, host: Host, { uuid = '' }: Sent): Promise<boolean> {
  return (await client.results(uuid, host.uuid)).kind !== 'unknown'
}
