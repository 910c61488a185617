import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished, test } from 'vitest'
import { SimplaneError } from '../src/domain/error.ts'
import { isFollowed, pullRequestHint, pushHint, type Hint, type WebhookKind } from '../src/domain/hint.ts'
import { DAY, HOUR, MINUTE, SECOND } from '../src/domain/time.ts'
import { parseBounded } from '../src/http/bounded-json.ts'
import { openDeliveries } from '../src/http/deliveries.ts'
import { readWebhook } from '../src/http/forge-reading.ts'
import { verifySignature } from '../src/http/forge-signature.ts'
import { answerForges } from '../src/http/forge-webhooks.ts'
import { openListener } from '../src/http/listener.ts'
import { answerWebhooks } from '../src/http/webhooks.ts'
import { openLog } from '../src/log/winston.ts'
import type { WebhookSettings } from '../src/settings/http-webhooks.ts'
import { MONDAY, testClock } from './clock.ts'
import { exchange, head, pushBody, SIGNED, standardWebhook } from './http-forge-senders.ts'
import { Repository } from './source/repository.ts'

const ROOT = join(import.meta.dirname, '..')
const SECRET = "It's a Secret to Everybody"
const TOKEN = 'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q='
const KINDS = ['github', 'gitlab', 'gitea', 'generic'] as const
const MAIN: Hint = { kind: 'push', ref: 'refs/heads/main' }
const MEBIBYTE = 1024 * 1024

/** A listener with a webhook of each kind, and what was heard. */
async function listening(secrets: Partial<Pick<WebhookSettings, 'secret' | 'previousSecret'>> = {}) {
  const clock = testClock()
  const lines: string[] = []
  const heard: Hint[] = []
  const kept = new Map([
    ['SECRET', SECRET],
    ['NEXT', 'the next one'],
    ['TOKEN', TOKEN],
  ])
  const log = openLog({ format: 'json', level: 'debug', write: (line) => lines.push(line), secrets: [] })
  const webhooks = KINDS.map((kind) => ({ name: kind, kind, secret: { env: 'SECRET' }, ...secrets }))
  const forges = answerForges({
    webhooks,
    reveal: (ref) => {
      const secret = kept.get('env' in ref ? ref.env : '')
      if (secret === undefined) throw new SimplaneError('settings', 'the variable is not set')
      return secret
    },
    heard: (hint) => void heard.push(hint),
    clock,
    log,
  })
  const answer = answerWebhooks({ hooks: new Map(), heard: () => undefined, forges, clock, log })
  const listener = await openListener({ host: '127.0.0.1', port: 0, answer, log })
  onTestFinished(() => listener[Symbol.asyncDispose]())
  async function post(name: string, body: string, headers: Readonly<Record<string, string>>) {
    const url = `http://${listener.address}/webhooks/forges/${name}`
    const answered = await fetch(url, { method: 'POST', body, headers })
    return [answered.status, (await answered.text()).trim()] as const
  }
  return { clock, lines, heard, kept, post, port: Number(listener.address.split(':')[1]) }
}

