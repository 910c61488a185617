import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { GitEnvironment } from './git-environment.ts'
import { GIT_CONFIG } from './git-environment.ts'

/** The bare repository to work on, with the environment of its processes and what stops them. */
export type GitFolder = {
  readonly folder: string
  readonly environment: GitEnvironment
  readonly signal: AbortSignal
}

/** A running git. `finished` never rejects: true when it ended well. */
export type GitProcess = {
  readonly stdout: Readable
  readonly stderr: Readable
  readonly finished: Promise<boolean>
  stop(): void
}

/** A running git that is still to be told something. */
export type OpenGit = GitProcess & {
  readonly stdin: Writable
  /** This process does not wait for it. */
  unref(): void
}

const LONGEST_OUTPUT = 16 * 1024 * 1024
const GRACE = 2_000

/**
 * Starts git past simple-git, which can do neither of two things: stop at a limit and leave bytes as they are (file
 * names and blobs are no text), and stop the helpers that git starts (a stuck `git-remote-https` would outlive every
 * timeout). Each process therefore leads a group of its own, and the group is stopped. No shell is involved.
 */
export function startGit(git: GitFolder, args: readonly string[], input = ''): GitProcess {
  const started = openGit(git, args)
  started.stdin.end(input)
  return started
}

/** As `startGit`, of which the input stays open. */
export function openGit(git: GitFolder, args: readonly string[]): OpenGit {
  const options = GIT_CONFIG.flatMap((setting) => ['-c', setting])
  const child = spawn('git', [...options, ...args], {
    cwd: git.folder,
    env: git.environment,
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    windowsHide: true,
  })
  let last: NodeJS.Timeout | undefined
  const stop = () => {
    if (last !== undefined) return
    signalGroup(child.pid, 'SIGTERM')
    last = setTimeout(() => signalGroup(child.pid, 'SIGKILL'), GRACE)
  }
  const finished = once(child, 'close').then(
    ([code]) => code === 0,
    () => false,
  )
  void finished.then(() => {
    clearTimeout(last)
    git.signal.removeEventListener('abort', stop)
  })
  if (git.signal.aborted) stop()
  else git.signal.addEventListener('abort', stop)
  child.stdin.on('error', () => undefined)
  const unref = () => {
    child.unref()
    for (const stream of [child.stdin, child.stdout, child.stderr])
      if (stream instanceof Socket) stream.unref()
  }
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, finished, stop, unref }
}

/** Runs git to its end and gives what it printed; throws an error with what it complained about. */
export async function runGit(git: GitFolder, args: readonly string[]): Promise<string> {
  const child = startGit(git, args)
  const [output, complaint, well] = await Promise.all([
    textOf(child.stdout, child),
    textOf(child.stderr, child),
    child.finished,
  ])
  git.signal.throwIfAborted()
  if (!well) throw new Error(complaint)
  return output
}

/** The chunks of a stream until it ends or breaks; `finished` tells which. */
export async function* buffers(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch {
    // The stream broke with its process.
  }
}

async function textOf(stream: Readable, child: GitProcess): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of buffers(stream)) {
    length += chunk.length
    if (length > LONGEST_OUTPUT) child.stop()
    else chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, signal)
  } catch {
    // It is gone already.
  }
}
