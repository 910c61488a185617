// One life of the service on a folder: works until everything is settled, unless it is killed first. Started by a test.
import { becomeExecutor, openRunning, type Setting } from '../../src/app.ts'
import { systemClock } from '../../src/clock.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { runLoop } from '../../src/reconcile/loop.ts'
import { NO_SCREEN } from '../../src/reconcile/parts.ts'
import { crashSetting, type CallDeath } from './crash-setting.ts'
import { mortal } from './mortal.ts'

const [base = '', deathText = '{}'] = process.argv.slice(2)
const setting: Setting = crashSetting(base)

await using lock = becomeExecutor(setting)
if (lock === undefined) throw new Error('the lock of a killed process is still held')
await using running = await openRunning(setting, {
  clock: systemClock,
  log: NO_LOG,
  screen: NO_SCREEN,
  program: 'test',
})
process.send?.('open')
await runLoop(mortal(running.parts, JSON.parse(deathText) as Partial<CallDeath>), {
  schedule: '0 0 1 1 *',
  watch: false,
  untilSettled: true,
  signal: new AbortController().signal,
})
process.disconnect()