describe('a signature', () => {
  const body = Buffer.from('Hello, World!')

  it('is that of the example which GitHub publishes', () => {
    const digest = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17'
    const headers = { 'x-hub-signature-256': `sha256=${digest}` }
    expect(verifySignature('github', [SECRET], { headers, body }, MONDAY)).toEqual({ kind: 'signed' })
  })

  it.each(['github', 'gitea', 'generic'] as const)(
    'of %s holds for this body and one of the secrets alone',
    (kind) => {
      const headers = SIGNED[kind](SECRET, body)
      const verdict = (secrets: readonly string[], bytes: Uint8Array) =>
        verifySignature(kind, secrets, { headers, body: bytes }, MONDAY).kind
      expect(verdict([SECRET], body)).toBe('signed')
      expect(verdict(['the next one', SECRET], body)).toBe('signed')
      expect(verdict(['the next one'], body)).toBe('refused')
      expect(verdict([], body)).toBe('refused')
      const empty = SIGNED[kind]('', body)
      expect(verifySignature(kind, [''], { headers: empty, body }, MONDAY).kind).toBe('refused')
      expect(verdict([SECRET], Buffer.from('Hello, World?'))).toBe('refused')
    },
  )

  it('by SHA-1, in another header, cut short, empty or twice is none', () => {
    const { 'x-hub-signature': sha1, 'x-hub-signature-256': sha256 } = SIGNED.github(SECRET, body)
    const all: readonly Readonly<Record<string, string>>[] = [
      {},
      { 'x-hub-signature': sha1 },
      { 'x-hub-signature-256': sha1 },
      { 'x-hub-signature-256': '' },
      { 'x-hub-signature-256': 'sha256=' },
      { 'x-hub-signature-256': sha256.slice(0, -1) },
      { 'x-hub-signature-256': `${sha256}00` },
      { 'x-hub-signature-256': `${sha256}, ${sha256}` },
      { 'x-hub-signature-256': sha256.replace('sha256=', '') },
      { 'x-signature-256': sha256 },
    ]
    for (const headers of all)
      expect(verifySignature('github', [SECRET], { headers, body }, MONDAY).kind).toBe('refused')
  })

  it('of Forgejo is taken where Gitea has its own, and never one of the two that is empty', () => {
    const given = SIGNED.gitea(SECRET, body)['x-gitea-signature']
    const verdict = (headers: Readonly<Record<string, string>>) =>
      verifySignature('gitea', [SECRET], { headers, body }, MONDAY).kind
    expect(verdict({ 'x-forgejo-signature': given })).toBe('signed')
    expect(verdict({ 'x-forgejo-signature': '', 'x-gitea-signature': given })).toBe('signed')
    expect(verdict({ 'x-forgejo-signature': '', 'x-gitea-signature': '' })).toBe('refused')
    expect(verdict({ 'x-gitea-signature': `sha256=${given}` })).toBe('refused')
  })

  it('of GitLab is the secret token itself, whole', () => {
    const verdict = (token: string) =>
      verifySignature('gitlab', [SECRET], { headers: { 'x-gitlab-token': token }, body }, MONDAY).kind
    expect(verdict(SECRET)).toBe('signed')
    for (const token of ['', SECRET.slice(1), `${SECRET}x`, SECRET.toLowerCase()])
      expect(verdict(token)).toBe('refused')
  })

  it('by a signing token of GitLab covers id, time and body, and is too old after five minutes', () => {
    const text = pushBody('refs/heads/main', 'a'.repeat(40))
    const sent = standardWebhook(TOKEN, text, 'f5e5f430', MONDAY / SECOND)
    const verdict = (headers: Readonly<Record<string, string>>, now = MONDAY, content = text) =>
      verifySignature('gitlab', [TOKEN], { headers, body: Buffer.from(content) }, now).kind
    expect(verdict(sent)).toBe('signed')
    expect(verdict(sent, MONDAY + 5 * MINUTE)).toBe('signed')
    expect(
      verdict({ ...sent, 'webhook-signature': `v1,${'A'.repeat(43)}= ${sent['webhook-signature']}` }),
    ).toBe('signed')
    expect(verdict(sent, MONDAY + 5 * MINUTE + SECOND)).toBe('refused')
    expect(verdict(sent, MONDAY - 5 * MINUTE - SECOND)).toBe('refused')
    expect(verdict(sent, MONDAY, `${text} `)).toBe('refused')
    expect(verdict({ ...sent, 'webhook-id': 'another' })).toBe('refused')
    expect(verdict({ ...sent, 'webhook-timestamp': String(MONDAY / SECOND + 1) })).toBe('refused')
    expect(verdict({ ...sent, 'webhook-signature': sent['webhook-signature'].replace('v1,', 'v1a,') })).toBe(
      'refused',
    )
    // The token itself, sent as the older kind is, is no signature.
    expect(verdict({ 'x-gitlab-token': TOKEN })).toBe('refused')
  })
})

