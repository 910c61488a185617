import { readFileSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { createServer as createNetServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { SimplaneError } from '../../src/domain/error.ts'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { readAddress } from '../../src/exchange/address.ts'
import type { Answer, Call } from '../../src/exchange/answer.ts'
import { openExchange, type Exchange, type ExchangeOptions } from '../../src/exchange/exchange.ts'
import { testClock, type TestClock } from '../clock.ts'
import { drive } from './fakes/nanomdm-world.ts'
import { serve } from './fakes/server.ts'

const SECRET = 'Basic c2VjcmV0'
const READ: Call = { endpoint: 'devices', method: 'GET', path: '/devices?name=anna', repeatable: true }
const WRITE: Call = { endpoint: 'orders', method: 'POST', path: '/orders', body: '{}', repeatable: false }

type Opened = { readonly exchange: Exchange; readonly clock: TestClock }

function open(address: URL, options: Partial<ExchangeOptions> = {}): Opened {
  const clock = testClock()
  const exchange = openExchange({
    address,
    clock,
    authorization: () => SECRET,
    random: () => 0.5,
    ...options,
  })
  onTestFinished(async () => exchange[Symbol.asyncDispose]())
  return { exchange, clock }
}

/** Sends while time runs as fast as the sockets allow. */
function send({ exchange, clock }: Opened, call: Call): Promise<Answer> {
  return drive(clock, exchange.send(call))
}

type Handler = (request: IncomingMessage, response: ServerResponse, n: number) => void

/** A server that counts. */
async function counting(handler: Handler): Promise<{ address: URL; seen: IncomingMessage[] }> {
  const seen: IncomingMessage[] = []
  const address = await serve((request, response) => {
    seen.push(request)
    handler(request, response, seen.length)
  })
  return { address, seen }
}

describe('an exchange with an MDM', () => {
  it('gives the whole reply, asked with credentials', async () => {
    const { address, seen } = await counting((_, response) => {
      response.writeHead(200, { 'x-a': ['1', '2'] }).end('{"ok":true}')
    })
    const answer = await send(open(address), READ)
    expect(answer).toMatchObject({
      kind: 'answered',
      status: 200,
      body: '{"ok":true}',
      headers: { 'x-a': '1, 2' },
    })
    expect(seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
      ['/devices?name=anna', SECRET],
    ])
  })

  it('asks for the credentials each time, and sends none where all may ask', async () => {
    const { address, seen } = await counting((_, response) => response.end())
    let key = 0
    const opened = open(address, { authorization: () => `Bearer ${(key += 1)}` })
    await send(opened, READ)
    await send(opened, READ)
    await send(opened, { ...READ, open: true })
    expect(seen.map(({ headers }) => headers.authorization)).toEqual(['Bearer 1', 'Bearer 2', undefined])
  })

  it('does not hide that the credentials cannot be found', async () => {
    const { address, seen } = await counting((_, response) => response.end())
    const missing = new SimplaneError(
      'settings',
      'The settings take a secret from the file /k, which is empty.',
    )
    const opened = open(address, {
      authorization: () => {
        throw missing
      },
    })
    await expect(send(opened, READ)).rejects.toBe(missing)
    expect(seen).toEqual([])
  })

  it('keeps a path of the address, and adds to it', async () => {
    const { address, seen } = await counting((_, response) => response.end())
    await send(open(new URL('/proxy/mdm', address)), READ)
    expect(seen[0]?.url).toBe('/proxy/mdm/devices?name=anna')
  })

  it.each([400, 401, 404, 409, 422])('takes HTTP %i for what the MDM says', async (status) => {
    const { address, seen } = await counting((_, response) => response.writeHead(status).end('no'))
    expect(await send(open(address), READ)).toMatchObject({ kind: 'answered', status })
    expect(seen).toHaveLength(1)
  })

  it('lets the caller say which 5xx is an answer', async () => {
    const { address } = await counting((_, response) => response.writeHead(500).end('{"queued":true}'))
    const isAnswer = ({ body }: { body: string }): boolean => body.includes('queued')
    expect(await send(open(address), { ...READ, isAnswer })).toMatchObject({ kind: 'answered', status: 500 })
  })
})

describe('what is bounded', () => {
  it('refuses a body larger than allowed, announced or not, without reading on', async () => {
    const { address } = await counting((request, response) => {
      if (request.url === '/announced') response.writeHead(200, { 'content-length': '5000' })
      response.write('x'.repeat(2_000))
      response.end('x'.repeat(3_000))
    })
    const opened = open(address, { largest: 1_000 })
    for (const path of ['/announced', '/streamed']) {
      const answer = await send(opened, { ...WRITE, path })
      expect(answer).toEqual({
        kind: 'unreachable',
        why: 'its answer is larger than 1000 bytes',
        untold: false,
      })
    }
  })

  it('does not wait longer for an answer than allowed, not even for one that trickles', async () => {
    const { address } = await counting((_, response) => {
      response.write('{')
      const trickle = setInterval(() => response.write(' '), 5)
      response.on('close', () => clearInterval(trickle))
    })
    const answer = await send(open(address, { answerWithin: 10 * SECOND }), WRITE)
    expect(answer).toEqual({ kind: 'unreachable', why: 'the answer took too long', untold: false })
  })

  it('does not wait longer for a connection than allowed', async () => {
    const silent = createNetServer(() => undefined)
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const address = new URL(`https://127.0.0.1:${(silent.address() as AddressInfo).port}`)
    const { exchange } = open(address, { connectWithin: 50 })
    const answer = await exchange.send(WRITE)
    expect(answer).toEqual({ kind: 'unreachable', why: 'it could not be connected in time', untold: true })
  })

  it.each([
    ['a body that ends half-way', 'Content-Length: 50\r\n\r\nhalf'],
    ['something that is no HTTP', '\r\nSSH-2.0-OpenSSH_9.9\r\n'],
  ])('takes %s for no answer', async (_, rest) => {
    const broken = createNetServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => socket.end(rest.startsWith('Content') ? `HTTP/1.1 200 OK\r\n${rest}` : rest))
    })
    broken.listen(0, '127.0.0.1')
    await once(broken, 'listening')
    onTestFinished(() => void broken.close())
    const address = new URL(`http://127.0.0.1:${(broken.address() as AddressInfo).port}`)
    expect(await send(open(address), WRITE)).toMatchObject({ kind: 'unreachable', untold: false })
  })
})

