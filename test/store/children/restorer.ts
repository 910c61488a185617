// Puts a backup in the place of a store, and dies at the n-th call that changes the file system; before or after it.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const [path = '', backup = '', calls = '0', side = 'before'] = process.argv.slice(2)
const CHANGES = ['copyFileSync', 'renameSync', 'linkSync', 'rmSync', 'fsyncSync', 'chmodSync'] as const
let left = Number(calls)
for (const name of CHANGES) {
  const real = fs[name] as (...given: unknown[]) => unknown
  Object.assign(fs, {
    [name]: (...given: unknown[]): unknown => {
      left -= 1
      if (left === 0 && side === 'before') process.kill(process.pid, 'SIGKILL')
      const answer = real(...given)
      if (left === 0) process.kill(process.pid, 'SIGKILL')
      return answer
    },
  })
}
syncBuiltinESMExports()

// Read only now, so that they see the calls above.
const { openRestoration } = await import('../../../src/store/sqlite/restore.ts')
await using restoration = openRestoration(path, backup)
restoration.replace(`${path}.kept`, { now: Date.UTC(2026, 10, 24), actor: 'jane', from: backup })
