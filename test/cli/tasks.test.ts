import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parsed, quickWorkplace, simplane, workplace } from './harness.ts'

const MANUAL = `apiVersion: simplane/v1
kind: Settings
drivers: [{ name: simulator, kind: simulator, manual: [reset], latency: { min: 1ms, max: 20ms } }]
`

test('what the settings hand to a person is listed as tasks, not sent, and closed with evidence', async () => {
  const folder = workplace()
  writeFileSync(join(folder, 'simplane.yaml'), MANUAL)
  expect(await simplane(folder, ['tasks'])).toMatchObject({ code: 0, out: 'Nothing to do by hand.\n' })
  expect((await simplane(folder, ['reconcile'])).code).toBe(0)
  const { tasks } = parsed(await simplane(folder, ['tasks', '-o', 'json'])) as {
    tasks: readonly { id: string; kind: string; state: string }[]
  }
  expect(tasks.length).toBeGreaterThan(0)
  expect(new Set(tasks.map(({ kind, state }) => `${kind} ${state}`))).toEqual(new Set(['reset open']))
  const [first] = tasks
  const closed = await simplane(folder, ['tasks', 'done', first?.id ?? '', '--evidence', 'no eSIM listed'], {
    env: { SIMPLANE_ACTOR: 'ann' },
  })
  expect(closed).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${first?.id} is done, says ann`) as string,
  })
  const left = parsed(await simplane(folder, ['tasks', '-o', 'json']))['tasks'] as readonly unknown[]
  expect(left).toHaveLength(tasks.length - 1)
})

test('where nothing is handed to a person, there is no task to close', async () => {
  const { code, err } = await simplane(quickWorkplace(), ['tasks', 'done', 't-1', '--evidence', 'x'])
  expect([code, err]).toEqual([1, expect.stringContaining('no driver hands anything to a person') as string])
})
