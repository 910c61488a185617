import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { Result } from '../figure.ts'
import type { Stage } from './stages.ts'

/** What a process of its own is asked to do. */
export type Order =
  | { readonly kind: 'stage'; readonly stage: Stage; readonly devices: number; readonly cache: string }
  | {
      readonly kind: 'figure'
      readonly name: string
      readonly devices: number
      readonly runs: number
      readonly cache: string
    }

/** What it says: text for people as it goes, and in the end what came of it. */
export type Told =
  | { readonly kind: 'said'; readonly text: string }
  | { readonly kind: 'done'; readonly result?: Result }

/** As the launcher starts the service: the young generation does not grow with the machine. */
const FLAGS = ['--max-semi-space-size=4']

/** Does it in a process of its own, so that its memory is its own. Throws when that process does. */
export async function inProcess(order: Order, tell: (text: string) => void): Promise<Result | undefined> {
  const child = fork(new URL('../children/worker.ts', import.meta.url), [JSON.stringify(order)], {
    execArgv: FLAGS,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let result: Result | undefined
  child.on('message', (told: Told) => {
    if (told.kind === 'said') tell(told.text)
    else result = told.result
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`the process that was to measure it ended with ${code}`)
  return result
}
