import type { IncomingMessage, ServerResponse } from 'node:http'
import { serve } from '../../drivers/fakes/server.ts'

/** How the next request goes wrong instead of being answered. */
export type Trouble =
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string }
  /** The connection breaks, before or after it was taken. */
  | 'cut'
  | 'cut-after'
  /** No answer, ever. */
  | 'slow'
  /** A body that ends in the middle. */
  | 'half'

export type Said = { readonly status: number; readonly body?: string }

/** A server that takes POSTs, one body after the other, and misbehaves as it is told. */
export type Desk = {
  readonly url: URL
  /** How many requests came, whatever became of them. */
  readonly asked: () => number
  /** One trouble for each of the next requests. */
  readonly next: (...troubles: readonly Trouble[]) => void
  /** Every request from now on, until `undefined`. */
  readonly always: (trouble: Trouble | undefined) => void
}

export async function openDesk(take: (request: IncomingMessage, body: string) => Said): Promise<Desk> {
  const queue: Trouble[] = []
  let standing: Trouble | undefined
  let asked = 0
  const url = await serve((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      asked += 1
      answer(request, response, Buffer.concat(chunks).toString('utf8'), queue.shift() ?? standing)
    })
  })

  function answer(request: IncomingMessage, response: ServerResponse, body: string, trouble?: Trouble): void {
    if (trouble === 'cut') return void request.socket.destroy()
    if (typeof trouble === 'object')
      return void response.writeHead(trouble.status, trouble.headers).end(trouble.body ?? '')
    const { status, body: said = '' } = request.method === 'POST' ? take(request, body) : { status: 405 }
    if (trouble === 'cut-after') return void request.socket.destroy()
    if (trouble === 'slow') return void response.writeHead(status).write(' ')
    if (trouble === 'half') {
      response.writeHead(status, { 'content-length': '100' })
      return void response.write(said, () => request.socket.destroy())
    }
    response.writeHead(status).end(said)
  }

  return {
    url,
    asked: () => asked,
    next: (...troubles) => void queue.push(...troubles),
    always: (trouble) => {
      standing = trouble
    },
  }
}