describe('what a webhook says', () => {
  const read = (kind: WebhookKind, value: unknown, headers: Readonly<Record<string, string>> = {}) =>
    readWebhook(kind, { headers, body: Buffer.from(JSON.stringify(value)) })

  it('is where to look, and nothing else of it', () => {
    const push = JSON.parse(pushBody('refs/heads/main', 'a'.repeat(40))) as object
    const hint = { kind: 'hint', hint: MAIN }
    expect(read('github', push, { 'x-github-event': 'push' })).toEqual(hint)
    expect(read('gitea', push, { 'x-gitea-event': 'push' })).toEqual(hint)
    expect(read('gitea', push, { 'x-forgejo-event': 'push', 'x-gitea-event': 'push' })).toEqual(hint)
    expect(read('gitlab', push)).toEqual(hint)
    expect(read('gitlab', { object_kind: 'tag_push', ref: 'refs/tags/v1' })).toMatchObject({
      hint: { ref: 'refs/tags/v1' },
    })
    expect(read('generic', push)).toEqual(hint)
  })

  it('of a pull request is its number, when what was done to it matters', () => {
    const hint = { kind: 'hint', hint: { kind: 'pull-request', number: 42 } }
    const nothing = { kind: 'nothing' }
    const github = { 'x-github-event': 'pull_request' }
    const gitea = { 'x-gitea-event': 'pull_request' }
    for (const action of ['opened', 'synchronize', 'closed', 'edited', 'labeled'])
      expect(read('github', { action, number: 42, pull_request: { id: 7 } }, github)).toEqual(hint)
    for (const action of ['opened', 'synchronized', 'closed'])
      expect(read('gitea', { action, number: 42 }, gitea)).toEqual(hint)
    for (const action of ['open', 'update', 'merge'])
      expect(
        read('gitlab', { object_kind: 'merge_request', object_attributes: { id: 7, iid: 42, action } }),
      ).toEqual(hint)
    expect(read('generic', { number: 42 })).toEqual(hint)
    expect(read('github', { action: 'assigned', number: 42 }, github)).toMatchObject(nothing)
    expect(read('gitea', { action: 'milestoned', number: 42 }, gitea)).toMatchObject(nothing)
    expect(
      read('gitlab', { object_kind: 'merge_request', object_attributes: { iid: 42, action: 'approved' } }),
    ).toMatchObject(nothing)
  })

  it('of a ping and of events that nobody needs is nothing', () => {
    expect(read('github', { zen: 'Design for failure.' }, { 'x-github-event': 'ping' })).toEqual({
      kind: 'nothing',
      message: 'pong',
    })
    expect(read('github', { ref: 'refs/heads/main' }, { 'x-github-event': 'delete' })).toMatchObject({
      kind: 'nothing',
    })
    expect(read('gitea', { ref: 'main' }, { 'x-gitea-event': 'create' })).toMatchObject({ kind: 'nothing' })
    expect(read('gitlab', { object_kind: 'note' })).toMatchObject({ kind: 'nothing' })
    expect(read('gitlab', {})).toMatchObject({ kind: 'nothing' })
  })

  it.each<unknown>([
    'main',
    'refs/heads/',
    'refs/heads/a b',
    'refs/heads/../x',
    'refs/heads/a\n',
    'refs/pull/1/head',
    '--upload-pack=x',
    'https://evil.example/',
    `refs/heads/${'a'.repeat(250)}`,
    ['refs/heads/main'],
    null,
    7,
  ])('is malformed where the ref is %j', (ref) => {
    expect(read('github', { ref }, { 'x-github-event': 'push' })).toMatchObject({ kind: 'malformed' })
    expect(read('generic', { ref })).toMatchObject({ kind: 'malformed' })
  })

  it.each<unknown>([0, -1, 1.5, 2 ** 31, 1e300, '42', '../42', [42], null, undefined, {}])(
    'is malformed where the number is %j',
    (number) => {
      const headers = { 'x-github-event': 'pull_request' }
      expect(read('github', { action: 'opened', number }, headers)).toMatchObject({ kind: 'malformed' })
      expect(read('generic', { number })).toMatchObject({ kind: 'malformed' })
    },
  )

  it('is malformed where it is no object, has no event, or only seems to have keys', () => {
    for (const body of [
      '',
      'null',
      '[]',
      '"refs/heads/main"',
      '{"__proto__":{"ref":"refs/heads/main"}}',
      '{"ref":',
    ])
      expect(readWebhook('generic', { headers: {}, body: Buffer.from(body) })).toMatchObject({
        kind: 'malformed',
      })
    expect(read('github', { ref: 'refs/heads/main' })).toMatchObject({ kind: 'malformed' })
  })

  test('never throws, and never comes to more than a hint, whatever the bytes are', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...KINDS),
        fc.oneof(fc.json(), fc.string(), fc.uint8Array()),
        fc.constantFrom('push', 'pull_request', 'ping', 'x'),
        (kind, content, event) => {
          const headers = { 'x-github-event': event, 'x-gitea-event': event }
          const reading = readWebhook(kind, { headers, body: Buffer.from(content) })
          if (reading.kind === 'hint') expect(Object.keys(reading.hint)).toHaveLength(2)
          else expect(reading.message.length).toBeLessThan(80)
        },
      ),
    )
  })
})

