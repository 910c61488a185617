import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { becomeExecutor, becomeExecutorSoon, type Setting } from '../src/app.ts'
import { parseSettings } from '../src/settings.ts'
import { testClock } from './clock.ts'

async function setting(): Promise<Setting> {
  const base = await mkdtemp(join(tmpdir(), 'simplane-app-'))
  onTestFinished(() => rm(base, { recursive: true, force: true }))
  const { settings } = parseSettings(undefined, 'simplane.yaml', {})
  if (settings === undefined) throw new Error('the defaults are not valid')
  return { settings, base, env: {} }
}

describe('who is to work', () => {
  it('is not kept from it by a command that only looked whether somebody works', async () => {
    const given = await setting()
    const looking = becomeExecutor(given)
    const clock = { ...testClock(), sleep: async () => looking?.[Symbol.asyncDispose]() }
    await using lock = await becomeExecutorSoon(given, clock)
    expect(looking).toBeDefined()
    expect(lock).toBeDefined()
  })

  it('leaves it to who works already, after a moment', async () => {
    const given = await setting()
    await using working = becomeExecutor(given)
    let slept = 0
    const clock = { ...testClock(), sleep: async (ms: number) => void (slept += ms) }
    expect(working).toBeDefined()
    expect(await becomeExecutorSoon(given, clock)).toBeUndefined()
    expect(slept).toBe(500)
  })
})
