import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/store/sqlite/open.ts'
import { MONDAY } from '../clock.ts'
import { KEY, openReceiver } from '../notify/fakes/receiver.ts'
import { openFakeSlack } from '../notify/fakes/slack.ts'
import { notice } from '../notify/notices.ts'
import { parsed, quickWorkplace, QUICK, simplane } from './harness.ts'

function workplaceWith(notify: string): string {
  const folder = quickWorkplace()
  writeFileSync(join(folder, 'simplane.yaml'), `${QUICK}notify:\n${notify}`)
  return folder
}

test('a test reaches every channel, or the one that is named, and its trouble is told without a secret', async () => {
  const receiver = await openReceiver(Date.now)
  const slack = await openFakeSlack()
  const folder = workplaceWith(`  - { name: ops, kind: slack, url: { file: slack }, events: [driver-down] }
  - { name: hook, kind: webhook, url: "${receiver.url.href}", secret: { env: HOOK_KEY } }
`)
  const given = { env: { HOOK_KEY: KEY } }
  writeFileSync(join(folder, 'slack'), `${slack.address}\n`)
  const both = await simplane(folder, ['notify', 'test'], given)
  expect(both).toEqual({
    code: 0,
    out: 'ok    ops  took a test\nok    hook  took a test\nLook whether it has arrived.\n',
    err: '',
  })
  expect(slack.shown[0]?.[0]).toBe('🔵 simplane can reach this channel')
  expect(receiver.taken.map(({ event }) => event.type)).toEqual(['dev.simplane.test.v1'])

  const one = await simplane(folder, ['notify', 'test', 'hook', '-o', 'json'], given)
  expect([one.code, parsed(one)]).toEqual([
    0,
    {
      apiVersion: 'simplane/v1',
      kind: 'ChannelTest',
      failures: 0,
      channels: [{ name: 'hook', result: 'ok' }],
    },
  ])
  expect([receiver.taken.length, slack.shown.length]).toEqual([2, 1])

  writeFileSync(join(folder, 'slack'), `${slack.url.origin}/services/hunter2`)
  const wrong = await simplane(folder, ['notify', 'test'], { env: { HOOK_KEY: 'hunter2' } })
  expect(wrong.out).toContain('FAIL  ops  it answered HTTP 404 (no_service)\n')
  expect(wrong.out).toContain(
    'FAIL  hook  The secret of channel hook is no key of Standard Webhooks.\n      Make one: ',
  )
  expect(wrong.out).toMatch(/\n2 failures\.\n$/)
  expect([wrong.code, wrong.out + wrong.err]).toEqual([1, expect.not.stringContaining('hunter2') as string])

  const nobody = await simplane(folder, ['notify', 'test', 'opps'], given)
  expect([nobody.code, nobody.err]).toEqual([1, 'There is no channel opps.\nThere are: ops, hook.\n'])
})

test('the list shows who is told of what, what waits, and why', async () => {
  const folder = workplaceWith(`  - { name: ops, kind: slack, url: { file: slack }, severity: warning }
  - { name: laptops, kind: teams, url: { file: teams }, events: [plan-held], subjects: [configuration/acme-*] }
`)
  const before = await simplane(folder, ['notify', 'list'])
  expect(before).toEqual({
    code: 0,
    out: `channel  kind   waiting  is told
ops      slack        0  everything, warnings and errors
laptops  teams        0  plan-held, of configuration/acme-*
`,
    err: '',
  })
  const store = await openStore(join(folder, 'state', 'simplane.db'))
  await store.putNotices([{ notice: notice(), channels: ['ops'] }], MONDAY, 9)
  await store.deferChannel('ops', { tries: 3, notBefore: MONDAY, why: 'it answered HTTP 503' }, 0)
  await store[Symbol.asyncDispose]()
  const after = await simplane(folder, ['notify', 'list'])
  expect(after.out).toMatch(/^ops {6}slack {8}1 {2}everything, warnings and errors$/m)
  expect(after.out).toMatch(
    /^ops was tried 3 times in vain: it answered HTTP 503\.\n {2}Next try is due, the oldest for /m,
  )
  const json = await simplane(folder, ['notify', 'list', '-o', 'json'])
  expect(parsed(json)).toMatchObject({
    kind: 'ChannelList',
    channels: [
      { name: 'ops', waiting: 1, tries: 3, trouble: 'it answered HTTP 503', oldest: '2026-11-23T08:00:00Z' },
      { name: 'laptops', waiting: 0, tries: 0 },
    ],
  })
})

test('where nobody is told, the list says so, and there is nothing to test', async () => {
  const folder = quickWorkplace()
  expect(await simplane(folder, ['notify', 'list'])).toMatchObject({
    code: 0,
    out: 'Nobody is told of anything: there is no notify in the settings.\n',
  })
  const { code, err } = await simplane(folder, ['notify', 'test'])
  expect([code, err]).toEqual([1, expect.stringContaining('docs/notifications.md') as string])
})

test('how it is used is told', async () => {
  const { code, out } = await simplane(quickWorkplace(), ['notify', '--help'])
  expect([code, out]).toEqual([0, expect.stringContaining('simplane notify test ops') as string])
  expect((await simplane(quickWorkplace(), ['notify'])).code).toBe(64)
})