describe('bounded JSON', () => {
  const nested = (levels: number): Buffer => Buffer.from('['.repeat(levels) + ']'.repeat(levels))

  it('is read to 32 levels, and refused beyond before anything is built', () => {
    expect(parseBounded(nested(32))).toBeDefined()
    for (const levels of [33, 1_000_000]) expect(parseBounded(nested(levels))).toBeUndefined()
    expect(parseBounded(Buffer.from('{"a":'.repeat(500_000)))).toBeUndefined()
  })

  it('does not take brackets in texts for levels', () => {
    const value = ['['.repeat(100), `\\"${'{'.repeat(100)}`, { '[[[[': ']' }]
    expect(parseBounded(Buffer.from(JSON.stringify(value)))).toEqual({ value })
  })

  it('is UTF-8', () => {
    expect(parseBounded(Buffer.from('"☂"'))).toEqual({ value: '☂' })
    expect(parseBounded(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined()
    expect(parseBounded(Buffer.from('[]', 'utf16le'))).toBeUndefined()
  })

  test('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (text) => {
        expect(parseBounded(Buffer.from(text))).toEqual({ value: JSON.parse(text) as unknown })
      }),
    )
  })
})

describe('deliveries', () => {
  it('are remembered for a day, by each of their keys', () => {
    const deliveries = openDeliveries()
    deliveries.add(['id', 'body'], MONDAY)
    expect(deliveries.has(['other', 'body'], MONDAY + DAY - 1)).toBe(true)
    expect(deliveries.has(['id'], MONDAY - HOUR)).toBe(true)
    expect(deliveries.has(['other'], MONDAY)).toBe(false)
    expect(deliveries.has(['id', 'body'], MONDAY + DAY)).toBe(false)
  })

  it('are forgotten, the oldest first, where there are too many', () => {
    const deliveries = openDeliveries(DAY, 3)
    for (const key of ['a', 'b', 'c', 'd']) deliveries.add([key], MONDAY)
    expect(['a', 'b', 'c', 'd'].map((key) => deliveries.has([key], MONDAY))).toEqual([
      false,
      true,
      true,
      true,
    ])
  })
})

describe('a ref', () => {
  it('is followed by its short and its whole name, and any branch by HEAD', () => {
    for (const followed of ['main', 'refs/heads/main', 'HEAD'])
      expect(isFollowed('refs/heads/main', followed)).toBe(true)
    expect(isFollowed('refs/tags/v1', 'v1')).toBe(true)
    for (const followed of ['mai', 'heads/main', 'refs/tags/main', 'x/main', ''])
      expect(isFollowed('refs/heads/main', followed)).toBe(false)
    expect(isFollowed('refs/tags/v1', 'HEAD')).toBe(false)
  })

  it('and a number that are good are hints', () => {
    expect(pushHint('refs/heads/feature/☂')).toEqual({ kind: 'push', ref: 'refs/heads/feature/☂' })
    expect(pullRequestHint(2 ** 31 - 1)).toEqual({ kind: 'pull-request', number: 2 ** 31 - 1 })
  })
})

