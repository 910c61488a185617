import { createHmac } from 'node:crypto'
import { connect } from 'node:net'

/** How forges sign, written from their documentation and not from ours. */
export const SIGNED = {
  github: (secret: string, body: string | Buffer, event = 'push', delivery = '') => ({
    'content-type': 'application/json',
    'user-agent': 'GitHub-Hookshot/044aadd',
    'x-github-event': event,
    ...(delivery === '' ? {} : { 'x-github-delivery': delivery }),
    'x-hub-signature': `sha1=${createHmac('sha1', secret).update(body).digest('hex')}`,
    'x-hub-signature-256': `sha256=${hex(secret, body)}`,
  }),
  gitea: (secret: string, body: string | Buffer, event = 'push', delivery = '') => ({
    'content-type': 'application/json',
    'x-gitea-event': event,
    'x-gitea-delivery': delivery,
    'x-gitea-signature': hex(secret, body),
    'x-github-event': event,
    'x-hub-signature-256': `sha256=${hex(secret, body)}`,
  }),
  gitlab: (secret: string, _body: string | Buffer, event = 'Push Hook', delivery = '') => ({
    'content-type': 'application/json',
    'x-gitlab-event': event,
    'x-gitlab-event-uuid': 'shared-by-all-that-one-webhook-set-off',
    'x-gitlab-token': secret,
    ...(delivery === '' ? {} : { 'idempotency-key': delivery }),
  }),
  generic: (secret: string, body: string | Buffer) => ({
    'content-type': 'application/json; charset=utf-8',
    'x-signature-256': `sha256=${hex(secret, body)}`,
  }),
}

/** As a signing token of GitLab does, by Standard Webhooks. */
export function standardWebhook(token: string, body: string, id: string, seconds: number) {
  const key = Buffer.from(token.replace('whsec_', ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')
  return {
    'content-type': 'application/json',
    'x-gitlab-event': 'Push Hook',
    'idempotency-key': id,
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  }
}

/** A push of a forge, with much that is none of our business. */
export function pushBody(ref: string, after: string): string {
  return JSON.stringify({
    object_kind: 'push',
    ref,
    before: '0'.repeat(40),
    after,
    repository: { full_name: 'acme/esim', clone_url: 'https://evil.example/esim.git' },
    commits: [{ id: after, message: 'Widen ☂ it', added: ['a.yaml'] }],
  })
}

/** Sends bytes as they are; gives the status that comes back, `undefined` when the connection ends without one. */
export function exchange(port: number, parts: readonly (string | Buffer)[]): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    let said = ''
    socket.on('data', (chunk) => (said += chunk.toString('latin1')))
    // Refused while it still sends: what came back before counts.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(said)?.[1]
      resolve(status === undefined ? undefined : Number(status))
    })
    for (const part of parts) socket.write(part)
  })
}

/** The head of a request that is the only one of its connection. */
export function head(path: string, headers: Readonly<Record<string, string>>, method = 'POST'): string {
  const lines = Object.entries({ host: 'simplane', connection: 'close', ...headers })
  return `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

function hex(secret: string, body: string | Buffer): string {
  return createHmac('sha256', secret).update(body).digest('hex')
}
