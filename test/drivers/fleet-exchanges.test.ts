import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { Command } from '../../src/domain/driver.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import type { FakeHost } from './fakes/fleet/hosts.ts'
import { fleet, order, shown, type FleetWorld } from './fakes/fleet/world.ts'

const PAGE = new URL('exchanges/fleet.md', import.meta.url)

/** A page that reads like the vendor's documentation, written from what really went over the wire. */
class Page {
  readonly #lines: string[] = [
    '# Talking to Fleet',
    '',
    'What goes over the wire between simplane and a Fleet, step by step. The server is the fake in `../fakes/fleet/`,',
    "written from Fleet's REST API reference, its issues and the references of Apple and Microsoft; nothing here was",
    'recorded from a real device. Dates and ids are those of the fake.',
    '`fleet-exchanges.test.ts` makes this page and compares; `UPDATE_GOLDEN=1` writes it anew, for a person to review.',
  ]
  readonly #world: FleetWorld

  constructor(world: FleetWorld) {
    this.#world = world
    world.fake.dials.recording = true
  }

  /** What went over the wire until now is of no interest. */
  chapter(title: string, text: string): void {
    this.#world.fake.recorded.splice(0)
    this.#lines.push('', `## ${title}`, '', text)
  }

  /** What was sent since, and not only to look a host up again. */
  sent(isShown: (request: string) => boolean = (request) => !/^GET \S+\/hosts\/\d/.test(request)): void {
    for (const { request, response } of this.#world.fake.recorded.splice(0)) {
      if (!isShown(request)) continue
      this.#lines.push('', 'simplane sends', '', ...fenced('http', short(legible(request))))
      for (const [what, language, text] of decoded(request))
        this.#lines.push('', what, '', ...fenced(language, text))
      this.#lines.push('', 'Fleet answers', '', ...fenced('http', short(response)))
      for (const [what, language, text] of decoded(response))
        this.#lines.push('', what, '', ...fenced(language, text))
    }
  }

  concluded(what: object): void {
    this.#lines.push('', 'simplane concludes', '', ...fenced('json', JSON.stringify(what, undefined, 2)))
  }

  text(): string {
    const text = `${this.#lines.join('\n')}\n`
    const ids = new Map<string, string>()
    // Ids that the fake draws at random, in the order in which they come.
    return text.replaceAll(
      /w?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}/g,
      (id) => {
        if (id.startsWith('6f0c1d2e-') || id.startsWith('44425e79-')) return id
        const known =
          ids.get(id) ??
          `${id.startsWith('w') ? 'w' : ''}954ec5ea-a334-4825-87b3-${String(ids.size + 1).padStart(12, '0')}`
        ids.set(id, known)
        return known
      },
    )
  }
}

function fenced(language: string, text: string): string[] {
  return [`\`\`\`${language}`, text.trim(), '```']
}

/** A body on several lines, as documentation shows it. */
function legible(request: string): string {
  const [head = '', ...body] = request.split('\n\n')
  const text = body.join('\n\n').trim()
  const json = text.startsWith('{')
    ? JSON.stringify(JSON.parse(text), undefined, 2)
    : text.replaceAll('\r', '')
  return text === '' ? head : `${head}\n\n${json}`
}

const BASE64 = /"(command|payload|result)": ?"([A-Za-z0-9+/=]{20,})"/g
const SYNCML = /"(query|raw_mdm_command_output)": ?"((?:[^"\\\\]|\\\\.)*)"/g

/** Without what is shown below it, line by line. */
function short(text: string): string {
  return text
    .replaceAll(
      BASE64,
      (_, key: string) => `"${key}": "<base64${key === 'payload' ? '' : ' of what follows'}>"`,
    )
    .replaceAll(SYNCML, (_, key: string) => `"${key}": "<what follows, on one line>"`)
}

