import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A process of ours on a PostgreSQL store; killed when disposed, paused or not. */
export type PostgresChild = AsyncDisposable & {
  /** The next line that it says. */
  says(): Promise<string>
  tell(line: string): void
  /** As a machine that stands still does it. */
  pause(): void
  goOn(): void
  kill(): Promise<void>
}

export function startPostgresChild(script: 'leader' | 'dying', ...given: readonly string[]): PostgresChild {
  const file = fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url))
  const child = spawn(process.execPath, [file, ...given], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const exited = once(child, 'exit')
  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await exited
  }
  return {
    says: async () => {
      const { value, done } = await lines.next()
      if (done === true) throw new Error(`${script} ended and said nothing more`)
      return value
    },
    tell: (line) => void child.stdin.write(`${line}\n`),
    pause: () => void child.kill('SIGSTOP'),
    goOn: () => void child.kill('SIGCONT'),
    kill,
    [Symbol.asyncDispose]: kill,
  }
}
