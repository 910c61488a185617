import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Order, Told } from '../bed/order.ts'
import { build } from '../bed/stages.ts'
import { figureNamed } from '../figures.ts'
import { measure } from '../measure.ts'

/* One figure, or one database that figures begin with, in a process of its own. */
// Nobody waits for the answer any more, or the person had enough: what was written for the figure goes too (`exit`).
process.once('disconnect', () => process.exit())
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130))
const order = JSON.parse(process.argv[2] ?? '') as Order
await (order.kind === 'stage' ? build(order.cache, order.devices, order.stage) : figure(order))
if (process.connected) process.disconnect()

async function figure({ name, devices, runs, cache }: Order & { kind: 'figure' }): Promise<void> {
  const folder = mkdtempSync(join(cache, 'run-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  await using stack = new AsyncDisposableStack()
  const bed = { devices, folder, cache, stack }
  const result = await measure(figureNamed(name), runs, bed, (text) => tell({ kind: 'said', text }))
  tell({ kind: 'done', result })
}

function tell(told: Told): void {
  process.send?.(told)
}