describe('a webhook of a forge', () => {
  const body = pushBody('refs/heads/main', 'a'.repeat(40))

  it.each(KINDS)('of %s that is signed is answered 202 and heard', async (kind) => {
    const { post, heard } = await listening()
    expect(await post(kind, body, SIGNED[kind](SECRET, body))).toEqual([202, 'heard'])
    expect(heard).toEqual([MAIN])
  })

  it.each(KINDS)(
    'of %s that is not signed is answered 401, heard by nobody, and said in the log',
    async (kind) => {
      const { post, heard, lines } = await listening()
      const [unsigned] = await post(kind, body, { 'content-type': 'application/json' })
      const [forged] = await post(kind, body, SIGNED[kind]('hunter2', body))
      expect([unsigned, forged, heard]).toEqual([401, 401, []])
      expect(lines.filter((line) => line.includes('refused-webhook'))).toHaveLength(1)
      expect(lines.join('')).not.toMatch(/Everybody|hunter2/)
    },
  )

  it('is heard with either of two secrets, and the old one no more once it is taken out', async () => {
    const both = await listening({ secret: { env: 'NEXT' }, previousSecret: { env: 'SECRET' } })
    const other = pushBody('refs/heads/main', 'b'.repeat(40))
    expect((await both.post('github', body, SIGNED.github(SECRET, body)))[0]).toBe(202)
    expect((await both.post('github', other, SIGNED.github('the next one', other)))[0]).toBe(202)
    const one = await listening({ secret: { env: 'NEXT' } })
    expect((await one.post('github', body, SIGNED.github(SECRET, body)))[0]).toBe(401)
  })

  it('goes by a secret that was renewed meanwhile, without a restart', async () => {
    const { post, kept } = await listening()
    kept.set('SECRET', 'renewed')
    expect((await post('generic', body, SIGNED.generic(SECRET, body)))[0]).toBe(401)
    expect((await post('generic', body, SIGNED.generic('renewed', body)))[0]).toBe(202)
  })

  it('is answered 500 and heard by nobody while its secret cannot be read, and the log says why', async () => {
    const { post, kept, heard, lines } = await listening()
    kept.delete('SECRET')
    const [status, text] = await post('github', body, SIGNED.github('', body))
    expect([status, text]).toEqual([500, expect.not.stringContaining('variable')])
    expect(lines.join('')).toContain('the variable is not set')
    expect(heard).toEqual([])
  })

  it('moves from a token of GitLab to a signing token without a gap', async () => {
    const { post } = await listening({ secret: { env: 'TOKEN' }, previousSecret: { env: 'SECRET' } })
    const other = pushBody('refs/heads/main', 'b'.repeat(40))
    expect((await post('gitlab', body, SIGNED.gitlab(SECRET, body)))[0]).toBe(202)
    expect((await post('gitlab', other, standardWebhook(TOKEN, other, 'one', MONDAY / SECOND)))[0]).toBe(202)
  })

  it('that is sent again, with its id or another, is answered 200 and heard by nobody', async () => {
    const { post, heard, clock } = await listening()
    await post('github', body, SIGNED.github(SECRET, body, 'push', 'one'))
    for (const delivery of ['one', 'two', ''])
      expect(await post('github', body, SIGNED.github(SECRET, body, 'push', delivery))).toEqual([
        200,
        'this was heard before',
      ])
    const other = pushBody('refs/heads/main', 'b'.repeat(40))
    expect((await post('github', other, SIGNED.github(SECRET, other, 'push', 'one')))[0]).toBe(200)
    expect(heard).toHaveLength(1)
    clock.set(MONDAY + DAY)
    expect((await post('github', body, SIGNED.github(SECRET, body, 'push', 'one')))[0]).toBe(202)
  })

  it('of GitLab is its own although it shares the id of the event that set it off', async () => {
    const { post, heard } = await listening()
    for (const letter of ['a', 'b']) {
      const each = pushBody('refs/heads/main', letter.repeat(40))
      expect((await post('gitlab', each, SIGNED.gitlab(SECRET, each, 'Push Hook', letter)))[0]).toBe(202)
    }
    expect(heard).toHaveLength(2)
  })

  it('of one forge is another one than the same of another', async () => {
    const { post, heard } = await listening()
    for (const kind of KINDS) expect((await post(kind, body, SIGNED[kind](SECRET, body)))[0]).toBe(202)
    expect(heard).toHaveLength(4)
  })

  it('is answered 200 and heard by nobody when it is a ping, or an event that nobody needs', async () => {
    const { post, heard } = await listening()
    expect(await post('github', body, SIGNED.github(SECRET, body, 'ping'))).toEqual([200, 'pong'])
    expect(await post('github', body, SIGNED.github(SECRET, body, 'star'))).toEqual([
      200,
      'nobody needs this event',
    ])
    expect(heard).toEqual([])
  })

  it('that comes as a form is answered 415 and says what to set, before its signature is looked at', async () => {
    const { post, lines } = await listening()
    const form = { ...SIGNED.github(SECRET, body), 'content-type': 'application/x-www-form-urlencoded' }
    const [status, text] = await post('github', body, form)
    expect([status, text]).toEqual([415, expect.stringContaining('application/json')])
    expect(lines.join('')).toContain('application/json')
    for (const type of ['', 'text/plain', 'application/jsonp', 'application/json-seq'])
      expect((await post('github', body, { ...form, 'content-type': type }))[0]).toBe(415)
  })

  it('of three mebibytes is heard, and a larger one answered 413 whether it says its length or not', async () => {
    const { post, heard, port } = await listening()
    const large = body.replace('Widen', 'x'.repeat(3 * MEBIBYTE - Buffer.byteLength(body) + 5))
    expect(Buffer.byteLength(large)).toBe(3 * MEBIBYTE)
    expect((await post('github', large, SIGNED.github(SECRET, large)))[0]).toBe(202)
    const path = '/webhooks/forges/github'
    expect(await exchange(port, [head(path, { 'content-length': String(3 * MEBIBYTE + 1) })])).toBe(413)
    const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`
    const chunked = [head(path, { 'transfer-encoding': 'chunked' }), chunk.repeat(49)]
    expect(await exchange(port, chunked)).toBe(413)
    expect(heard).toHaveLength(1)
  })

  it('beyond what is heard at once is answered 429 with the time to wait, and heard when it comes again', async () => {
    const { post, heard, clock } = await listening()
    const send = async (number: number) => {
      const each = JSON.stringify({ number })
      return post('generic', each, SIGNED.generic(SECRET, each))
    }
    for (let number = 1; number <= 60; number += 1) expect((await send(number))[0]).toBe(202)
    expect(await send(61)).toEqual([429, 'too many at once'])
    expect((await post('gitea', body, SIGNED.gitea(SECRET, body)))[0]).toBe(202)
    clock.set(MONDAY + SECOND)
    expect((await send(61))[0]).toBe(202)
    expect(heard).toHaveLength(62)
  })

  it('has no name but those of the settings, and no method but POST', async () => {
    const { post, port, heard } = await listening()
    for (const name of ['bitbucket', 'GitHub', 'github/', 'github/x', '%67ithub', ''])
      expect((await post(name, body, SIGNED.github(SECRET, body)))[0]).toBe(404)
    for (const method of ['GET', 'PUT', 'DELETE', 'HEAD'])
      expect(await exchange(port, [head('/webhooks/forges/github', {}, method)])).toBe(405)
    expect(heard).toEqual([])
  })

  it('is sent as docs/webhooks.md says to send one', async () => {
    const { port, heard } = await listening()
    const [example = ''] =
      /body=[^]*?(?=```)/.exec(readFileSync(join(ROOT, 'docs/webhooks.md'), 'utf8')) ?? []
    using repository = new Repository()
    repository.push()
    const env = { ...process.env, WEBHOOK_SECRET: SECRET, SIMPLANE_URL: `http://127.0.0.1:${port}` }
    const { stdout } = await promisify(execFile)('bash', ['-euc', example], { cwd: repository.clone, env })
    expect(stdout).toBe('heard\n')
    expect(heard).toEqual([MAIN])
  })

  it('finds room for its body again once those that held too much of it are gone', async () => {
    const { port } = await listening()
    const path = '/webhooks/forges/github'
    const all = Buffer.alloc(3 * MEBIBYTE)
    const sockets: Socket[] = []
    const answers: string[] = []
    for (let at = 0; at < 20; at += 1) {
      const socket = connect(port, '127.0.0.1')
      socket.on('error', () => undefined)
      socket.on('data', (chunk) => answers.push(chunk.toString().slice(9, 12)))
      socket.write(head(path, { 'content-length': String(all.length) }))
      socket.write(all.subarray(1))
      sockets.push(socket)
    }
    // Two mebibytes more than one each: sixteen of them fit into 32.
    while (answers.length < 4) await setImmediate()
    expect(answers).toEqual(['429', '429', '429', '429'])
    for (const socket of sockets) socket.destroy()
    await Promise.all(sockets.filter(({ closed }) => !closed).map((socket) => once(socket, 'close')))
    let status: number | undefined = 429
    while (status === 429) {
      status = await exchange(port, [head(path, { 'content-length': String(all.length) }), all])
    }
    expect(status).toBe(415)
  })
})
