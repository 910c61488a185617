import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import { HOUR } from '../../src/domain/time.ts'
import { ACME, installOn, ivanti, order, type IvantiWorld } from './fakes/ivanti/world.ts'

const PAGE = new URL('ivanti/exchanges/neurons-for-mdm.md', import.meta.url)

const HEAD = [
  '# Talking to Ivanti Neurons for MDM',
  '',
  'What goes over the wire between simplane and a tenant, step by step. The server is the fake in `../../fakes/ivanti/`,',
  'written from the API guide and from what public clients met; nothing here was recorded from a real tenant.',
  '`ivanti-exchanges.test.ts` makes this page and compares; `UPDATE_GOLDEN=1` writes it anew, for a person to review.',
]

/** A page that reads like the vendor's documentation, written from what really went over the wire. */
function openPage({ fake }: IvantiWorld) {
  const lines = [...HEAD]
  const fenced = (language: string, text: string): string[] => [`\`\`\`${language}`, text.trim(), '```']
  fake.dials.recording = true
  return {
    chapter(title: string, text: string): void {
      fake.recorded.splice(0)
      lines.push('', `## ${title}`, '', text)
    },
    /** What was sent since. */
    sent(): void {
      for (const { request, response } of fake.recorded.splice(0))
        lines.push(
          '',
          'simplane sends',
          '',
          ...fenced('http', request),
          '',
          'it answers',
          '',
          ...fenced('http', response),
        )
    },
    concluded(what: object): void {
      lines.push('', 'simplane concludes', '', ...fenced('json', JSON.stringify(what, undefined, 2)))
    },
    text: (): string => `${lines.join('\n')}\n`,
  }
}

it('every request and answer is as documented, and read as documented', async () => {
  const world = await ivanti()
  const { driver, fake, clock } = world
  const page = openPage(world)
  const id = 22_000
  const device = world.enrol('windows', { id, serial: '5CG1234XYZ', eid: '89049032000000000000000000000012' })

  page.chapter('The inventory', 'The default space is asked for once; pages of 500 rows, by id.')
  const { observations } = await driver.observe()
  page.sent()
  page.concluded(observations[0] ?? {})

  page.chapter(
    'An install',
    'Add/Replace takes the whole set of attributes: it is read, merged, written, and read again. Only then it is accepted.',
  )
  const install = installOn(device)
  const submission = await driver.submit(install)
  page.sent()
  page.concluded(submission)

  page.chapter(
    'Is it done?',
    'The device checked in long enough after the change. An eSIM is not proven by that.',
  )
  await world.live()
  const done = await driver.outcome(install)
  page.sent()
  page.concluded(done)

  page.chapter(
    'An eSIM reset',
    'Opt-in: another attribute, whose group gets a Custom CSP with access type Exec.',
  )
  const reset = order(device, 'reset')
  const accepted = await driver.submit(reset)
  page.sent()
  page.concluded(accepted)

  page.chapter(
    'It ran, and is cleared',
    'When the device was there, the attribute is cleared before anything else follows.',
  )
  await world.live()
  const cleared = await driver.outcome(reset)
  page.sent()
  page.concluded(cleared)

  page.chapter('An uninstall', 'No value is left out and none is empty: `none` matches no group.')
  await world.live()
  await driver.outcome(reset)
  fake.recorded.splice(0)
  await driver.submit(order(device, 'uninstall', { configuration: 'acme-laptops', spec: ACME }))
  page.sent()

  page.chapter('A retirement', 'The one device action that is ever asked for. It is immediate.')
  await world.live()
  const retire = order(device, 'retire')
  await driver.submit(retire)
  const retired = await driver.outcome(retire)
  page.sent()
  page.concluded({ ...retired, at: 0 })

  page.chapter(
    'A stale record',
    'Looked at just before: retired or wiped, and older than the live one. `deviceIds`, not `ids`.',
  )
  const live = world.enrol('windows', { id: id + 1, serial: device.serial, eid: device.eid })
  Object.assign(live, { lastRegistrationTime: clock.now() - HOUR })
  const stale = order(live, 'delete-record', { record: recordKey('ivanti', String(id)) })
  await driver.submit(stale)
  const gone = await driver.outcome(stale)
  page.sent()
  page.concluded({ ...gone, at: 0 })

  page.chapter('An attribute that nobody made', 'Refused, with what is missing.')
  fake.knownAttributes.clear()
  const refused = await driver.submit(installOn(live))
  page.sent()
  page.concluded(refused)

  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, page.text())
  expect(page.text()).toBe(readFileSync(PAGE, 'utf8'))
})
