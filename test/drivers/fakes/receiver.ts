import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Driver, Signal } from '../../../src/domain/driver.ts'

/** What stands where the service listens for webhooks: each body goes to the driver, and its word back. */
export type Receiver = AsyncDisposable & {
  readonly url: string
  readonly signals: Signal[]
  readonly statuses: number[]
}

export async function openReceiver(driver: () => Driver): Promise<Receiver> {
  const signals: Signal[] = []
  const statuses: number[] = []
  const server = createServer((request, response) => {
    void hear(request)
      .catch(() => 500)
      .then((status) => {
        statuses.push(status)
        response.writeHead(status).end()
      })
  })

  async function hear(request: IncomingMessage): Promise<number> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
    )
    const hearing = await driver().webhook?.({ headers, body: Buffer.concat(chunks) })
    if (hearing?.kind === 'heard') signals.push(...hearing.signals)
    return hearing?.kind === 'refused' ? hearing.status : 200
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    signals,
    statuses,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}
