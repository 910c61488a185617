import { describe, expect, it } from 'vitest'
import { MONDAY, testClock } from './clock.ts'

describe('the test clock', () => {
  it('stands still until it is moved', async () => {
    const clock = testClock()
    expect(clock.now()).toBe(MONDAY)
    await clock.advance(5)
    expect(clock.now()).toBe(MONDAY + 5)
  })

  it('wakes sleepers in order, each at its moment, those who sleep again included', async () => {
    const clock = testClock(0)
    const heard: string[] = []
    async function ticker(name: string, every: number): Promise<void> {
      for (let turn = 0; turn < 3; turn++) {
        await clock.sleep(every)
        heard.push(`${name}${clock.now()}`)
      }
    }
    const both = Promise.all([ticker('a', 10), ticker('b', 15)])
    await clock.advance(29)
    expect(heard).toEqual(['a10', 'b15', 'a20'])
    await clock.advance(31)
    await both
    expect(heard.slice(3)).toHaveLength(3)
    expect(clock.sleeping()).toBe(0)
  })

  it('lets an aborted sleeper go at once', async () => {
    const clock = testClock()
    const controller = new AbortController()
    const asleep = clock.sleep(1000, controller.signal)
    expect(clock.sleeping()).toBe(1)
    controller.abort()
    await asleep
    expect(clock.sleeping()).toBe(0)
    await clock.sleep(1000, controller.signal)
    await clock.sleep(0)
    expect(clock.now()).toBe(MONDAY)
  })

  it('is set backwards without waking anybody', () => {
    const clock = testClock(1000)
    void clock.sleep(10)
    clock.set(0)
    expect([clock.now(), clock.sleeping()]).toEqual([0, 1])
  })
})
