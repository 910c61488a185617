import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { capabilitiesOf } from '../../src/drivers/registry.ts'
import { parseSettings, type Settings } from '../../src/settings.ts'
import type { PlatformCapabilities } from '../../src/domain/driver.ts'

const DOCS = resolve(import.meta.dirname, '../../docs/drivers')
const KINDS = ['simulator', 'nanomdm', 'fleet', 'intune', 'ivanti', 'jamf', 'simplemdm']

/** What changes what a driver can do, beside its kind. */
const VARIANTS: readonly { readonly kind: string; readonly when: string; readonly keys: string }[] = [
  {
    kind: 'nanomdm',
    when: '',
    keys: 'address: https://a.example, apiKey: { file: a }, webhookKey: { file: b }',
  },
  { kind: 'fleet', when: '', keys: 'address: https://a.example, token: { file: a }' },
  {
    kind: 'fleet',
    when: '`premium: true`',
    keys: 'address: https://a.example, token: { file: a }, premium: true',
  },
  { kind: 'intune', when: '', keys: 'tenant: a, clientId: b, clientSecret: { file: a }' },
  {
    kind: 'intune',
    when: '`scripts: true`',
    keys: 'tenant: a, clientId: b, clientSecret: { file: a }, scripts: true',
  },
  { kind: 'ivanti', when: '', keys: ivanti('') },
  { kind: 'ivanti', when: '`resetAttribute`', keys: ivanti(', resetAttribute: simplaneReset') },
  { kind: 'jamf', when: '', keys: 'address: https://a.example, clientId: a, clientSecret: { file: a }' },
  { kind: 'simplemdm', when: '', keys: 'apiKey: { file: a }' },
  { kind: 'simulator', when: '', keys: 'devices: 42' },
]

function ivanti(more: string): string {
  const console = 'attribute: simplaneEsim, configurations: { acme1: { serverName: smdp.acme.example } }'
  return `address: https://a.example, user: u, password: { file: a }, ${console}${more}`
}

function parsed(drivers: string): Settings {
  const text = `apiVersion: simplane/v1\nkind: Settings\n${drivers}`
  const { settings, findings } = parseSettings(text, 'simplane.yaml', {})
  expect(findings).toEqual([])
  if (settings === undefined) throw new Error('the settings are not valid')
  return settings
}

function rowOf({ kind, when, keys }: (typeof VARIANTS)[number]): string {
  const [driver] = parsed(`drivers: [{ name: mdm, kind: ${kind}, ${keys} }]\n`).drivers
  if (driver === undefined) throw new Error('no driver is set')
  const { windows, ios } = capabilitiesOf(driver)
  const name = existsSync(join(DOCS, `${kind}.md`)) ? `[${kind}](${kind}.md)` : kind
  return `| ${name} | ${when} | ${stepsOf(windows)} | ${stepsOf(ios)} |`.replaceAll('|  |', '| |')
}

function stepsOf({ steps, seesEveryEsim }: PlatformCapabilities): string {
  if (steps.length === 0) return 'none'
  return `${steps.join(', ')}${seesEveryEsim ? '; sees every eSIM' : ''}`
}

function page(name: string): string {
  return readFileSync(join(DOCS, name), 'utf8')
}

describe('the index of drivers', () => {
  it('says what each can do as the code says it, row by row', () => {
    const rows = page('README.md')
      .split('\n')
      .filter((line) => /^\| (\[|simulator)/.test(line))
    expect(rows).toEqual(VARIANTS.map(rowOf))
  })

  it('leads to every page, and to none that is not there', () => {
    const links = [...page('README.md').matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, link = '']) => link)
    const pages = readdirSync(DOCS).filter((name) => name !== 'README.md')
    expect([...new Set(links)].toSorted()).toEqual(pages.toSorted())
  })
})

it.each(readdirSync(DOCS))('%s has links that lead somewhere, headings included', (name) => {
  for (const [, link = ''] of page(name).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^https?:/.test(link)) continue
    const [path = '', heading] = link.split('#')
    const target = path === '' ? join(DOCS, name) : resolve(DOCS, path)
    expect({ link, there: existsSync(target) }).toEqual({ link, there: true })
    if (heading === undefined) continue
    const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, text = '']) =>
      text
        .toLowerCase()
        .replaceAll(/[^\w -]/g, '')
        .replaceAll(' ', '-'),
    )
    expect(headings).toContain(heading)
  }
})

describe.each(KINDS.filter((kind) => kind !== 'simulator'))('the page of %s', (kind) => {
  it('shows settings that are valid as they stand', () => {
    const block = /^( *)```(?:text|yaml)\n( *drivers:\n[^]*?)^\1```$/m.exec(page(`${kind}.md`))
    const text = (block?.[2] ?? '').replaceAll(new RegExp(`^${block?.[1] ?? ''}`, 'gm'), '')
    expect(parsed(text).drivers.map((driver) => driver.kind)).toContain(kind)
  })
})

it('the page of the runbook shows what every driver takes', () => {
  const [, text = ''] = /```text\n(drivers:\n[^]*?)```/.exec(page('runbook.md')) ?? []
  const [, manual = ''] = /manual: (.*)/.exec(text) ?? []
  const { drivers, tasks } = parsed(
    `drivers: [{ name: ivanti, kind: ivanti, manual: ${manual}, ${ivanti('')} }]\n`,
  )
  expect([drivers[0]?.manual, tasks]).toEqual([['reset'], './state/tasks.db'])
})
