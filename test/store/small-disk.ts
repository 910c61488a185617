import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A disk of its own, so small that it can be full. */
export type SmallDisk = AsyncDisposable & {
  readonly path: string
  /** Writes until nothing more fits. */
  fill(): void
  /** There is room again. */
  free(): void
  /** What is on it may be read and not written; nobody may have a file of it open to write. */
  setReadOnly(readOnly: boolean): void
}

/** Mounts one; `undefined` where that is not permitted. */
export async function mountSmallDisk(size = '12m'): Promise<SmallDisk | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'simplane-disk-'))
  const path = join(folder, 'disk')
  await mkdir(path)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0755`, 'simplane-test', path], {
      stdio: 'ignore',
    })
  } catch {
    await rm(folder, { recursive: true })
    return undefined
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    fill: () => fill(ballast),
    free: () => rmSync(ballast, { force: true }),
    setReadOnly: (readOnly) =>
      void execFileSync('mount', ['-o', `remount,${readOnly ? 'ro' : 'rw'}`, path], { stdio: 'ignore' }),
    async [Symbol.asyncDispose]() {
      execFileSync('umount', ['--lazy', path])
      await rm(folder, { recursive: true })
    },
  }
}

function fill(ballast: string): void {
  const file = openSync(ballast, 'a')
  try {
    for (const bytes of [Buffer.alloc(65_536), Buffer.alloc(512)]) while (fits(file, bytes));
  } finally {
    closeSync(file)
  }
}

function fits(file: number, bytes: Buffer): boolean {
  try {
    return writeSync(file, bytes) === bytes.length
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return false
    throw error
  }
}
