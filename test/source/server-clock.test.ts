import { expect, test } from 'vitest'
import { MINUTE, SECOND } from '../../src/domain/time.ts'
import { clockAhead } from '../../src/source/server-clock.ts'
import { MONDAY, testClock } from '../clock.ts'
import { serve } from '../drivers/fakes/server.ts'

/** Where a server stands whose clock shows this; everything is asked of it without credentials. */
async function serverAt(date: string | undefined): Promise<string> {
  const { href } = await serve((request, response) => {
    expect([request.method, request.headers.authorization]).toEqual(['HEAD', undefined])
    response.sendDate = false
    if (date !== undefined) response.setHeader('date', date)
    response.writeHead(302, { location: 'https://elsewhere.example/' }).end()
  })
  return href.replace('://', '://user:token@')
}

test.each([
  ['agrees', MONDAY, 0],
  ['agrees within the second that the header leaves out', MONDAY - SECOND / 2, 0],
  ['is behind', MONDAY + 10 * MINUTE, -10 * MINUTE],
  ['is ahead', MONDAY - 10 * MINUTE, 10 * MINUTE - SECOND],
])('a clock that %s with that of the git server is told so', async (_, theirs, ahead) => {
  const seconds = new Date(Math.floor(theirs / SECOND) * SECOND).toUTCString()
  expect(await clockAhead(await serverAt(seconds), testClock())).toBe(ahead)
})

test('a server that names no time, none at all, and a repository reached otherwise tell nothing', async () => {
  const clock = testClock()
  const silent = await serverAt(undefined)
  for (const repo of [
    silent,
    'http://127.0.0.1:1/x',
    'git@git.acme.example:it/esim.git',
    './esim',
    'https://',
  ])
    expect(await clockAhead(repo, clock)).toBeUndefined()
})
