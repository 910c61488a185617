import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { makeDevice } from './fakes/apple-device.ts'
import { complain } from './fakes/simplemdm/simplemdm.ts'
import { order, simpleMdm } from './fakes/simplemdm/world.ts'

const PAGE = new URL('exchanges/simplemdm.md', import.meta.url)

const HEAD = `# Talking to SimpleMDM

What goes over the wire between simplane and SimpleMDM, step by step. The server is the fake in \`../fakes/simplemdm/\`,
written from the reference of SimpleMDM's API and from Apple's; nothing here was recorded from a real server. Dates and
ids are those of the fake.
\`simplemdm-exchanges.test.ts\` makes this page and compares; \`UPDATE_GOLDEN=1\` writes it anew, for a person to review.
`

it('every request and answer is as documented, and read as documented', async () => {
  const world = await simpleMdm()
  const { driver, fake, clock } = world
  const apple = Object.assign(makeDevice(), { serial: 'F2LX00000001', imei: '353918050000017' })
  const phone = fake.addDevice(apple)
  const lines = [HEAD]
  fake.dials.recording = true

  /** What was sent since, and what was made of it. */
  function chapter(title: string, text: string, concluded?: object): void {
    lines.push(`## ${title}\n\n${text}\n`)
    for (const { request, response } of fake.recorded.splice(0)) {
      lines.push(`simplane sends\n\n\`\`\`http\n${request.trim()}\n\`\`\`\n`)
      lines.push(`SimpleMDM answers\n\n\`\`\`http\n${response.trim()}\n\`\`\`\n`)
    }
    if (concluded !== undefined)
      lines.push(`simplane concludes\n\n\`\`\`json\n${JSON.stringify(concluded, undefined, 2)}\n\`\`\`\n`)
  }

  await driver.observe()
  chapter('The inventory', 'A hundred devices at a time, each page after the last device of the one before.')

  const install = order(phone)
  chapter(
    'An install',
    'Looked at first, then told. The answer is empty: there is no id to ask for later.',
    await driver.submit(install),
  )

  await clock.advance(MINUTE)
  fake.checkIn(phone)
  chapter(
    'What became of it',
    'Nothing is said of the command. The device was seen since, and so was offered it.',
    await driver.outcome(install),
  )

  fake.dials.proxied = /refresh_cellular_plans/
  fake.dials.proxy = complain(422, 'esim_server_url is invalid')
  chapter('A refusal', 'In its own words; it is told as it is.', await driver.submit(order(phone)))

  const text = lines.join('\n')
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, text)
  expect(text).toBe(readFileSync(PAGE, 'utf8'))
})
