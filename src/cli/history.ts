import { Command } from 'commander'
import { SimplaneError } from '../domain/error.ts'
import { DAY, HOUR, MINUTE, parseInstant, type Instant } from '../domain/time.ts'
import { historyJson, historyText } from '../report/history-text.ts'
import { inOrder, runEvents, stepEvents, type HistoryEvent } from '../report/step-events.ts'
import { theDevice } from '../reconcile/target.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson, wholeNumber } from './output.ts'
import type { Finish } from './program.ts'
import { openSession, type GlobalOptions, type Session } from './session.ts'

type Options = GlobalOptions & {
  readonly output: 'text' | 'json'
  readonly since?: string
  readonly limit: string
}

const HELP = `
Examples:
  simplane history --since 12h
  simplane history LAP-0007            every step of one device, with what the MDM said
  simplane history --since 2026-11-23T08:00:00Z -o json`

/** `simplane history [DEVICE]`: what happened, and who did what. */
export function historyCommand(io: Io, finish: Finish): Command {
  return new Command('history')
    .description('what happened, and who did what')
    .argument('[DEVICE]', 'serial number, EID, IMEI, id, name or user')
    .option('--since <when>', 'a time, or how long ago: 30m, 12h, 3d')
    .option('--limit <number>', 'at most so many', '100')
    .addOption(outputOption('json'))
    .addHelpText('after', HELP)
    .action(async (device: string | undefined, _options: unknown, command: Command) =>
      finish(await history(io, device, command.optsWithGlobals<Options>())),
    )
}

async function history(io: Io, text: string | undefined, options: Options): Promise<ExitCode> {
  const limit = wholeNumber('--limit', options.limit)
  const since = options.since === undefined ? undefined : sinceOf(options.since, io.clock.now())
  await using session = await openSession(io, options)
  const all = text === undefined ? await ofFleet(session, limit) : await ofDevice(session, text, limit)
  const events = all.filter((event) => event.at >= (since ?? 0)).slice(-Math.max(1, limit))
  if (options.output === 'json') printJson(io, historyJson(events))
  else io.out(historyText(events, io.time, io.paint))
  return EXIT.done
}

/** What people and the service did: revisions, refusals, approvals, retries, and passes that did something. */
async function ofFleet({ store }: Session, limit: number): Promise<readonly HistoryEvent[]> {
  return inOrder(await store.history({ limit }), runEvents(await store.runs(Math.max(limit, RUNS))))
}

/** What was noted of one device, with every step of its journal. */
async function ofDevice({ store }: Session, text: string, limit: number): Promise<readonly HistoryEvent[]> {
  const { device } = await theDevice(store, text)
  const noted = await store.history({ device: device.record.key, limit })
  return inOrder(
    noted.filter((event) => event.kind !== 'step'),
    stepEvents(await store.steps(device.dev, limit)),
  )
}

/** Most passes find nothing to do: so many are looked through for those that did. */
const RUNS = 1_000

const UNITS: Readonly<Record<string, number>> = { m: MINUTE, h: HOUR, d: DAY }

function sinceOf(text: string, now: Instant): Instant {
  const span = /^(\d+)([mhd])$/.exec(text)
  if (span !== null) return now - Number(span[1]) * (UNITS[span[2] ?? ''] ?? 0)
  const instant = parseInstant(text)
  if (instant !== undefined) return instant
  throw new SimplaneError('usage', `--since "${text}" is neither a time nor how long ago.`, {
    hint: 'Write 12h, 3d or 2026-11-23T08:00:00Z.',
  })
}
