import { parseArgs } from 'node:util'

/** What the command line asks for. */
export type Request = {
  readonly devices: number
  readonly runs: number
  /** Names of figures; all of them when absent. */
  readonly only?: readonly string[]
  /** Where the JSON goes. */
  readonly json?: string
}

const HELP = `Measures simplane on a made-up fleet and prints each figure beside its floor.

Usage: npm run bench -- [options]

  --devices N     size of the fleet (default 1000000)
  --runs N        measured runs of each figure, after a warm-up (default 5)
  --only A,B      these figures only; a name may end in *
  --json FILE     writes everything as JSON, with what it was measured on
  --list          names the figures
  --help          this text

Examples:
  npm run bench
  npm run bench -- --devices 100000 --runs 3 --json /tmp/bench.json
  npm run bench -- --only first-plan,no-op
  npm run bench -- --devices 50000 --only 'observe-*'

Databases a figure begins with are built once for a size and kept in the temporary folder until the code changes.
`

/** Reads the command line; a text: to be printed instead, with the exit code. */
export function readArguments(
  words: readonly string[],
  names: readonly string[],
): Request | { readonly text: string; readonly code: 0 | 1 } {
  const wrong = (why: string): { text: string; code: 1 } => ({ text: `${why}\n\n${HELP}`, code: 1 })
  let values: ReturnType<typeof parsed>
  try {
    values = parsed(words)
  } catch (error) {
    return wrong(error instanceof Error ? error.message : String(error))
  }
  if (values.help) return { text: HELP, code: 0 }
  if (values.list) return { text: `${names.join('\n')}\n`, code: 0 }
  const [devices, runs] = [Number(values.devices), Number(values.runs)]
  // Fewer would leave some of the hundred configurations without a device.
  if (!Number.isInteger(devices) || devices < 1_000)
    return wrong('--devices is a whole number, at least 1000')
  if (!Number.isInteger(runs) || runs < 1) return wrong('--runs is a whole number, at least 1')
  const only = values.only === undefined ? undefined : chosen(values.only.split(','), names)
  if (typeof only === 'string') return wrong(`there is no figure ${only}; see --list`)
  return {
    devices,
    runs,
    ...(only === undefined ? {} : { only }),
    ...(values.json === undefined ? {} : { json: values.json }),
  }
}

function parsed(words: readonly string[]) {
  return parseArgs({
    args: [...words],
    options: {
      devices: { type: 'string', default: '1000000' },
      runs: { type: 'string', default: '5' },
      only: { type: 'string' },
      json: { type: 'string' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  }).values
}

/** The figures meant, in their own order; or the word that means none. */
function chosen(words: readonly string[], names: readonly string[]): readonly string[] | string {
  const found = new Set<string>()
  for (const word of words) {
    const start = word.endsWith('*') ? word.slice(0, -1) : undefined
    const some = names.filter((name) => (start === undefined ? name === word : name.startsWith(start)))
    if (some.length === 0) return word
    for (const name of some) found.add(name)
  }
  return names.filter((name) => found.has(name))
}
