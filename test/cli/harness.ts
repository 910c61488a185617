import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { onTestFinished } from 'vitest'

export const ROOT = resolve(import.meta.dirname, '../..')
const LAUNCHER = join(ROOT, 'src/bin.js')

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string }
type Given = { readonly env?: Readonly<Record<string, string>>; readonly input?: string }

/** A folder that is gone when the test is over. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'simplane-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A folder with the example desired state, as a checkout has it. */
export function workplace(): string {
  const folder = temporary()
  cpSync(join(ROOT, 'desired-state'), join(folder, 'desired-state'), { recursive: true })
  return folder
}

/** Settings of a simulated fleet that answers at once: what waits for it need not wait long. */
export const QUICK = `apiVersion: simplane/v1
kind: Settings
drivers: [{ name: simulator, kind: simulator, latency: { min: 1ms, max: 20ms } }]
`

/** A workplace whose devices answer at once. */
export function quickWorkplace(): string {
  const folder = workplace()
  writeFileSync(join(folder, 'simplane.yaml'), QUICK)
  return folder
}

/** Of this process only what a program needs: neither colours nor settings nor a forge may come from outside. */
function environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const { PATH = '', HOME = '', TMPDIR } = process.env
  // Many short processes of the same program: compiled once for all of them.
  const NODE_COMPILE_CACHE = join(tmpdir(), 'simplane-test-compile-cache')
  const fixed = { PATH, HOME, LC_ALL: 'C.UTF-8', TZ: 'UTC', NODE_COMPILE_CACHE }
  return { ...fixed, ...(TMPDIR === undefined ? {} : { TMPDIR }), ...more }
}

function start(folder: string, words: readonly string[], given: Given): ChildProcess {
  const child = spawn(process.execPath, [LAUNCHER, ...words], { cwd: folder, env: environment(given.env) })
  child.stdin?.end(given.input ?? '')
  return child
}

function collect(child: ChildProcess): { out: string; err: string } {
  const texts = { out: '', err: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (texts.out += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (texts.err += text))
  return texts
}

/** Runs one command as a person does: a process of its own. */
export async function simplane(folder: string, words: readonly string[], given: Given = {}): Promise<Ended> {
  const child = start(folder, words, given)
  const texts = collect(child)
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, ...texts }
}

/** A running service; it is ended with the test whatever happens. */
export type Service = {
  readonly said: () => string
  /** Resolves when what it said since the last call matches; fails when it ends first. */
  says(pattern: RegExp): Promise<string>
  stop(signal: NodeJS.Signals): Promise<Ended>
}

export function service(folder: string, given: Given & { readonly words?: readonly string[] } = {}): Service {
  const env = { SIMPLANE_LOG_FORMAT: 'human', ...given.env }
  const child = start(folder, given.words ?? ['run'], { ...given, env })
  const texts = collect(child)
  const ended = once(child, 'close') as Promise<[number | null]>
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let heard = 0
  return {
    said: () => texts.err,
    says: (pattern) =>
      new Promise((done, fail) => {
        const look = (): void => {
          const match = pattern.exec(texts.err.slice(heard))
          if (match === null) return
          heard += match.index + match[0].length
          stopLooking()
          done(match[0])
        }
        const gone = (): void => {
          stopLooking()
          fail(new Error(`The service ended before it said ${pattern}:\n${texts.err}`))
        }
        const stopLooking = (): void => {
          child.stderr?.off('data', look)
          child.off('close', gone)
        }
        child.stderr?.on('data', look)
        child.on('close', gone)
        look()
      }),
    stop: async (signal) => {
      child.kill(signal)
      const [code] = await ended
      return { code, ...texts }
    },
  }
}

/** What is wrong with a value by a schema of schemas/; nothing: `null`. */
export function schemaErrors(name: string, value: unknown): unknown {
  const path = join(ROOT, 'schemas', `${name}.schema.json`)
  if (!existsSync(path)) throw new Error(`there is no schema ${name}`)
  const check = new Ajv2020({ strict: false, validateFormats: false }).compile(
    JSON.parse(readFileSync(path, 'utf8')) as object,
  )
  check(value)
  return check.errors ?? null
}

/** Parses what a command printed with `-o json`. */
export function parsed(ended: Ended): Record<string, unknown> {
  return JSON.parse(ended.out) as Record<string, unknown>
}