describe('an MDM that turns calls away', () => {
  it.each([
    ['in seconds', '120', 2 * MINUTE],
    ['as a date', 'Mon, 23 Nov 2026 08:05:00 GMT', 5 * MINUTE],
    ['as a date that is past', 'Mon, 23 Nov 2026 07:00:00 GMT', SECOND],
    ['for longer than anybody waits', '999999', 60 * MINUTE],
  ])('is left alone until the moment it names %s', async (_, header, wait) => {
    const { address, seen } = await counting((__, response) => {
      response.writeHead(429, { 'retry-after': header }).end()
    })
    const { exchange, clock } = open(address)
    const retryAt = clock.now() + wait
    expect(await exchange.send(WRITE)).toEqual({ kind: 'throttled', retryAt })
    expect(await exchange.send(WRITE)).toEqual({ kind: 'throttled', retryAt })
    expect(seen).toHaveLength(1)
    await clock.advance(wait)
    await exchange.send(WRITE)
    expect(seen).toHaveLength(2)
  })

  it('that names no moment is left alone ever longer, until a call gets through', async () => {
    let away = true
    const { address } = await counting((_, response) => response.writeHead(away ? 429 : 200).end())
    const { exchange, clock } = open(address)
    const waits: number[] = []
    for (let n = 0; n < 8; n += 1) {
      const answer = await exchange.send(WRITE)
      const retryAt = answer.kind === 'throttled' ? answer.retryAt : NaN
      waits.push(retryAt - clock.now())
      await clock.advance(retryAt - clock.now())
    }
    expect(waits).toEqual([750, 1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000])
    away = false
    expect(await exchange.send(WRITE)).toMatchObject({ kind: 'answered' })
    away = true
    expect(await exchange.send(WRITE)).toEqual({ kind: 'throttled', retryAt: clock.now() + 750 })
  })

  it('is asked other things meanwhile', async () => {
    const { address } = await counting(({ url }, response) =>
      response.writeHead(url === '/orders' ? 429 : 200).end(),
    )
    const { exchange } = open(address)
    await exchange.send(WRITE)
    expect(await exchange.send(READ)).toMatchObject({ kind: 'answered' })
  })

  it('with 503 and Retry-After is understood the same, without it is no answer', async () => {
    const { address } = await counting((_, response, n) => {
      response.writeHead(503, n === 1 ? { 'retry-after': '30' } : {}).end()
    })
    const { exchange, clock } = open(address)
    expect(await exchange.send(WRITE)).toEqual({ kind: 'throttled', retryAt: clock.now() + 30 * SECOND })
    await clock.advance(30 * SECOND)
    expect(await exchange.send(WRITE)).toMatchObject({ kind: 'unreachable', untold: false })
  })
})

