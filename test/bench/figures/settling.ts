import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answersTo } from '../bed/answers.ts'
import { groupCommit } from '../bed/group-commit.ts'
import { drainHttp } from '../bed/http-client.ts'
import { openService, type Service } from '../bed/service.ts'
import { memorySource } from '../bed/source.ts'
import { documentsOf } from '../data/documents.ts'
import { fleetOf } from '../data/fleet.ts'
import { sample } from '../data/random.ts'
import type { Bed, Figure, Opened } from '../figure.ts'
import { bareFleet, type BareFleet } from '../floors/bare-fleet.ts'
import { Stopwatch } from '../measure.ts'

/** Answers that wait for one commit, or connections that an MDM keeps open. */
const TOGETHER = 500
const CONNECTIONS = 128

/** What became of steps, written to the journal with the record and the worklist. */
export const SETTLING: readonly Figure[] = [
  {
    name: 'settle',
    title: 'steps settled, group-committed',
    unit: '/s',
    goal: 10_000,
    stages: ['planned'],
    floor: 'bare step, row and text written, worklist entered, same commits',
    open: grouped,
  },
  {
    name: 'settle-http',
    title: 'steps settled over HTTP',
    unit: '/s',
    goal: 4_000,
    stages: ['planned'],
    floor: 'the same requests answered with nothing, then the bare rows',
    open: overHttp,
  },
]

async function grouped(bed: Bed): Promise<Opened> {
  const { service, fleet, count, bare } = await planned(bed)
  const settle = groupCommit(service.store)
  return {
    async run() {
      const answers = await answersTo(service.store, fleet, service.clock, count)
      const watch = new Stopwatch()
      for (let at = 0; at < answers.length; at += TOGETHER) {
        const group = answers.slice(at, at + TOGETHER)
        await watch.time(() => Promise.all(group.map(settle)))
      }
      return {
        value: watch.rate(count),
        did: { settled: count, left: (await service.store.unsettled()).underWay },
      }
    },
    floor: async () => ({
      value: (count / (await bare().settle(devsFor(count, bed), TOGETHER))) * 1_000,
      did: {},
    }),
  }
}

async function overHttp(bed: Bed): Promise<Opened> {
  const { service, fleet, count, bare } = await planned(bed)
  const settle = groupCommit(service.store)
  return {
    async run() {
      const answers = new Map(
        (await answersTo(service.store, fleet, service.clock, count)).map((answer) => [
          `${answer.dev}.${answer.n}`,
          answer,
        ]),
      )
      await using server = await serve(async (body) => {
        const answer = answers.get((JSON.parse(body) as { readonly step: string }).step)
        if (answer === undefined) return 404
        await settle(answer)
        return 204
      })
      const { milliseconds, refused } = await drainHttp(
        server.port,
        CONNECTIONS,
        bodiesOf([...answers.keys()]),
      )
      const { underWay } = await service.store.unsettled()
      return { value: (count / milliseconds) * 1_000, did: { settled: count - refused, left: underWay } }
    },
    async floor() {
      await using server = await serve(async () => 204)
      const steps = Array.from({ length: count }, (_, at) => `${at}.1`)
      const { milliseconds } = await drainHttp(server.port, CONNECTIONS, bodiesOf(steps))
      const written = await bare().settle(devsFor(count, bed), CONNECTIONS)
      return { value: (count / (milliseconds + written)) * 1_000, did: {} }
    },
  }
}

type Planned = {
  readonly service: Service
  readonly fleet: ReturnType<typeof fleetOf>
  /** Steps a run. */
  readonly count: number
  readonly bare: () => BareFleet
}

async function planned(bed: Bed): Promise<Planned> {
  const fleet = fleetOf(bed.devices)
  const source = memorySource(documentsOf(fleet.shape))
  const service = bed.stack.use(await openService(bed, 'planned', { fleet, look: { phase: 'bare' }, source }))
  const text = JSON.stringify(fleet.record(0, { phase: 'served' }))
  let bare: BareFleet | undefined
  return {
    service,
    fleet,
    // Every run takes as many that were never sent.
    count: Math.min(20_000, Math.floor(bed.devices / 50)),
    bare: () => (bare ??= bed.stack.use(bareFleet(bed.folder, bed.devices, text))),
  }
}

function devsFor(count: number, { devices }: Bed): number[] {
  return sample(count, Math.min(devices, 4 * count), 5).map((at) => at + 1)
}

function bodiesOf(steps: readonly string[]): string[] {
  return steps.map((step) => JSON.stringify({ step, status: 'Acknowledged' }))
}

/** A server on a port of its own that answers each body with a status. */
async function serve(
  handle: (body: string) => Promise<number>,
): Promise<AsyncDisposable & { readonly port: number }> {
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk)
    response.writeHead(await handle(body)).end()
  }
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
