// One of several services on one PostgreSQL database and one fleet; works until it is told to stop, or killed. Started by a test.
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { DAY, SECOND } from '../../src/domain/time.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { runLoop } from '../../src/reconcile/loop.ts'
import { NO_SCREEN } from '../../src/reconcile/parts.ts'
import { openWorkingTree } from '../../src/source/working-tree.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { FLEET } from './replica-world.ts'

const [base = '', url = ''] = process.argv.slice(2)
const stop = new AbortController()
process.once('SIGTERM', () => stop.abort())
process.once('disconnect', () => stop.abort())

// Shorter than in life, so that a test sees many changes of hands.
const leadership = { silence: 2 * SECOND, renewEvery: SECOND / 2 }
await using store = await openPostgres(url, { lease: 3 * SECOND, leadership })
await using simulator = await openSimulator({
  ...FLEET,
  path: join(base, 'simulator.db'),
  clock: systemClock,
})
await using source = openWorkingTree({ path: join(base, 'desired-state') })
process.send?.('open')
await runLoop(
  {
    store,
    source,
    drivers: [simulator],
    clock: systemClock,
    log: NO_LOG,
    screen: NO_SCREEN,
    ignore: [],
    ceiling: 'enforce',
    program: 'test',
    history: 90 * DAY,
    leadership: store.leadership,
  },
  // Every second, as a busy webhook would.
  { schedule: '* * * * * *', watch: true, signal: stop.signal },
)
process.disconnect()
