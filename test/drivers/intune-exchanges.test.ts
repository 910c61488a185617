import { readFileSync, writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { recordKey } from '../../src/domain/device.ts'
import type { Command } from '../../src/domain/driver.ts'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import type { FakeDevice } from './fakes/intune/device.ts'
import { ACME, installOn, intune, order, shown, type IntuneWorld } from './fakes/intune/world.ts'

const PAGE = new URL('intune/exchanges/graph.md', import.meta.url)

/** A page that reads like the vendor's documentation, written from what really went over the wire. */
class Page {
  readonly #lines: string[] = [
    '# Talking to Microsoft Graph',
    '',
    'What goes over the wire between simplane and an Intune tenant, step by step. The server is the fake in',
    '`../../fakes/intune/`, written from the documentation of Microsoft Graph; nothing here was recorded from a real tenant.',
    '`intune-exchanges.test.ts` makes this page and compares; `UPDATE_GOLDEN=1` writes it anew, for a person to review.',
    'Ids, tokens and ICCIDs are replaced.',
  ]
  readonly #world: IntuneWorld
  readonly #ids = new Map<string, string>()
  readonly #seen = new Set<string>()

  constructor(world: IntuneWorld) {
    this.#world = world
    world.graph.dials.recording = true
  }

  chapter(title: string, text: string): void {
    this.#world.graph.recorded.splice(0)
    this.#lines.push('', `## ${title}`, '', text)
  }

  /** What was sent since. */
  sent(): void {
    for (const { request, response } of this.#world.graph.recorded.splice(0)) {
      this.#lines.push('', 'simplane sends', '', ...fenced('http', request))
      if (this.#seen.has(request + response)) {
        this.#lines.push('', 'Graph answers as it did before.')
        continue
      }
      this.#seen.add(request + response)
      this.#lines.push('', 'Graph answers', '', ...fenced('http', response))
    }
  }

  concluded(what: object | undefined): void {
    this.#lines.push('', 'simplane concludes', '', ...fenced('json', JSON.stringify(what, undefined, 2)))
  }

  script(title: string, content: string | undefined): void {
    const text = Buffer.from(content ?? '', 'base64').toString('utf8')
    this.#lines.push('', title, '', ...fenced('powershell', text))
  }

  text(): string {
    let lists = 0
    // The long lists of properties are written out where they first come.
    const short = (list: string): string => ((lists += 1) <= 2 ? list : '<the same properties>')
    return `${this.#lines.join('\n')}\n`
      .replaceAll(/(?<=\$select=)id,deviceName,[^,]+,[^&"\n]+/g, short)
      .replaceAll(this.#world.graph.authority, 'https://login.microsoftonline.com')
      .replaceAll('POST /login/', 'POST /')
      .replaceAll(this.#world.graph.address, 'https://graph.microsoft.com')
      .replaceAll(encodeURIComponent(this.#world.graph.address), 'https%3A%2F%2Fgraph.microsoft.com')
      .replaceAll(/token-\d+\.[\w-]+\.signature/g, '<token>')
      .replaceAll('client-secret-value', '<client secret>')
      .replaceAll(
        /"(detection|remediation)ScriptContent": "[^"]+"/g,
        '"$1ScriptContent": "<base64 of the script>"',
      )
      .replaceAll(/\b893315\d{13}\b/g, (iccid) =>
        this.#name(iccid, (n) => `89331500000000000${String(n).padStart(2, '0')}`),
      )
      .replaceAll(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, (id) =>
        this.#name(id, (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`),
      )
  }

  #name(id: string, make: (n: number) => string): string {
    const known = this.#ids.get(id) ?? make(this.#ids.size + 1)
    this.#ids.set(id, known)
    return known
  }
}

/** JSON after the first empty line is laid out for reading. */
function fenced(language: string, text: string): string[] {
  const [head = '', body] = text.split(/\n\n(?=[{[])/, 2)
  const laid = body === undefined ? text : `${head}\n\n${JSON.stringify(JSON.parse(body), undefined, 2)}`
  return [`\`\`\`${language}`, laid.trim(), '```']
}

async function submit(page: Page, world: IntuneWorld, command: Command): Promise<Command> {
  const submission = await world.driver.submit(command)
  page.sent()
  page.concluded(submission)
  return command
}

async function checkIn(world: IntuneWorld, device: FakeDevice): Promise<void> {
  await world.clock.advance(MINUTE)
  world.graph.tenant.checkIn(device)
  await world.clock.advance(MINUTE)
}

it('every request and answer is as documented, and read as documented', async () => {
  const world = await intune()
  const { driver, graph, clock } = world
  const page = new Page(world)
  const laptop = world.enrol('Windows')

  page.chapter(
    'Signing in, and all devices',
    'Then each device alone, for what lists leave empty: twenty in a batch.',
  )
  await driver.observe()
  page.sent()

  page.chapter(
    'What checked in since',
    'Between two sweeps. Graph has no list of changes of managed devices.',
  )
  await clock.advance(30 * MINUTE)
  await driver.observe()
  const [delta] = graph.recorded.filter(({ request }) => request.includes('$filter=lastSyncDateTime'))
  graph.recorded.splice(0, Infinity, ...(delta === undefined ? [] : [delta]))
  page.sent()

  page.chapter(
    'What the eUICC of a laptop holds',
    'The inventory script was made and run at the first sweep, since scripts are allowed here. The device ran it.',
  )
  const scripts = [...graph.tenant.scripts.values()]
  page.script('The script', scripts[0]?.detectionScriptContent)
  await checkIn(world, laptop)
  graph.recorded.splice(0)
  const { eid, installed, esims, esimsComplete } = await shown(world, laptop)
  page.sent()
  page.concluded({ eid, installed, esims, esimsComplete })

  page.chapter(
    'An install on a laptop',
    'The configuration, its group and the assignment are made once; then the device joins.',
  )
  const install = await submit(page, world, installOn(laptop))
  page.chapter(
    'Its state',
    '"compliant" is only that the device took the setting. It is asked what it holds.',
  )
  await checkIn(world, laptop)
  page.concluded(await driver.outcome(install))
  graph.recorded.splice(0)
  await checkIn(world, laptop)
  const outcome = await driver.outcome(install)
  page.sent()
  page.concluded(outcome)
  page.concluded({ esims: (await shown(world, laptop)).esims })

  page.chapter('An eSIM reset', 'Erases every eSIM, not the laptop: a script package for this order alone.')
  const reset = await submit(page, world, order(laptop, 'reset', {}))
  const made = [...graph.tenant.scripts.values()].find(({ displayName }) => displayName.includes('reset'))
  page.script('Its detection', made?.detectionScriptContent)
  page.script('Its remediation', String(made?.['remediationScriptContent']))
  await checkIn(world, laptop)
  await driver.outcome(reset)
  page.sent()
  await checkIn(world, laptop)
  page.concluded(await driver.outcome(reset))

  page.chapter('An uninstall', 'With `$ref`: without it, Graph deletes the device from Entra.')
  await submit(page, world, order(laptop, 'uninstall', { configuration: 'acme', spec: ACME }))

  page.chapter('An install on an iPhone', 'What it held before is read first, to tell what comes.')
  const phone = world.enrol('iOS', { iccid: '8933150000000000001' })
  const activation = await submit(page, world, installOn(phone))
  await checkIn(world, phone)
  const done = await driver.outcome(activation)
  page.sent()
  page.concluded(done)
  page.concluded({ esims: (await shown(world, phone)).esims })

  page.chapter('A retirement', '204 is only that it was ordered.')
  const leaving = world.enrol('iOS')
  await submit(page, world, order(leaving, 'retire'))

  page.chapter('A stale record', 'Read just before it is deleted, for Intune retires what it deletes.')
  const stale = world.enrol('iOS')
  await driver.look(stale.id)
  await clock.advance(HOUR)
  const live = graph.tenant.reenrol(stale)
  graph.recorded.splice(0)
  await submit(page, world, order(live, 'delete-record', { record: recordKey('intune', stale.id) }))

  const text = page.text()
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(PAGE, text)
  expect(text).toBe(readFileSync(PAGE, 'utf8'))
})
