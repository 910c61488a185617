// One life of the service on a folder and a PostgreSQL database: works until everything is settled, unless it is killed
// first. Started by a test.
import { join } from 'node:path'
import { systemClock } from '../../src/clock.ts'
import { DAY, SECOND } from '../../src/domain/time.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { runLoop } from '../../src/reconcile/loop.ts'
import { NO_SCREEN, type Parts } from '../../src/reconcile/parts.ts'
import { openWorkingTree } from '../../src/source/working-tree.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import type { CallDeath } from './crash-setting.ts'
import { mortal } from './mortal.ts'
import { FLEET } from './replica-world.ts'

const [base = '', url = '', deathText = '{}'] = process.argv.slice(2)

// What the one before was given is to be asked about soon: a test cannot wait a minute each time.
const leadership = { silence: 2 * SECOND, renewEvery: SECOND / 5 }
await using store = await openPostgres(url, { lease: SECOND / 2, leadership })
await using simulator = await openSimulator({
  ...FLEET,
  path: join(base, 'simulator.db'),
  clock: systemClock,
})
await using source = openWorkingTree({ path: join(base, 'desired-state') })
process.send?.('open')
const parts: Parts = {
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
}
await runLoop(mortal(parts, JSON.parse(deathText) as Partial<CallDeath>), {
  schedule: '0 0 1 1 *',
  watch: false,
  untilSettled: true,
  signal: new AbortController().signal,
})
process.disconnect()
