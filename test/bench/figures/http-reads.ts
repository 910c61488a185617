import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { recordKey } from '../../../src/domain/device.ts'
import type { Store } from '../../../src/domain/store.ts'
import { openStore } from '../../../src/store/sqlite/open.ts'
import { pacedHttp } from '../bed/http-client.ts'
import { copyStage } from '../bed/stages.ts'
import { DRIVER, fleetOf } from '../data/fleet.ts'
import { drawn } from '../data/random.ts'
import type { Bed, Figure, Opened, Reading } from '../figure.ts'
import { quantile } from '../measure.ts'

const PER_SECOND = 200
const CONNECTIONS = 16
const PATHS = 1_000

/** One process plans every Windows device; another answers people from a connection that only reads. */
export const HTTP_READS: readonly Figure[] = [
  {
    name: 'http-p99',
    title: 'HTTP reads during a 400,000-device pass, p99',
    unit: 'ms',
    goal: 25,
    stages: ['served'],
    floor: 'the same requests answered with one word, nothing else running',
    open: (bed) => served(bed, ({ p99 }) => p99),
  },
  {
    name: 'http-stall',
    title: 'HTTP reads during a 400,000-device pass, longest stall',
    unit: 'ms',
    goal: 50,
    stages: ['served'],
    floor: 'the same requests answered with one word, nothing else running',
    open: (bed) => served(bed, ({ stall }) => stall),
  },
]

type Seen = {
  readonly p99: number
  readonly stall: number
  readonly requests: number
  readonly refused: number
}

async function served(bed: Bed, pick: (seen: Seen) => number): Promise<Opened> {
  return {
    async run() {
      const path = copyStage(bed.cache, 'served', bed.folder)
      const child = fork(new URL('../children/edit-pass.ts', import.meta.url), [path, String(bed.devices)], {
        execArgv: process.execArgv,
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const ended = once(child, 'exit')
      try {
        await once(child, 'message')
        await using store = await openStore(path, { readonly: true })
        const { seen, done } = await watched(answers(store), pathsOf(bed), async () => {
          const finished = once(child, 'message')
          child.send('go')
          const [counts] = (await finished) as [{ readonly planned: number; readonly steps: number }]
          return counts
        })
        return { value: pick(seen), did: { ...done, requests: seen.requests, refused: seen.refused } }
      } finally {
        child.kill()
        await ended
      }
    },
    async floor(): Promise<Reading> {
      const { seen } = await watched(
        async () => 'ok',
        pathsOf(bed),
        () => setTimeout(1_000),
      )
      return { value: pick(seen), did: {} }
    },
  }
}

/** Asks a server in this process all the while, and notes how long answers took and how long its loop stood still. */
async function watched<T>(
  answer: (path: string) => Promise<unknown>,
  paths: readonly string[],
  work: () => Promise<T>,
): Promise<{ readonly seen: Seen; readonly done: T }> {
  const server = createServer((request, response) => {
    answer(request.url ?? '').then(
      (body) => {
        const text = JSON.stringify(body)
        response
          .writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) })
          .end(text)
      },
      () => response.writeHead(500).end(),
    )
  })
  server.keepAliveTimeout = 0
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const { paced, done } = await pacedHttp(
    { port, connections: CONNECTIONS, paths, perSecond: PER_SECOND },
    async () => {
      delay.enable()
      const result = await work()
      delay.disable()
      return result
    },
  )
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
  const { latencies, refused } = paced
  return {
    seen: { p99: quantile(latencies, 0.99), stall: delay.max / 1e6, requests: latencies.length, refused },
    done,
  }
}

/** What people ask: a device with its steps, a page of devices, how far it is. */
function answers(store: Store): (path: string) => Promise<unknown> {
  return async (path) => {
    const [, what, at = ''] = path.split('/')
    if (what === 'device') {
      const [device] = await store.get([recordKey(DRIVER, at)])
      if (device === undefined) throw new Error(`no device ${at}`)
      return { ...device, steps: await store.steps(device.dev, 20) }
    }
    if (what === 'page') return store.devices({}, 50, recordKey(DRIVER, at))
    return { active: await store.active(), ...(await store.unsettled()) }
  }
}

function pathsOf({ devices }: Bed): string[] {
  const fleet = fleetOf(devices)
  return Array.from({ length: PATHS }, (_, at) => {
    const { id } = fleet.facts(drawn(devices - 100, at, 21), { phase: 'served' })
    if (at % 10 === 0) return `/page/${id}`
    return at % 10 === 5 ? '/status' : `/device/${id}`
  })
}
