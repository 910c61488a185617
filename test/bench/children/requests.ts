import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import { parentPort, workerData } from 'node:worker_threads'
import type { Drained, Paced, Requests } from '../bed/http-client.ts'

/*
 * Whoever calls the server that is measured: in a thread of its own, so that it never waits for the server's loop, and
 * over bare sockets, so that it costs the machine as little as possible.
 */
const given = workerData as Requests
const result: Drained | Paced = given.kind === 'drain' ? await drain(given) : await pace(given)
parentPort?.postMessage(result, [])

/** Sends everything as fast as it is answered. */
async function drain({ port, connections, bodies }: Requests & { kind: 'drain' }): Promise<Drained> {
  const lines = await Promise.all(
    Array.from({ length: Math.min(connections, bodies.length) }, () => open(port)),
  )
  let next = 0
  let refused = 0
  const start = performance.now()
  await Promise.all(
    lines.map(async (line) => {
      for (let body = bodies[next++]; body !== undefined; body = bodies[next++]) {
        const text = `POST / HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
        if ((await line.ask(text)) >= 300) refused += 1
      }
    }),
  )
  const milliseconds = performance.now() - start
  for (const line of lines) line.close()
  return { milliseconds, refused }
}

/** Sends so many a second, whatever the answers do, until told to stop: who has to wait counts from when it was due. */
async function pace({ port, connections, paths, perSecond }: Requests & { kind: 'pace' }): Promise<Paced> {
  const free = await Promise.all(Array.from({ length: connections }, () => open(port)))
  const latencies: number[] = []
  const waiting: { readonly path: string; readonly due: number }[] = []
  const running = new Set<Promise<void>>()
  let refused = 0
  const told = new Promise((resolve) => parentPort?.once('message', resolve))

  function send(): void {
    while (waiting.length > 0 && free.length > 0) {
      // In turn: a server may close a connection that nobody has used for a while.
      const line = free.shift()
      const request = waiting.shift()
      if (line === undefined || request === undefined) return
      const asked = line.ask(`GET ${request.path} HTTP/1.1\r\nHost: bench\r\n\r\n`).then((status) => {
        latencies.push(performance.now() - request.due)
        if (status >= 300) refused += 1
        free.push(line)
        running.delete(asked)
        send()
      })
      running.add(asked)
    }
  }

  const begun = performance.now()
  let sent = 0
  parentPort?.postMessage('started', [])
  const timer = setInterval(() => {
    while (begun + (sent / perSecond) * 1_000 <= performance.now()) {
      waiting.push({ path: paths[sent % paths.length] ?? '/', due: begun + (sent / perSecond) * 1_000 })
      sent += 1
    }
    send()
  }, 1)
  await told
  clearInterval(timer)
  while (waiting.length > 0 || running.size > 0) await Promise.race(running)
  for (const line of free) line.close()
  return { latencies, refused }
}

type Line = { readonly ask: (text: string) => Promise<number>; readonly close: () => void }

/** One connection that is kept open; one request at a time. */
async function open(port: number): Promise<Line> {
  const socket: Socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  let received = ''
  let answer: ((status: number) => void) | undefined
  socket.on('error', () => undefined)
  socket.on('close', () => answer?.(599))
  socket.setEncoding('latin1').on('data', (text: string) => {
    received += text
    const head = received.indexOf('\r\n\r\n')
    if (head === -1) return
    const length = Number(/^content-length: (\d+)$/im.exec(received.slice(0, head))?.[1] ?? 0)
    if (received.length < head + 4 + length) return
    const status = Number(received.slice(9, 12))
    received = ''
    answer?.(status)
  })
  return {
    ask: (text) =>
      new Promise((resolve) => {
        answer = resolve
        if (socket.destroyed) resolve(599)
        else socket.write(text)
      }),
    close: () => void socket.destroy(),
  }
}