describe('trying again', () => {
  it('is done for what can do no harm, with a pause', async () => {
    const { address, seen } = await counting((_, response, n) =>
      response.writeHead(n < 3 ? 502 : 200).end('there'),
    )
    const opened = open(address)
    const begun = opened.clock.now()
    expect(await send(opened, READ)).toMatchObject({ kind: 'answered', body: 'there' })
    expect(seen).toHaveLength(3)
    expect(opened.clock.now() - begun).toBeGreaterThan(SECOND)
  })

  it('is not done for anything else', async () => {
    const { address, seen } = await counting((_, response) => response.writeHead(502).end())
    expect(await send(open(address), WRITE)).toMatchObject({ kind: 'unreachable', untold: false })
    expect(seen).toHaveLength(1)
  })

  it('never calls a thing untold that an earlier try may have told', async () => {
    const { address } = await counting((request, response, n) => {
      if (n === 1) request.socket.destroy()
      else response.writeHead(429, { 'retry-after': '5' }).end()
    })
    expect(await send(open(address), READ)).toMatchObject({ kind: 'unreachable', untold: false })
  })

  it('calls it untold when nobody was there at all', async () => {
    const nobody = createNetServer()
    nobody.listen(0, '127.0.0.1')
    await once(nobody, 'listening')
    const { port } = nobody.address() as AddressInfo
    const closed = once(nobody, 'close')
    nobody.close()
    await closed
    const answer = await send(open(new URL(`http://127.0.0.1:${port}`)), READ)
    expect(answer).toEqual({ kind: 'unreachable', why: 'the connection is refused', untold: true })
  })
})

describe('an endpoint that does not answer', () => {
  it('is left alone after ten times, tried once after a pause, and used again when it answers', async () => {
    let broken = true
    const { address, seen } = await counting((_, response) => response.writeHead(broken ? 502 : 200).end())
    const { exchange, clock } = open(address)
    for (let n = 0; n < 15; n += 1) await exchange.send(WRITE)
    expect(seen).toHaveLength(10)
    expect(await exchange.send(WRITE)).toMatchObject({ kind: 'unreachable', untold: true })
    await clock.advance(10 * SECOND)
    await exchange.send(WRITE)
    await exchange.send(WRITE)
    expect(seen).toHaveLength(11)
    broken = false
    await clock.advance(10 * SECOND)
    for (let n = 0; n < 5; n += 1) expect(await exchange.send(WRITE)).toMatchObject({ kind: 'answered' })
    expect(seen).toHaveLength(16)
  })

  it('does not stand for the others', async () => {
    const { address } = await counting(({ url }, response) =>
      response.writeHead(url === '/orders' ? 502 : 200).end(),
    )
    const { exchange } = open(address)
    for (let n = 0; n < 12; n += 1) await exchange.send(WRITE)
    expect(await exchange.send(READ)).toMatchObject({ kind: 'answered' })
  })
})

