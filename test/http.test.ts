import { once } from 'node:events'
import { connect } from 'node:net'
import { onTestFinished, describe, expect, it } from 'vitest'
import type { Hearing, Signal, WebhookRequest } from '../src/domain/driver.ts'
import { MINUTE } from '../src/domain/time.ts'
import { openListener, type Listener, type ListenerOptions } from '../src/http/listener.ts'
import { answerWebhooks } from '../src/http/webhooks.ts'
import { openLog } from '../src/log/winston.ts'
import { testClock } from './clock.ts'

const HEARD: Hearing = { kind: 'heard', signals: [{ id: 'D1', what: 'answered' }] }
const MEBIBYTE = 1024 * 1024

/** A listener with one driver that hears, and what it and the loop were told. */
async function listening(
  hear: (request: WebhookRequest) => Promise<Hearing> = async () => HEARD,
  options: Partial<ListenerOptions> = {},
) {
  const clock = testClock()
  const lines: string[] = []
  const requests: WebhookRequest[] = []
  const signalled: (readonly [string, readonly Signal[]])[] = []
  const log = openLog({ format: 'json', level: 'info', write: (line) => lines.push(line), secrets: [] })
  const hook = (request: WebhookRequest): Promise<Hearing> => {
    requests.push(request)
    return hear(request)
  }
  const answer = answerWebhooks({
    hooks: new Map([['phones', hook]]),
    heard: (driver, signals) => void signalled.push([driver, signals]),
    clock,
    log,
  })
  const listener = await openListener({ host: '127.0.0.1', port: 0, answer, log, ...options })
  onTestFinished(async () => listener[Symbol.asyncDispose]())
  return {
    listener,
    clock,
    lines,
    requests,
    signalled,
    url: `http://${listener.address}/webhooks/drivers/phones`,
  }
}

/** Sends bytes as they are, and gives everything that comes back until the connection ends. */
async function say({ address }: Listener, text: string): Promise<string> {
  const socket = connect(Number(address.split(':')[1]), '127.0.0.1')
  let said = ''
  socket.on('data', (chunk) => (said += chunk.toString()))
  socket.on('error', () => undefined)
  socket.write(text)
  await once(socket, 'close')
  return said
}

describe('a webhook', () => {
  it('reaches its driver as it arrived, is answered 200 once it is kept, and says whom to look at', async () => {
    const { url, requests, signalled } = await listening()
    const body = Buffer.from([0, 255, 10, 13])
    const answer = await fetch(`${url}?try=1`, {
      method: 'POST',
      body,
      headers: { 'X-HMAC-Signature': 'abc' },
    })
    expect([answer.status, await answer.text()]).toEqual([200, 'heard\n'])
    expect(requests).toHaveLength(1)
    expect(Buffer.from(requests[0]?.body ?? [])).toEqual(body)
    expect(requests[0]?.headers['x-hmac-signature']).toBe('abc')
    expect(signalled).toEqual([['phones', HEARD.signals]])
  })

  it.each([400, 401] as const)(
    'that the driver refuses with %s is answered so, and nobody is looked at',
    async (status) => {
      const { url, signalled } = await listening(async () => ({
        kind: 'refused',
        status,
        message: 'not signed',
      }))
      const answer = await fetch(url, { method: 'POST', body: '{}' })
      expect([answer.status, await answer.text()]).toEqual([status, 'not signed\n'])
      expect(signalled).toEqual([])
    },
  )

  it('that is refused is complained about once a minute, however many there are', async () => {
    const { url, lines, clock } = await listening(async () => ({
      kind: 'refused',
      status: 401,
      message: 'no',
    }))
    const complaints = (): number => lines.filter((line) => line.includes('refused-webhook')).length
    for (let sent = 0; sent < 3; sent += 1) await fetch(url, { method: 'POST', body: '{}' })
    expect(complaints()).toBe(1)
    await clock.advance(MINUTE)
    await fetch(url, { method: 'POST', body: '{}' })
    expect(complaints()).toBe(2)
  })

  it('that the driver cannot keep is answered 500, says why in the log alone, and the next one is heard', async () => {
    let broken = true
    const { url, lines } = await listening(async () => {
      if (broken) throw new Error('the disk is full')
      return HEARD
    })
    const answer = await fetch(url, { method: 'POST', body: '{}' })
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('disk')])
    expect(lines.join('')).toContain('the disk is full')
    broken = false
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(200)
  })

  it('of a mebibyte is taken, and a larger one answered 413, whether it says its length or not', async () => {
    const { url, requests, listener } = await listening()
    expect((await fetch(url, { method: 'POST', body: Buffer.alloc(MEBIBYTE) })).status).toBe(200)
    const head = 'POST /webhooks/drivers/phones HTTP/1.1\r\nhost: x\r\n'
    expect(await say(listener, `${head}content-length: ${MEBIBYTE + 1}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 413 /)
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`
    const chunked = `${head}transfer-encoding: chunked\r\n\r\n${chunk.repeat(17)}0\r\n\r\n`
    expect(await say(listener, chunked)).toMatch(/^HTTP\/1\.1 413 /)
    expect(requests).toHaveLength(1)
  })
})

