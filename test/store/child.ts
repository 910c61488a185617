import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A real process of ours that says lines. */
export type Child = {
  readonly pid: number
  readonly lines: AsyncIterator<string>
  /** As the power does it; gives what it had said and nobody had read. */
  kill(): Promise<readonly string[]>
}

export function startChild(script: 'writer' | 'holder', path: string): Child {
  const file = fileURLToPath(new URL(`./children/${script}.ts`, import.meta.url))
  const child = spawn(process.execPath, [file, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    pid: child.pid ?? 0,
    lines,
    async kill() {
      const exited = once(child, 'exit')
      child.kill('SIGKILL')
      await exited
      const rest: string[] = []
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) rest.push(line.value)
      return rest
    },
  }
}
