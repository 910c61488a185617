// Leads a PostgreSQL store until it is killed. For each line it is told it writes a plan and says whether that was let.
import { createInterface } from 'node:readline'
import { SimplaneError } from '../../../src/domain/error.ts'
import { openPostgres } from '../../../src/store/postgres/open.ts'

const [url = '', silence = ''] = process.argv.slice(2)
const times = { silence: Number(silence), renewEvery: Number(silence) / 4 }
const store = await openPostgres(url, { leadership: times })
process.stdout.write(`term ${await store.leadership.lead()}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  try {
    await store.savePlans([], { run: 1, revision: line, now: 0, limited: [] })
    process.stdout.write('written\n')
  } catch (error) {
    process.stdout.write(`${error instanceof SimplaneError ? error.code : String(error)}\n`)
  }
}
