import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { createInterface } from 'node:readline/promises'
import { runCli } from './cli/program.ts'
import type { Io } from './cli/io.ts'
import { systemClock } from './clock.ts'
import { colourPaint, plainPaint } from './report/paint.ts'

/** The one place that knows the process: its arguments, environment, streams, signals and exit code. */
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => {
    stop.abort(signal)
    // A second Ctrl-C does not wait: stopping is safe at any moment.
    process.once(signal, () => process.exit(130))
  })
}
// "simplane plan | head" closes the pipe early: that is no trouble.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
// Nobody reads what the service says any more: it stops as at Ctrl-C.
process.stderr.on('error', () => stop.abort('EPIPE'))

// A plain copy: reading the real one asks the system each time, and the YAML parser reads it for every token.
process.env = { ...process.env }
const { env } = process
const colour =
  env['NO_COLOR'] === undefined || env['NO_COLOR'] === ''
    ? process.stdout.isTTY || env['FORCE_COLOR'] === '1'
    : false
const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}
const io: Io = {
  cwd: process.cwd(),
  env,
  clock: systemClock,
  signal: stop.signal,
  out: (text) => process.stdout.write(text),
  drained: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
  },
  err: (text) => process.stderr.write(text),
  terminal: process.stderr.isTTY && process.stdout.isTTY && env['TERM'] !== 'dumb',
  paint: colour ? colourPaint : plainPaint,
  time: {
    clock: (instant) => new Date(instant).toTimeString().slice(0, 8),
    date: (instant) =>
      new Date(instant)
        .toLocaleDateString('en-GB', { weekday: 'short', day: 'numeric', month: 'short' })
        .replace(',', ''),
  },
  ask,
  actor:
    [env['SIMPLANE_ACTOR'], env['SUDO_USER']].find((name) => name !== undefined && name !== '') ?? userName(),
  version: manifest.version,
}

const code = await runCli(process.argv.slice(2), io)
// Ends although something may still wait (a timer, a watcher), yet not before what was written has left.
process.stdout.write('', () => process.exit(code))

async function ask(question: string): Promise<string | undefined> {
  if (!process.stdin.isTTY) return undefined
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await terminal.question(question, { signal: stop.signal })
  } catch {
    return undefined
  } finally {
    terminal.close()
  }
}

function userName(): string {
  try {
    return userInfo().username
  } catch {
    return 'unknown'
  }
}
