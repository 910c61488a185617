import type { Parts } from '../../src/reconcile/parts.ts'
import type { CallDeath } from './crash-setting.ts'

/** The parts, of whose ports any call may be the last thing this process does: before it, or right after its effect. */
export function mortal(parts: Parts, death: Partial<CallDeath>): Parts {
  let left = death.calls ?? Infinity

  /** Only calls like the one that is to be the last are counted. */
  function count(call: string | symbol, side: 'before' | 'after'): void {
    if (death.call !== undefined && (death.call !== call || death.side !== side)) return
    left -= 1
    if (left <= 0) process.kill(process.pid, 'SIGKILL')
  }

  function counted<T extends object>(port: T): T {
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

  const { store, source, drivers } = parts
  return {
    ...parts,
    store: counted(store),
    source: counted(source),
    drivers: drivers.map((driver) => counted(driver)),
  }
}
