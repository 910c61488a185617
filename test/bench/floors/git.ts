import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'

/** Milliseconds that git itself takes to name the newest commit, list its tree and give these blobs: three processes. */
export async function bareRead(
  repository: string,
  blobs: (all: readonly string[]) => readonly string[],
): Promise<number> {
  const start = performance.now()
  execFileSync('git', ['rev-parse', 'HEAD'], { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] })
  const listing = execFileSync('git', ['ls-tree', '-rzl', 'HEAD'], { cwd: repository, maxBuffer: 2 ** 28 })
  const ids = listing
    .toString('latin1')
    .split('\0')
    .flatMap((line) => line.split(' ')[2] ?? [])
  const wanted = blobs(ids)
  if (wanted.length > 0) await readAll(repository, wanted)
  return performance.now() - start
}

async function readAll(repository: string, ids: readonly string[]): Promise<void> {
  const child = spawn('git', ['cat-file', '--batch'], { cwd: repository, stdio: ['pipe', 'pipe', 'ignore'] })
  const ended = once(child, 'close')
  child.stdout.resume()
  child.stdin.end(ids.map((id) => `${id}\n`).join(''))
  await ended
}