/** What is inside commands, results, live queries and their answers. */
function decoded(text: string): readonly (readonly [string, string, string])[] {
  const plain = [...text.matchAll(BASE64)]
    .filter(([, key]) => key !== 'payload')
    .map(([, key = '', base64 = '']) => [key, Buffer.from(base64, 'base64').toString()] as const)
  const quoted = [...text.matchAll(SYNCML)].map(
    ([, key = '', json = '']) => [key, JSON.parse(`"${json}"`) as string] as const,
  )
  return [...plain, ...quoted].map(([key, xml]) => [`\`${key}\` is`, 'xml', broken(xml)] as const)
}

function broken(xml: string): string {
  return xml.replaceAll('><', '>\n<').replaceAll(/\n(?=<(string|integer|array|data|true|false)>)/g, ' ')
}

async function tell(page: Page, world: FleetWorld, command: Command): Promise<Command> {
  const submission = await world.driver.submit(command)
  page.sent()
  page.concluded(submission)
  return command
}

async function conclude(page: Page, world: FleetWorld, command: Command, host: FakeHost): Promise<void> {
  world.fake.reconcile()
  world.fake.checkIn(host)
  const outcome = await world.driver.outcome(command)
  page.sent()
  page.concluded(outcome)
}

it('every request and answer is as documented, and read as documented', async () => {
  let uuids = 0
  const newUuid = (): string => `6f0c1d2e-0000-4000-8000-${String((uuids += 1)).padStart(12, '0')}`
  const world = await fleet({ driver: { newUuid, readsEuicc: true } })
  const { driver, fake, clock } = world
  const [phone, laptop] = [await world.phone(), world.laptop()]
  const page = new Page(world)

  page.chapter(
    'The inventory',
    'Counted first, then read page by page; each device that may have an eSIM in full.',
  )
  await driver.observe()
  page.sent((request) => !request.includes('/query'))

  page.chapter(
    'What an iPhone holds',
    'Asked before the first install, and again when what is known grew old.',
  )
  await clock.advance(12 * HOUR)
  await driver.look(String(phone.id))
  fake.checkIn(phone)
  const { esims, eid } = await shown(world, phone)
  page.sent()
  page.concluded({ eid, esims })

  page.chapter('An install on an iPhone', 'The id of the command is ours, and written before it is sent.')
  await conclude(page, world, await tell(page, world, order(phone, 'install')), phone)

  page.chapter(
    'An iPhone that could not',
    '36003: the cellular software could not, or was busy. Trying again may help.',
  )
  const other = await world.phone()
  if (other.apple !== undefined) other.apple.failNext = 36_003
  fake.recorded.splice(0)
  await conclude(page, world, await tell(page, world, order(other, 'install')), other)

  page.chapter(
    'An install on Windows',
    'A manual label and a profile for that label alone, both with a name that says everything; the device is a member.',
  )
  const install = await tell(page, world, order(laptop, 'install'))
  fake.reconcile()
  fake.checkIn(laptop)
  const installed = await driver.outcome(install)
  page.sent(() => true)
  page.concluded(installed)

  page.chapter(
    'What a laptop holds',
    'Only where it is allowed: a live query of the table `mdm_bridge`, which hands Gets to Windows. ' +
      'The first of three rounds, which each ask for what the round before named.',
  )
  await clock.advance(2 * MINUTE)
  fake.checkIn(laptop)
  const seen = await shown(world, laptop)
  let rounds = 0
  page.sent((request) => request.includes('/query') && (rounds += 1) === 1)
  page.concluded({ esims: seen.esims, esimsComplete: seen.esimsComplete })

  page.chapter('The eSIM reset', 'One Exec with one Item: the only Windows command that Fleet takes.')
  await conclude(page, world, await tell(page, world, order(laptop, 'reset')), laptop)

  page.chapter(
    'An uninstall on Windows',
    'The device leaves the label, and Fleet deletes on it what the profile added.',
  )
  await conclude(page, world, await tell(page, world, order(laptop, 'uninstall')), laptop)

  page.chapter('An iPhone leaves', 'MDM is turned off when the device next checks in.')
  await conclude(page, world, await tell(page, world, order(phone, 'retire')), phone)

  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, page.text())
  expect(page.text()).toBe(readFileSync(PAGE, 'utf8'))
})
