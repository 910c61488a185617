import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

/** What the calling thread is asked to do. */
export type Requests =
  | {
      readonly kind: 'drain'
      readonly port: number
      readonly connections: number
      readonly bodies: readonly string[]
    }
  | {
      readonly kind: 'pace'
      readonly port: number
      readonly connections: number
      readonly paths: readonly string[]
      readonly perSecond: number
    }

/** `refused`: answered with another status than 2xx. */
export type Drained = { readonly milliseconds: number; readonly refused: number }
/** Milliseconds from when each request was due to its answer. */
export type Paced = { readonly latencies: readonly number[]; readonly refused: number }

const FILE = new URL('../children/requests.ts', import.meta.url)

/** Posts every body over so many connections, from a thread of its own. */
export async function drainHttp(
  port: number,
  connections: number,
  bodies: readonly string[],
): Promise<Drained> {
  const worker = new Worker(FILE, {
    workerData: { kind: 'drain', port, connections, bodies } satisfies Requests,
  })
  const [drained] = (await once(worker, 'message')) as [Drained]
  await worker.terminate()
  return drained
}

/** Gets these paths in turn, so many a second, while `work` is done. */
export async function pacedHttp<T>(
  given: Omit<Requests & { kind: 'pace' }, 'kind'>,
  work: () => Promise<T>,
): Promise<{ readonly paced: Paced; readonly done: T }> {
  const worker = new Worker(FILE, { workerData: { kind: 'pace', ...given } satisfies Requests })
  await once(worker, 'message')
  const done = await work()
  const answered = once(worker, 'message')
  worker.postMessage('stop', [])
  const [paced] = (await answered) as [Paced]
  await worker.terminate()
  return { paced, done }
}
