import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { makeDevice } from './fakes/apple-device.ts'
import { jamf, order, shown, type JamfWorld } from './fakes/jamf/world.ts'

const PAGE = new URL('exchanges/jamf.md', import.meta.url)

/** A page that reads like the vendor's documentation, written from what really went over the wire. */
class Page {
  readonly #lines: string[] = [
    '# Talking to Jamf Pro',
    '',
    'What goes over the wire between simplane and a Jamf Pro, step by step. The server is the fake in `../fakes/jamf/`,',
    "written from the reference of the Jamf Pro API and from Apple's; nothing here was recorded from a real server. Dates",
    'and ids are those of the fake.',
    '`jamf-exchanges.test.ts` makes this page and compares; `UPDATE_GOLDEN=1` writes it anew, for a person to review.',
  ]
  readonly #world: JamfWorld

  constructor(world: JamfWorld) {
    this.#world = world
    world.fake.dials.recording = true
  }

  /** What went over the wire until now is of no interest. */
  chapter(title: string, text: string): void {
    this.#world.fake.recorded.splice(0)
    this.#lines.push('', `## ${title}`, '', text)
  }

  /** What was sent since, and not only to look at the device or to sign in once more. */
  sent(isShown = (request: string): boolean => !/mobile-devices|oauth/.test(request)): void {
    for (const { request, response } of this.#world.fake.recorded.splice(0)) {
      if (!isShown(request)) continue
      this.#lines.push('', 'simplane sends', '', ...fenced('http', legible(request)))
      this.#lines.push('', 'Jamf Pro answers', '', ...fenced('http', response))
    }
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

/** A JSON body on several lines, as documentation shows it. */
function legible(request: string): string {
  const [head = '', body = ''] = request.split('\n\n')
  const text = body.trim()
  const json = text.startsWith('{') ? JSON.stringify(JSON.parse(text), undefined, 2) : text
  return text === '' ? head : `${head}\n\n${json}`
}

it('every request and answer is as documented, and read as documented', async () => {
  let uuids = 0
  const newUuid = (): string => `6f0c1d2e-0000-4000-8000-${String((uuids += 1)).padStart(12, '0')}`
  const world = await jamf({ fake: { newUuid } })
  const { driver, fake, clock } = world
  const apple = Object.assign(makeDevice(), {
    serial: 'F2LX00000001',
    udid: '00008110-00000001A801E',
    eid: '89049032000000000000000000000100',
    imei: '353918050000017',
  })
  const phone = fake.addDevice(apple)
  phone.managementId = '9932fad3-29e9-4b71-bc7c-77dcefce819d'
  const page = new Page(world)

  page.chapter(
    'The inventory',
    'Signed in first, with the API client. A token lasts for a minute unless the client says otherwise. Then page by page, ' +
      'with the sections that are needed: one that is not asked for is null.',
  )
  await driver.observe()
  page.sent(() => true)

  page.chapter(
    'What a device holds now',
    'Before an install, when its inventory is older than a quarter of an hour. Only the Classic API has this.',
  )
  const asked = await driver.submit(order(phone))
  page.sent()
  page.concluded(asked)
  fake.checkIn(phone)

  page.chapter(
    'An install',
    'First the commands of the same kind that the device has: Jamf Pro chooses the id of a command, and one whose answer ' +
      'gets lost is found again as the one that was not there before.',
  )
  const install = order(phone)
  const submission = await driver.submit(install)
  page.sent()
  page.concluded(submission)
  fake.checkIn(phone)
  const outcome = await driver.outcome(install)
  page.sent()
  page.concluded(outcome)

  page.chapter(
    'The proof',
    'A minute later the device is asked once more, and shows a plan that it did not show before.',
  )
  await clock.advance(2 * MINUTE)
  await driver.look(String(phone.id))
  fake.checkIn(phone)
  const after = await driver.look(String(phone.id))
  page.sent()
  page.concluded({
    esims:
      after?.facts.esims === 'unknown'
        ? 'unknown'
        : after?.facts.esims.map(({ source }) => ({ iccid: '<ICCID>', source })),
  })

  page.chapter(
    'A device that could not',
    '36003: the cellular software could not, or was busy. Trying again may help.',
  )
  const other = world.phone()
  other.managementId = '1c2d3e4f-29e9-4b71-bc7c-77dcefce819d'
  other.apple.failNext = 36_003
  const second = order(other)
  await driver.submit(second)
  fake.checkIn(other)
  fake.recorded.splice(0)
  const failure = await driver.outcome(second)
  page.sent()
  page.concluded(failure)

  page.chapter(
    'A client that may not',
    'Jamf Pro answers 401 when the role of the client lacks the privilege to view commands, although the token is good. ' +
      'It is asked once more with a new token, and then told to the administrator.',
  )
  fake.privileges.delete('View MDM command information in Jamf Pro API')
  const third = order(other)
  const error: unknown = await driver.submit(third).catch((thrown: unknown) => thrown)
  page.sent((request) => !request.includes('mobile-devices'))
  page.concluded({ error: String(error), hint: (error as { hint?: string }).hint })

  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, page.text())
  expect(page.text()).toBe(readFileSync(PAGE, 'utf8'))
  expect((await shown(world, phone)).esims).toHaveLength(1)
})
