import { Command } from 'commander'
import { mayHoldState, openRecordedState, surroundings, type Setting } from '../app.ts'
import { SimplaneError } from '../domain/error.ts'
import type { ChannelStanding } from '../domain/notice-store.ts'
import type { Channel } from '../domain/notice.ts'
import { openLog } from '../log/winston.ts'
import { channelsJson, channelsText } from '../report/notice-channels.ts'
import { testNotice } from '../report/notice-words.ts'
import { counted } from '../report/numbers.ts'
import { visible } from '../report/visible.ts'
import { EXIT, type ExitCode, type Io } from './io.ts'
import { outputOption, printJson } from './output.ts'
import type { Finish } from './program.ts'
import { loadSettings, type GlobalOptions } from './session.ts'

type Options = GlobalOptions & { readonly output: 'text' | 'json' }

/** What became of a test. */
type Tested = {
  readonly name: string
  readonly result: 'ok' | 'fail'
  readonly why?: string
  readonly hint?: string
}

const HELP = `
Examples:
  simplane notify list           who is told of what, and what waits for whom
  simplane notify test           a test to every channel
  simplane notify test ops       to one
  simplane notify list -o json

A test is sent whatever a channel asks for, at once and once. Exit code 1 when a channel does not take it. Set up with
notify in the settings: docs/notifications.md.`

/** `simplane notify list` and `simplane notify test [NAME]`: the channels over which people are told. */
export function notifyCommand(io: Io, finish: Finish): Command {
  const list = new Command('list')
    .description('the channels, and what waits for them')
    .addHelpText('after', HELP)
    .action(async (_options: unknown, command: Command) =>
      finish(await listChannels(io, command.optsWithGlobals<Options>())),
    )
  const test = new Command('test')
    .description('send a test')
    .argument('[NAME]', 'of a channel; without: every one')
    .addHelpText('after', HELP)
    .action(async (name: string | undefined, _options: unknown, command: Command) =>
      finish(await testChannels(io, command.optsWithGlobals<Options>(), name)),
    )
  return new Command('notify')
    .description('who is told of what happens, and whether it reaches them')
    .addOption(outputOption('json'))
    .helpCommand(false)
    .addHelpText('after', HELP)
    .addCommand(list)
    .addCommand(test)
}

async function listChannels(io: Io, options: Options): Promise<ExitCode> {
  const setting = loadSettings(io, options)
  const standings = new Map((await standingsOf(setting)).map((each) => [each.channel, each]))
  const rows = (setting.settings.notify ?? []).map((settings) => {
    const standing = standings.get(settings.name)
    return standing === undefined ? { settings } : { settings, standing }
  })
  if (options.output === 'json') printJson(io, channelsJson(rows))
  else io.out(channelsText(rows, { now: io.clock.now(), time: io.time }))
  return EXIT.done
}

/** Before the first start nothing waits. */
async function standingsOf(setting: Setting): Promise<readonly ChannelStanding[]> {
  if (setting.settings.notify === undefined || !mayHoldState(setting)) return []
  await using store = await openRecordedState(setting)
  return await store.channelStandings()
}

async function testChannels(io: Io, options: Options, name: string | undefined): Promise<ExitCode> {
  const setting = loadSettings(io, options)
  const log = openLog({ format: 'human', level: 'error', write: (line) => io.err(line), secrets: [] })
  const { reveal } = surroundings(setting, { clock: io.clock, log })
  const { openOutlets } = await import('../notices.ts')
  await using stack = new AsyncDisposableStack()
  const outlets = await openOutlets(setting.settings, { clock: io.clock, reveal })
  for (const { channel } of outlets) stack.use(channel)
  const channels = chosen(
    outlets.map(({ channel }) => channel),
    name,
  )
  const tested: Tested[] = []
  for (const channel of channels) {
    if (io.signal.aborted) return EXIT.interrupted
    const result = await testChannel(io, channel)
    tested.push(result)
    if (options.output === 'text') io.out(lineOf(io, result))
  }
  const failures = tested.filter(({ result }) => result === 'fail').length
  if (options.output === 'json')
    printJson(io, { apiVersion: 'simplane/v1', kind: 'ChannelTest', failures, channels: tested })
  else io.out(failures === 0 ? 'Look whether it has arrived.\n' : `${counted(failures, 'failure')}.\n`)
  return failures === 0 ? EXIT.done : EXIT.error
}

/** Throws `not-found` when there is none, or none of this name. */
function chosen(channels: readonly Channel[], name: string | undefined): readonly Channel[] {
  const all = name === undefined ? channels : channels.filter((channel) => channel.name === name)
  if (all.length > 0) return all
  if (channels.length === 0)
    throw new SimplaneError('not-found', 'There is no channel: there is no notify in the settings.', {
      hint: 'docs/notifications.md says how one is set up.',
    })
  throw new SimplaneError('not-found', `There is no channel ${name ?? ''}.`, {
    hint: `There are: ${channels.map((channel) => channel.name).join(', ')}.`,
  })
}

/** A secret that is not there is something to find. */
async function testChannel(io: Io, channel: Channel): Promise<Tested> {
  const { name } = channel
  try {
    const delivery = await channel.deliver(testNotice(io.clock.now()))
    return delivery.kind === 'delivered'
      ? { name, result: 'ok' }
      : { name, result: 'fail', why: delivery.why }
  } catch (error) {
    if (!(error instanceof SimplaneError) || error.code !== 'settings') throw error
    const { message, hint } = error
    return { name, result: 'fail', why: message, ...(hint === undefined ? {} : { hint }) }
  }
}

function lineOf({ paint }: Io, { name, result, why = '', hint }: Tested): string {
  if (result === 'ok') return `${paint.green('ok  ')}  ${name}  took a test\n`
  const line = `${paint.red('FAIL')}  ${name}  ${visible(why)}\n`
  return hint === undefined ? line : `${line}      ${visible(hint)}\n`
}
