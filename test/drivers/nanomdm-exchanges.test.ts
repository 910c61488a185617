import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Command } from '../../src/domain/driver.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import type { AppleDevice } from './fakes/apple-device.ts'
import { installOn, nanoMdm, shown, type NanoMdmWorld } from './fakes/nanomdm-world.ts'

const PAGE = new URL('exchanges/nanomdm.md', import.meta.url)

/** A page that reads like the vendor's documentation, written from what really went over the wire. */
class Page {
  readonly #lines: string[] = [
    '# Talking to NanoMDM',
    '',
    'What goes over the wire between simplane and a NanoMDM, step by step. The server is the fake in `../fakes/`, written',
    'from the documentation of NanoMDM and of Apple; nothing here was recorded from a real device.',
    '`nanomdm-exchanges.test.ts` makes this page and compares; `UPDATE_GOLDEN=1` writes it anew, for a person to review.',
  ]
  readonly #world: NanoMdmWorld

  constructor(world: NanoMdmWorld) {
    this.#world = world
    world.fake.dials.recording = true
  }

  chapter(title: string, text: string): void {
    this.#lines.push('', `## ${title}`, '', text)
  }

  /** What was sent since. */
  sent(): void {
    for (const { request, response } of this.#world.fake.recorded.splice(0)) {
      if (request.startsWith('GET /version')) continue
      const shownRequest = request.replace(/Basic \S+/, 'Basic nanomdm:<API key>')
      this.#lines.push(
        '',
        'simplane sends',
        '',
        ...fenced('http', shownRequest),
        '',
        'NanoMDM answers',
        '',
        ...fenced('http', response),
      )
    }
  }

  /** The newest webhook, which is then delivered with all others. */
  async webhook(): Promise<void> {
    const body = this.#world.fake.webhooks.at(-1)?.body ?? '{}'
    const event = JSON.parse(body) as { event_id: string; [key: string]: unknown }
    event.event_id = 'b7e2320cc0793f38'
    const inner = (event['acknowledge_event'] ?? event['checkin_event']) as { raw_payload: string }
    const payload = Buffer.from(inner.raw_payload, 'base64').toString()
    inner.raw_payload = '<base64 of what follows>'
    const head =
      'POST /hook\nContent-Type: application/json; charset=utf-8\nX-Hmac-Signature: <base64 of HMAC-SHA256>'
    this.#lines.push(
      '',
      'NanoMDM tells',
      '',
      ...fenced('http', `${head}\n\n${JSON.stringify(event, undefined, 2)}`),
    )
    this.#lines.push(
      '',
      ...fenced(
        'xml',
        payload.replaceAll('><', '>\n<').replaceAll(/\n(?=<(string|integer|array|data|true|false))/g, ' '),
      ),
    )
    await this.#world.deliver()
  }

  concluded(what: object): void {
    this.#lines.push('', 'simplane concludes', '', ...fenced('json', JSON.stringify(what, undefined, 2)))
  }

  text(): string {
    return `${this.#lines.join('\n')}\n`
  }
}

function fenced(language: string, text: string): string[] {
  return [`\`\`\`${language}`, text.trim(), '```']
}

async function install(page: Page, world: NanoMdmWorld, device: AppleDevice): Promise<Command> {
  const order = installOn(device)
  const submission = await world.driver.submit(order)
  page.sent()
  page.concluded(submission)
  return order
}

it('every request and answer is as documented, and read as documented', async () => {
  let uuids = 0
  const newUuid = (): string => `6f0c1d2e-0000-4000-8000-${String((uuids += 1)).padStart(12, '0')}`
  const world = await nanoMdm({ driver: { newUuid } })
  const { driver, fake, clock } = world
  const device = await world.enrol()
  const page = new Page(world)

  page.chapter(
    'What a device holds',
    'Asked before the first install, and again when what is known grew old.',
  )
  await clock.advance(12 * HOUR)
  await driver.look(device.udid)
  page.sent()
  fake.poll(device)
  await page.webhook()
  const { esims, esimsComplete, eid } = await shown(world, device)
  page.concluded({ eid, esims, esimsComplete })

  page.chapter('An install', 'The id of the command is ours, and written before it is sent.')
  const order = await install(page, world, device)
  fake.poll(device)
  await page.webhook()
  page.concluded(await driver.outcome(order))

  page.chapter(
    'Its plan',
    'Acknowledged is not installed: the device is asked until it lists a plan that was not there before.',
  )
  await clock.advance(MINUTE)
  await driver.look(device.udid)
  page.sent()
  fake.poll(device)
  await page.webhook()
  page.concluded({ esims: (await shown(world, device)).esims })

  page.chapter(
    'A device that could not',
    '36003: the cellular software could not, or was busy. Trying again may help.',
  )
  const other = await world.enrol()
  fake.recorded.splice(0)
  other.failNext = 36003
  const failing = await install(page, world, other)
  fake.poll(other)
  await page.webhook()
  page.concluded(await driver.outcome(failing))

  page.chapter('A device that is busy', 'NotNow is no answer: NanoMDM offers the command again.')
  const busy = await world.enrol()
  fake.recorded.splice(0)
  busy.busy = 1
  const waiting = await install(page, world, busy)
  fake.poll(busy)
  await page.webhook()
  page.concluded(await driver.outcome(waiting))

  page.chapter('No push certificate', 'HTTP 500, and the command is in the queue all the same.')
  fake.dials.push = 'no-certificate'
  const sleeping = await world.enrol()
  fake.recorded.splice(0)
  await install(page, world, sleeping)

  page.chapter('A device enrols again', 'Its queue was emptied: what it had not answered is over.')
  fake.erase(sleeping)
  await page.webhook()
  page.concluded(await shown(world, sleeping))

  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, page.text())
  expect(page.text()).toBe(readFileSync(PAGE, 'utf8'))
})