describe('the rate', () => {
  it('is kept: what is over it waits, and too long a queue is told to come again', async () => {
    const { address, seen } = await counting((_, response) => response.end())
    const opened = open(address, { perSecond: 2 })
    const begun = opened.clock.now()
    const answers = await drive(
      opened.clock,
      Promise.all(Array.from({ length: 70 }, () => opened.exchange.send(READ))),
    )
    expect(answers.filter(({ kind }) => kind === 'answered')).toHaveLength(62)
    expect(answers.filter(({ kind }) => kind === 'throttled')).toHaveLength(8)
    expect(seen).toHaveLength(62)
    expect(opened.clock.now() - begun).toBeGreaterThanOrEqual(30 * SECOND)
  })
})

describe('secrets', () => {
  it('do not follow a redirect', async () => {
    const elsewhere = await counting((_, response) => response.end())
    const { address } = await counting((_, response) => {
      response.writeHead(307, { location: elsewhere.address.href }).end()
    })
    const answer = await send(open(address), READ)
    expect(answer).toMatchObject({ kind: 'unreachable', why: expect.stringContaining('307') as string })
    expect(elsewhere.seen).toEqual([])
  })

  it('are in no message, and neither is what was asked', async () => {
    const { address } = await counting((request, response, n) => {
      if (n % 2 === 1) request.socket.destroy()
      else response.writeHead(502).end(`you sent ${request.headers.authorization}`)
    })
    const opened = open(address)
    const answers = [await send(opened, WRITE), await send(opened, WRITE), await send(opened, READ)]
    expect(JSON.stringify(answers)).not.toMatch(/c2VjcmV0|anna/)
  })

  it('are taken out of what the MDM says when it gives them back', async () => {
    const { address } = await counting(({ headers }, response) => {
      response.writeHead(401).end(`the password hunter2 of ${headers.authorization} is wrong`)
    })
    const authorization = `Basic ${Buffer.from('nanomdm:hunter2').toString('base64')}`
    const answer = await send(open(address, { authorization: () => authorization }), READ)
    expect(answer).toMatchObject({ body: 'the password [redacted] of Basic [redacted] is wrong' })
  })

  it('are sent to nobody whose certificate is not accepted', async () => {
    const fixture = (name: string): string =>
      readFileSync(join(import.meta.dirname, '../source/fixtures', name), 'utf8')
    const cert = fixture('loopback-cert.pem')
    const seen: IncomingMessage[] = []
    const server = createSecureServer({ cert, key: fixture('loopback-key.pem') }, (request, response) => {
      seen.push(request)
      response.end('in confidence')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const answer = await send(open(address), READ)
    expect(answer).toMatchObject({
      kind: 'unreachable',
      why: expect.stringContaining('certificate') as string,
    })
    expect(seen).toEqual([])
    expect(await send(open(address, { ca: cert }), READ)).toMatchObject({ body: 'in confidence' })
  })
})

describe('the address of an MDM', () => {
  it.each([
    'https://mdm.acme.example',
    'https://mdm.acme.example:8443/base/',
    'http://127.0.0.1:9000',
    'http://[::1]:1',
    'http://localhost',
  ])('may be %s', (text) => {
    expect(readAddress(text, 'phones').href).toBe(new URL(text).href.replace(/(?<=base)\/$/, ''))
  })

  it.each([
    ['mdm.acme.example', 'is no URL'],
    ['ftp://mdm.acme.example', 'only https: is spoken'],
    ['http://mdm.acme.example', 'is not encrypted'],
    ['http://127.0.0.1.acme.example', 'is not encrypted'],
    ['https://u:hunter2@mdm.acme.example', 'holds credentials'],
    ['https://mdm.acme.example/?key=hunter2', 'query or a fragment'],
  ])('may not be %s, and no message repeats it', (text, why) => {
    const thrown = ((): unknown => {
      try {
        return readAddress(text, 'phones')
      } catch (error) {
        return error
      }
    })()
    expect(thrown).toBeInstanceOf(SimplaneError)
    expect(thrown).toMatchObject({ code: 'settings', message: expect.stringContaining(why) as string })
    expect(String(thrown)).not.toContain('hunter2')
  })
})
