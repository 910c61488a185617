import { setImmediate } from 'node:timers/promises'
import { answerForges } from '../../src/http/forge-webhooks.ts'
import { openListener } from '../../src/http/listener.ts'
import { answerWebhooks } from '../../src/http/webhooks.ts'
import { systemClock } from '../../src/clock.ts'
import { openLog } from '../../src/log/winston.ts'

/**
 * A listener in a process of its own, so that what it holds in memory is its alone: node --expose-gc. It says its port, and
 * to every message what was heard and what it holds after a collection.
 */
const refs: string[] = []
const lines: string[] = []
const log = openLog({ format: 'json', level: 'info', write: (line) => lines.push(line), secrets: [] })
const forges = answerForges({
  webhooks: [
    { name: 'github', kind: 'github', secret: { env: 'SECRET' } },
    { name: 'gitlab', kind: 'gitlab', secret: { env: 'SECRET' } },
  ],
  reveal: () => process.env['SECRET'] ?? '',
  heard: (hint) => void refs.push(hint.kind === 'push' ? hint.ref : hint.kind),
  clock: systemClock,
  log,
})
const answer = answerWebhooks({
  hooks: new Map(),
  heard: () => undefined,
  forges,
  clock: systemClock,
  log,
})
const listener = await openListener({ host: '127.0.0.1', port: 0, answer, log, patience: 6_000 })

process.on('message', (message) => void told(message))

async function told(message: unknown): Promise<void> {
  if (message === 'stop') process.exit(0)
  for (let times = 0; times < 5; times += 1) {
    await setImmediate()
    globalThis.gc?.()
  }
  const { heapUsed, external } = process.memoryUsage()
  const peak = process.resourceUsage().maxRSS * 1024
  process.send?.({ refs, lines, held: heapUsed + external, peak })
}
process.send?.(Number(listener.address.split(':')[1]))
