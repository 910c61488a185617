import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { exchange, head, pushBody, SIGNED } from './http-forge-senders.ts'

const SECRET = 'it is a secret'
const PATH = '/webhooks/forges/github'
const MEBIBYTE = 1024 * 1024
const BODY = pushBody('refs/heads/never', 'f'.repeat(40))

type Report = {
  readonly refs: readonly string[]
  readonly lines: readonly string[]
  readonly held: number
  readonly peak: number
}

/** A listener in a process of its own. */
async function listening() {
  const child = fork(join(import.meta.dirname, 'e2e/forge-webhooks-child.ts'), {
    execArgv: ['--expose-gc'],
    env: { SECRET },
  })
  onTestFinished(async () => {
    child.send('stop')
    await once(child, 'exit')
  })
  const [port] = (await once(child, 'message')) as [number]
  async function report(): Promise<Report> {
    child.send('report')
    const [told] = (await once(child, 'message')) as [Report]
    return told
  }
  return { port, report }
}

/** A whole request with a body. */
function whole(
  body: string | Buffer,
  headers: Readonly<Record<string, string>>,
  path = PATH,
): (string | Buffer)[] {
  return [head(path, { ...headers, 'content-length': String(Buffer.byteLength(body)) }), body]
}

function signed(body: string | Buffer, event = 'push'): (string | Buffer)[] {
  return whole(body, SIGNED.github(SECRET, body, event))
}

/** Hangs up in the middle of a body that is signed. */
async function truncated(port: number, at: number): Promise<undefined> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined)
  const [top = '', body = ''] = signed(BODY)
  socket.write(top)
  socket.write(body.slice(0, at % body.length), () => socket.destroy())
  await once(socket, 'close')
  return undefined
}

const DEEP = Buffer.from(`{"ref":"refs/heads/never","x":${'['.repeat(1_000_000)}${']'.repeat(1_000_000)}}`)
const WIDE = Buffer.from(`[${'{},'.repeat(200_000)}{}]`)
const CHUNK = `${(256 * 1024).toString(16)}\r\n${'x'.repeat(256 * 1024)}\r\n`
const CRUMBS = `${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`
const BAD = SIGNED.github('another secret', BODY)
const GOOD = SIGNED.github(SECRET, BODY)

type Attack = readonly [
  name: string,
  statuses: readonly (number | undefined)[],
  send: (port: number, at: number) => Promise<number | undefined>,
]

/** What is sent, and what may come back; `undefined`: the connection was cut while it still sent. */
const ATTACKS: readonly Attack[] = [
  [
    'too large, and says so',
    [413],
    (port) => exchange(port, [head(PATH, { ...GOOD, 'content-length': '9999999999' }), 'x']),
  ],
  [
    'too large, in chunks',
    [413, undefined],
    (port) => exchange(port, [head(PATH, { ...GOOD, 'transfer-encoding': 'chunked' }), CHUNK.repeat(16)]),
  ],
  [
    'in chunks of a byte',
    [401],
    (port) => exchange(port, [head(PATH, { ...BAD, 'transfer-encoding': 'chunked' }), CRUMBS]),
  ],
  [
    'signed with another secret',
    [401],
    (port, at) => exchange(port, whole(BODY, SIGNED.github(`secret ${at}`, BODY))),
  ],
  [
    'not signed',
    [401],
    (port) => exchange(port, whole(BODY, { 'content-type': 'application/json', 'x-github-event': 'push' })),
  ],
  [
    'signed by SHA-1 alone',
    [401],
    (port) => exchange(port, whole(BODY, { ...GOOD, 'x-hub-signature-256': GOOD['x-hub-signature'] })),
  ],
  [
    'altered after it was signed',
    [401],
    (port, at) => exchange(port, whole(`${BODY}${' '.repeat((at % 9) + 1)}`, GOOD)),
  ],
  [
    'with a signature of the wrong length',
    [401],
    (port, at) =>
      exchange(port, whole(BODY, { ...GOOD, 'x-hub-signature-256': `sha256=${'a'.repeat(at % 64)}` })),
  ],
  [
    'another token of GitLab',
    [401],
    (port, at) =>
      exchange(
        port,
        whole(BODY, SIGNED.gitlab(SECRET.slice(0, at % SECRET.length), BODY), '/webhooks/forges/gitlab'),
      ),
  ],
  ['signed, and no JSON', [400], (port, at) => exchange(port, signed(BODY.slice(0, 20 + (at % 90))))],
  ['signed, and no UTF-8', [400], (port, at) => exchange(port, signed(Buffer.from([0x7b, 0xff, at % 256])))],
  ['signed, and a million levels deep', [400], (port) => exchange(port, signed(DEEP))],
  ['signed, and a list without end', [400], (port) => exchange(port, signed(WIDE))],
  [
    'signed, with a ref that is none',
    [400],
    (port, at) => exchange(port, signed(JSON.stringify({ ref: `--upload-pack=${at}` }))),
  ],
  [
    'signed, with a number that is none',
    [400],
    (port, at) => exchange(port, signed(JSON.stringify({ action: 'opened', number: -at }), 'pull_request')),
  ],
  [
    'signed, with keys of every object',
    [400],
    (port) => exchange(port, signed('{"__proto__":{"ref":"refs/heads/never"}}')),
  ],
  [
    'signed, as a form',
    [415],
    (port) => exchange(port, whole(BODY, { ...GOOD, 'content-type': 'application/x-www-form-urlencoded' })),
  ],
  [
    'signed, of no type',
    [415],
    (port) => exchange(port, whole(BODY, { 'x-hub-signature-256': GOOD['x-hub-signature-256'] })),
  ],
  [
    'signed, to nobody',
    [404],
    (port, at) => exchange(port, whole(BODY, GOOD, `/webhooks/forges/github-${at}`)),
  ],
  ['signed, by another method', [405], (port) => exchange(port, [head(PATH, GOOD, 'PUT')])],
  ['signed, and hung up on', [undefined], truncated],
  ['no HTTP', [400], (port) => exchange(port, ['\u0016\u0003\u0001\u0002\r\n\r\n'])],
  [
    'of endless headers',
    [431],
    (port) => exchange(port, [head(PATH, { ...GOOD, 'x-more': 'y'.repeat(20_000) })]),
  ],
  [
    'two lengths that differ',
    [400],
    (port) =>
      exchange(port, [
        `POST ${PATH} HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}`,
      ]),
  ],
]
/** They take their time, and so are sent beside the others. */
const SLOW = 24

