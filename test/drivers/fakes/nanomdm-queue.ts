/**
 * NanoMDM's queue of one enrolment, with the traps that were seen on a running server: NotNow skips, Authenticate
 * empties, and in the kv stores a second final answer to one command empties everything (unlink of a node without
 * neighbours).
 */
export type Queue = {
  enabled: boolean
  tally: number
  commands: { readonly uuid: string; readonly xml: string; notNow: boolean }[]
  readonly finished: Set<string>
}

/** An enrolment that has not sent its token yet. */
export function emptyQueue(): Queue {
  return { enabled: false, tally: 0, commands: [], finished: new Set() }
}

/** Authenticate: the queue is emptied, the enrolment is off until its token comes. */
export function enrolAnew(queue: Queue): void {
  queue.commands = []
  queue.enabled = false
  queue.tally = 0
}

/** Notes a report. `emptying`: the bug of the kv stores. */
export function noteReport(queue: Queue, uuid: string, status: string, emptying: boolean): void {
  const command = queue.commands.find((each) => each.uuid === uuid)
  if (status === 'NotNow') {
    if (command !== undefined) command.notNow = true
    return
  }
  if (command === undefined && emptying) queue.commands = []
  queue.commands = queue.commands.filter((each) => each.uuid !== uuid)
  queue.finished.add(uuid)
}

/** The next command; those answered NotNow are skipped while the last status was NotNow. */
export function nextCommand(queue: Queue, lastStatus: string): string | undefined {
  if (!queue.enabled) return undefined
  return queue.commands.find((each) => lastStatus !== 'NotNow' || !each.notNow)?.xml
}
