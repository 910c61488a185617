import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseDesired } from '../src/desired/parse.ts'
import { openProgram } from '../src/cli/program.ts'
import type { Io } from '../src/cli/io.ts'
import { explainPage } from '../src/report/pages/explain-page.ts'
import { parseSettings } from '../src/settings.ts'

const ROOT = resolve(import.meta.dirname, '..')
const PAGES = [
  'README.md',
  'docs/desired-state.md',
  'docs/settings.md',
  'docs/operating.md',
  'docs/notifications.md',
  'docs/pull-requests.md',
  'docs/webhooks.md',
]
const DOCUMENTS = {
  EsimConfiguration: 'esim-configuration',
  DeviceGroup: 'device-group',
  Retirement: 'retirement',
  Policy: 'policy',
}

function page(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}

/** Fenced blocks of a language, without the indentation of a list around them. */
function blocks(name: string, language: string): readonly string[] {
  const pattern = new RegExp(`^( *)\`\`\`${language}\\n([^]*?)^\\1\`\`\`$`, 'gm')
  return [...page(name).matchAll(pattern)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
}

type Json = { readonly [key: string]: unknown }
type Property = { readonly path: string; readonly schema: Json }

/** Every property of a schema by its path; a list's are `name[].key`. Definitions are followed. */
function properties(root: Json, schema: Json, path = ''): readonly Property[] {
  const own = followed(root, schema)
  const below = Object.entries((own['properties'] ?? {}) as Record<string, Json>).flatMap(([key, value]) => {
    const at = path === '' ? key : `${path}.${key}`
    return [{ path: at, schema: followed(root, value) }, ...properties(root, value, at)]
  })
  const items = own['items'] === undefined ? [] : properties(root, own['items'] as Json, `${path}[]`)
  const choices = ['oneOf', 'anyOf', 'allOf'].flatMap((word) => (own[word] ?? []) as Json[])
  return [...below, ...items, ...choices.flatMap((choice) => properties(root, choice, path))]
}

function followed(root: Json, schema: Json): Json {
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  const found = reference
    .replace('#/', '')
    .split('/')
    .reduce<Json>((at, part) => at[part] as Json, root)
  return { ...followed(root, found), ...schema }
}

function propertiesOf(name: string): readonly Property[] {
  const schema = JSON.parse(readFileSync(join(ROOT, `schemas/${name}.schema.json`), 'utf8')) as Json
  const all = properties(schema, schema)
  expect(all.length).toBeGreaterThan(5)
  return all
}

/** The command lines of every sh block, and those in backticks, that call simplane. */
function commandLines(name: string): readonly string[] {
  const inBlocks = blocks(name, 'sh').flatMap((block) => block.split('\n'))
  const inline = [...page(name).matchAll(/`((?:npx )?simplane [^`]+)`/g)].map((match) => match[1] ?? '')
  return [...inBlocks, ...inline].filter((line) => /^(npx )?simplane /.test(line))
}

function wordsOf(line: string): readonly string[] {
  const command = line.replace(/^(npx )?simplane /, '').replace(/ (&&|\||>|#|;) .*$/, '')
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
}

/** Parses as the program does, without running anything. */
function parses(words: readonly string[]): string {
  const said: string[] = []
  const program = openProgram(
    { out: () => undefined, err: (text) => said.push(text), version: '0' } as Partial<Io> as Io,
    () => undefined,
  )
  const silent = (command: typeof program): void => {
    if (command.commands.length === 0) command.action(() => undefined)
    for (const each of command.commands) silent(each)
  }
  silent(program)
  // A command named alone in a sentence is no command line: it must exist, and that is all.
  if (words.length === 1)
    return program.commands.some((each) => each.name() === words[0]) ? 'ok' : 'unknown command'
  try {
    program.parse([...words], { from: 'user' })
    return 'ok'
  } catch (error) {
    return `${String(error)} ${said.join('')}`
  }
}

type Branch = {
  readonly if?: { readonly properties?: { readonly kind?: { readonly const?: string } } }
  readonly then?: Json
}

/** The keys that an entry of `drivers` has because of its kind; where a secret is, is written once for all. */
function keysOfKinds(): readonly { readonly kind: string; readonly keys: readonly Property[] }[] {
  const schema = JSON.parse(page('schemas/settings.schema.json')) as Json
  const driver = (schema['$defs'] as Readonly<Record<string, Json>>)['driver']
  return ((driver?.['allOf'] ?? []) as readonly Branch[]).map((branch) => ({
    kind: branch.if?.properties?.kind?.const ?? '',
    keys: properties(schema, branch.then ?? {}).filter(
      ({ path, schema: key }) => !/\.(env|file)$/.test(path) && typeof key['description'] === 'string',
    ),
  }))
}

describe('the pages', () => {
  test.each(PAGES)('%s has links that lead somewhere, headings included', (name) => {
    const links = [...page(name).matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1] ?? '')
      .filter((link) => !/^https?:/.test(link))
    for (const link of links) {
      const [path = '', heading] = link.split('#')
      const target = path === '' ? join(ROOT, name) : resolve(join(ROOT, dirname(name)), path)
      expect({ link, there: existsSync(target) }).toEqual({ link, there: true })
      if (heading === undefined) continue
      const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.+)$/gm)].map((match) =>
        (match[1] ?? '')
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      )
      expect(headings).toContain(heading)
    }
  })

  test.each(PAGES)('%s shows only commands and options that exist', (name) => {
    for (const line of commandLines(name))
      expect({ line, parses: parses(wordsOf(line)) }).toEqual({ line, parses: 'ok' })
  })

  test('a command that does not exist would be noticed', () => {
    expect(parses(['plan', '--reff', 'x'])).toMatch(/unknown option/)
    expect(parses(['reconsile'])).toMatch(/unknown command/)
    expect(PAGES.flatMap(commandLines).length).toBeGreaterThan(30)
  })

  test.each(PAGES)('%s shows only documents and settings that are valid', (name) => {
    const examples = blocks(name, 'yaml').filter((text) => text.includes('apiVersion: simplane/v1'))
    for (const text of examples) {
      const { findings } = /^kind: Settings$/m.test(text)
        ? parseSettings(text, 'simplane.yaml', {})
        : parseDesired([{ path: 'example.yaml', blob: '', bytes: new TextEncoder().encode(text) }])
      expect(findings.filter((finding) => finding.severity === 'error')).toEqual([])
    }
    expect(examples.length).toBeGreaterThanOrEqual(name === 'docs/operating.md' ? 0 : 1)
  })

  test.each(PAGES)('%s explains only codes, rules and fields that have a page', (name) => {
    const topics = [...page(name).matchAll(/simplane explain ([a-z]+-[a-z-]+|S\d+|[a-z]+[A-Z]\w*)\b/g)].map(
      (match) => match[1] ?? '',
    )
    expect(topics.filter((topic) => !topic.startsWith('acme-') && explainPage(topic) === undefined)).toEqual(
      [],
    )
  })

  test('say "eSIM reset", never the bare word', () => {
    for (const name of PAGES) {
      const prose = page(name)
        .replaceAll(/```[^]*?```|`[^`]*`/g, '')
        .replaceAll(/eSIM\s+resets?|factory reset/g, '')
      expect({ name, bare: prose.match(/\bresets?\b/gi) ?? [] }).toEqual({ name, bare: [] })
    }
  })
})

