// One life of the service on a folder: works until everything is settled, unless it is killed first. Started by a test.
import { becomeExecutor, openRunning, type Setting } from '../../src/app.ts'
import { systemClock } from '../../src/clock.ts'
import { NO_LOG } from '../../src/log/winston.ts'
import { runLoop } from '../../src/reconcile/loop.ts'
import { NO_SCREEN, type Parts } from '../../src/reconcile/parts.ts'
import { crashSetting, type CallDeath } from './crash-setting.ts'

const [base = '', deathText = '{}'] = process.argv.slice(2)
const setting: Setting = crashSetting(base)
const death = JSON.parse(deathText) as Partial<CallDeath>
let left = death.calls ?? Infinity

await using lock = becomeExecutor(setting)
if (lock === undefined) throw new Error('the lock of a killed process is still held')
await using running = await openRunning(setting, {
  clock: systemClock,
  log: NO_LOG,
  screen: NO_SCREEN,
  program: 'test',
})
process.send?.('open')
const { store, source, drivers } = running.parts
const parts: Parts = {
  ...running.parts,
  store: mortal(store),
  source: mortal(source),
  drivers: drivers.map((driver) => mortal(driver)),
}
await runLoop(parts, {
  schedule: '0 0 1 1 *',
  watch: false,
  untilSettled: true,
  signal: new AbortController().signal,
})
process.disconnect()

/** The port, whose every call may be the last thing this process does: before it, or right after its effect. */
function mortal<T extends object>(port: T): T {
  return new Proxy(port, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function' || key === Symbol.asyncDispose) return value
      return async (...given: unknown[]) => {
        count(key, 'before')
        const answer: unknown = await Reflect.apply(value, target, given)
        count(key, 'after')
        return answer
      }
    },
  })
}

/** Only calls like the one that is to be the last are counted. */
function count(call: string | symbol, side: 'before' | 'after'): void {
  if (death.call !== undefined && (death.call !== call || death.side !== side)) return
  left -= 1
  if (left <= 0) process.kill(process.pid, 'SIGKILL')
}
