import type { IncomingMessage, ServerResponse } from 'node:http'

/** How a server can misbehave; each happens to its share of requests, by the seed. */
export type Fault =
  | 'refused-before' // 502 from a proxy, nothing was done
  | 'refused-after' // 502 from a proxy, it was done
  | 'cut-after' // the connection breaks, it was done
  | 'throttled' // 429 with Retry-After
  | 'throttled-silently' // 429 without
  | 'malformed' // 200 and no JSON, it was done
  | 'half' // the body ends in the middle, it was done
  | 'slow' // no answer ever, it was done

/** Every one of them. */
export const FAULTS: readonly Fault[] = [
  'refused-before',
  'refused-after',
  'cut-after',
  'throttled',
  'throttled-silently',
  'malformed',
  'half',
  'slow',
]

/** Numbers between 0 and 1, the same for the same seed. */
export function dice(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** A share of requests goes wrong, in every way, the same for the same seed; `suffered` counts each. */
export function faults(
  share: number,
  seed: number,
  suffered: Map<Fault, number> = new Map(),
): () => Fault | undefined {
  const roll = dice(seed)
  return () => {
    if (roll() >= share) return undefined
    const fault = FAULTS[Math.floor(roll() * FAULTS.length)]
    if (fault !== undefined) suffered.set(fault, (suffered.get(fault) ?? 0) + 1)
    return fault
  }
}

/** What luck a story is told with: this one, or as many as SIMPLANE_FAULT_SEEDS says. */
export function seeds(usual: number): readonly number[] {
  const many = Number(process.env['SIMPLANE_FAULT_SEEDS'] ?? 0)
  return many > 0 ? Array.from({ length: many }, (_, at) => at + 1) : [usual]
}

/** Answers as the fault would have it; `act` does what was asked, and gives the right answer. */
export function misbehave(
  fault: Fault | undefined,
  request: IncomingMessage,
  response: ServerResponse,
  act: () => { readonly status: number; readonly body: string },
): void {
  if (fault === 'refused-before') return proxyPage(response)
  if (fault === 'throttled') return turnAway(response, { 'retry-after': '7' })
  if (fault === 'throttled-silently') return turnAway(response, {})
  const { status, body } = act()
  switch (fault) {
    case undefined:
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
      return
    case 'refused-after':
      return proxyPage(response)
    case 'cut-after':
      request.socket.destroy()
      return
    case 'malformed':
      response.writeHead(200, { 'content-type': 'application/json' }).end(`${body.slice(0, 5)}<html>`)
      return
    case 'half':
      response.writeHead(status, { 'content-length': String(body.length + 100) })
      response.write(body.slice(0, body.length / 2), () => request.socket.destroy())
      return
    case 'slow':
      response.writeHead(status, { 'content-type': 'application/json' })
      response.write('{')
  }
}

function proxyPage(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'text/html' }).end('<html><h1>502 Bad Gateway</h1></html>')
}

function turnAway(response: ServerResponse, headers: Readonly<Record<string, string>>): void {
  response.writeHead(429, headers).end('slow down')
}