describe('the page of pull requests', () => {
  test('begins with a comment as it is', () => {
    const golden = page('test/report/golden/pull-request/reset.md')
    const [example = ''] = blocks('docs/pull-requests.md', 'markdown')
    expect(example.split('\n').length).toBeGreaterThan(10)
    expect(golden.startsWith(example)).toBe(true)
  })
})

describe('the README', () => {
  test('has commands that npm knows', () => {
    const { scripts } = JSON.parse(page('package.json')) as { scripts: Record<string, string> }
    const used = blocks('README.md', 'sh').join('\n')
    expect(used).toContain('npm ci && npm start')
    expect(used).toContain('npm ci && npm test')
    for (const script of ['start', 'test']) expect(Object.keys(scripts)).toContain(script)
  })
})

describe('every key is written down', () => {
  test.each(Object.entries(DOCUMENTS))('of %s, in a table of its own, with its default', (kind, schema) => {
    const text = page('docs/desired-state.md')
    const section =
      text
        .slice(text.indexOf(`\n## ${kind}\n`))
        .slice(4)
        .split('\n## ')[0] ?? ''
    const selecting = text.slice(text.indexOf('\n## Selecting devices\n'))
    for (const { path, schema: property } of propertiesOf(schema)) {
      const inSpec = path.startsWith('spec.')
      const shared = path.includes('devicesFrom[].')
      const key = shared ? (path.split('.').at(-1) ?? '') : path.replace(/^spec\./, '')
      const where = shared ? selecting : section
      const row = (inSpec ? where : text).split('\n').find((line) => line.startsWith(`| \`${key}\` |`))
      expect({ path, written: row !== undefined }).toEqual({ path, written: true })
      const fallback = property['default']
      if (!shared && ['string', 'number', 'boolean'].includes(typeof fallback))
        expect(row).toContain(`\`${String(fallback)}\``)
    }
  })

  test('of the settings, with its default', () => {
    const rows = page('docs/settings.md').split('\n')
    for (const { path, schema } of propertiesOf('settings')) {
      const row = rows.find((line) => line.startsWith(`| \`${path}\` |`))
      expect({ path, written: row !== undefined }).toEqual({ path, written: true })
      if (['string', 'number', 'boolean'].includes(typeof schema['default']))
        expect(row).toContain(String(schema['default']))
    }
  })

  test('of each kind of driver, in a table of its own, with its default', () => {
    const text = page('docs/settings.md')
    const kinds = keysOfKinds()
    expect(kinds.length).toBeGreaterThan(4)
    for (const { kind, keys } of kinds) {
      const section = text.slice(text.indexOf(`\n### ${kind}\n`) + 5).split('\n##')[0] ?? ''
      expect({ kind, keys: keys.length > 3 }).toEqual({ kind, keys: true })
      for (const { path, schema } of keys) {
        const row = section.split('\n').find((line) => line.startsWith(`| \`${path}\` |`))
        expect({ kind, path, written: row !== undefined }).toEqual({ kind, path, written: true })
        if (['string', 'number', 'boolean'].includes(typeof schema['default']))
          expect(row).toContain(`\`${String(schema['default'])}\``)
      }
    }
  })

  test('of the environment: each variable named is taken without a warning, and one that is not named is warned of', () => {
    const named = [...page('docs/settings.md').matchAll(/^\| `(SIMPLANE_\w+)` \|/gm)].map(
      (match) => match[1] ?? '',
    )
    expect(named.length).toBeGreaterThan(10)
    const source = readFileSync(join(ROOT, 'src/settings/environment.ts'), 'utf8')
    const known = [...source.matchAll(/SIMPLANE_[A-Z_]*[A-Z]/g)]
      .map(([name]) => name)
      .filter((name) => !['SIMPLANE_RELAUNCHED', 'SIMPLANE_TEST'].includes(name))
    expect([...new Set(known)].sort()).toEqual([...named].sort())
  })
})