/** A thousand of them, with good ones in between; gives what was answered to whom. */
async function attack(
  port: number,
  times: number,
  good: number,
): Promise<ReadonlyMap<string, ReadonlySet<number | undefined>>> {
  const answered = new Map<string, Set<number | undefined>>()
  const note = (name: string, status: number | undefined): void => {
    answered.set(name, (answered.get(name) ?? new Set()).add(status))
  }
  const slow = Array.from({ length: SLOW }, async () => {
    const length = String(Buffer.byteLength(BODY) + 1)
    const parts = [head(PATH, { ...GOOD, 'content-length': length }), BODY]
    note('signed, and never whole', await exchange(port, parts))
  })
  const every = Math.floor((times - SLOW) / good)
  async function send(at: number): Promise<void> {
    const [name, , sent] = ATTACKS[at % ATTACKS.length] ?? ATTACKS[0]!
    note(name, await sent(port, at))
    if (at % every !== 0 || at / every >= good) return
    const body = pushBody(`refs/heads/good-${at / every}`, (times + at).toString(16).padStart(40, '0'))
    note(
      'good',
      await exchange(port, whole(body, SIGNED.github(SECRET, body, 'push', `delivery-${times}-${at}`))),
    )
    // Sent again, as it was and under another id.
    note(
      'replayed',
      await exchange(port, whole(body, SIGNED.github(SECRET, body, 'push', `delivery-${times}-${at}`))),
    )
    note(
      'replayed',
      await exchange(port, whole(body, SIGNED.github(SECRET, body, 'push', `again-${times}-${at}`))),
    )
  }
  const next = Array.from({ length: times - SLOW }, (_, at) => at).values()
  await Promise.all(
    Array.from({ length: 6 }, async () => {
      for (const at of next) await send(at)
    }),
  )
  await Promise.all(slow)
  return answered
}

test('a thousand hostile webhooks get nothing but 4xx, wake nobody, and leave the memory as it was', async () => {
  const { port, report } = await listening()
  // Code is compiled and buffers are made once.
  await attack(port, 120, 2)
  const before = await report()
  const answered = await attack(port, 1_000, 20)
  const after = await report()

  const expected = new Map(ATTACKS.map(([name, statuses]) => [name, statuses]))
  expected.set('signed, and never whole', [408]).set('good', [202]).set('replayed', [200])
  expect([...answered.keys()].sort()).toEqual([...expected.keys()].sort())
  for (const [name, statuses] of answered)
    expect({
      name,
      other: [...statuses].filter((each) => expected.get(name)?.includes(each) !== true),
    }).toEqual({ name, other: [] })
  const good = Array.from({ length: 20 }, (_, at) => `refs/heads/good-${at}`)
  expect(after.refs.slice(before.refs.length).toSorted()).toEqual(good.toSorted())
  expect(after.refs).not.toContain('refs/heads/never')

  // Of what was sent, which is far more than a hundred megabytes, nothing stays.
  expect((after.held - before.held) / MEBIBYTE).toBeLessThan(4)
  expect(after.peak / MEBIBYTE).toBeLessThan(512)
  expect(after.lines.filter((line) => line.includes('"error"'))).toEqual([])
  expect(after.lines.filter((line) => line.includes('refused-webhook')).length).toBeLessThan(20)
})