describe('nothing else', () => {
  it.each([
    ['/', 'GET'],
    ['/webhooks/drivers/', 'POST'],
    ['/webhooks/drivers/laptops', 'POST'],
    ['/webhooks/drivers/phones/x', 'POST'],
    ['/webhooks/drivers/Phones', 'POST'],
    ['/webhooks/drivers/%70hones', 'POST'],
    ['//webhooks/drivers/phones', 'POST'],
    ['/metrics', 'GET'],
  ])('is served: %s', async (path, method) => {
    const { listener, requests } = await listening()
    const answer = await fetch(`http://${listener.address}${path}`, { method })
    expect(answer.status).toBe(404)
    expect(requests).toEqual([])
  })

  it.each(['GET', 'PUT', 'DELETE', 'PATCH'])('is done by %s', async (method) => {
    const { url, requests } = await listening()
    const answer = await fetch(url, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST'])
    expect(requests).toEqual([])
  })
})

describe('who takes too long or says too much', () => {
  it('is answered 408 when the body does not come', async () => {
    const { listener, requests } = await listening(undefined, { patience: 60 })
    const head = 'POST /webhooks/drivers/phones HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n'
    expect(await say(listener, `${head}{`)).toMatch(/^HTTP\/1\.1 408 /)
    expect(await say(listener, 'POST /webhooks/dri')).toMatch(/^HTTP\/1\.1 408 /)
    expect(requests).toEqual([])
  })

  it('is answered 431 for headers beyond measure', async () => {
    const { listener } = await listening()
    expect(await say(listener, `GET / HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(17_000)}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 431 /,
    )
  })

  it('is answered 400 for what is no HTTP', async () => {
    const { listener } = await listening()
    expect(await say(listener, '\u0016\u0003\u0001 hello\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('and hangs up half-way disturbs nobody', async () => {
    const { url, lines, requests, listener } = await listening()
    const socket = connect(Number(listener.address.split(':')[1]), '127.0.0.1')
    socket.write('POST /webhooks/drivers/phones HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{', () =>
      socket.destroy(),
    )
    await once(socket, 'close')
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(200)
    expect(requests).toHaveLength(1)
    expect(lines.filter((line) => line.includes('"error"'))).toEqual([])
  })
})

describe('the listener', () => {
  it('lets what is being answered end before it closes, and takes nothing new', async () => {
    let finish = (): void => undefined
    const waiting = new Promise<void>((resolve) => (finish = resolve))
    let arrived = (): void => undefined
    const there = new Promise<void>((resolve) => (arrived = resolve))
    const { url, listener } = await listening(async () => {
      arrived()
      await waiting
      return HEARD
    })
    const first = fetch(url, { method: 'POST', body: '{}' })
    await there
    const closed = listener[Symbol.asyncDispose]()
    await expect(fetch(url, { method: 'POST', body: '{}' })).rejects.toThrow('fetch failed')
    finish()
    expect((await first).status).toBe(200)
    await closed
  })

  it('says where it cannot listen and what to do, before anything is started', async () => {
    const { listener } = await listening()
    const port = Number(listener.address.split(':')[1])
    const again = openListener({
      host: '127.0.0.1',
      port,
      answer: async () => ({ status: 200, text: '' }),
      log: silent(),
    })
    await expect(again).rejects.toMatchObject({
      code: 'settings',
      message: expect.stringContaining(`127.0.0.1:${port}: another program listens there`) as string,
      hint: expect.stringContaining('SIMPLANE_HTTP_LISTEN') as string,
    })
    const elsewhere = openListener({
      host: '192.0.2.1',
      port: 0,
      answer: async () => ({ status: 200, text: '' }),
      log: silent(),
    })
    await expect(elsewhere).rejects.toThrow('it is none of this machine')
  })
})

function silent(): ReturnType<typeof openLog> {
  return openLog({ format: 'json', level: 'error', write: () => undefined, secrets: [] })
}
