import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsed, schemaErrors, simplane, temporary, workplace } from './harness.ts'
import type { Ended } from './harness.ts'

const FIXTURES = join(import.meta.dirname, 'fixtures')
const COMMANDS = [
  'status devices explain drift history validate plan retirement reconcile approve retry run export init demo',
  'schema help version',
].flatMap((line) => line.split(' '))
const FLEET = ['plan', '--desired', 'desired', '--fleet', 'fleet.json']

/** Compares with `golden/<name>`; UPDATE_GOLDEN=1 writes it anew. */
function expectGolden(name: string, output: string): void {
  const file = join(import.meta.dirname, 'golden', name)
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, output)
  expect(output).toBe(readFileSync(file, 'utf8'))
}

function expectUsage(ended: Ended, about: RegExp): void {
  expect(ended).toMatchObject({ code: 64, out: '' })
  expect(ended.err).toMatch(about)
}

describe('help', () => {
  test('simplane alone, help and --help are one overview, on stdout', async () => {
    const folder = temporary()
    const all = await Promise.all([[], ['help'], ['--help'], ['-h']].map((words) => simplane(folder, words)))
    for (const each of all) expect(each).toEqual({ code: 0, out: all[0]?.out, err: '' })
    expectGolden('help.txt', all[0]?.out ?? '')
  })

  test('every command it names has its own help with an example', async () => {
    const folder = temporary()
    const overview = (await simplane(folder, ['help'])).out
    for (const command of COMMANDS.filter((each) => each !== 'help'))
      expect(overview).toMatch(new RegExp(`\\b${command}\\b`))
    for (let at = 0; at < COMMANDS.length; at += 6) {
      const helps = await Promise.all(
        COMMANDS.slice(at, at + 6).map(async (command) => ({
          command,
          ...(await simplane(folder, [command, '--help'])),
        })),
      )
      for (const { command, code, out, err } of helps) {
        expect({ command, code, err }).toEqual({ command, code: 0, err: '' })
        expect(out).toMatch(
          new RegExp(
            `Usage: simplane ${command}[^]*Examples?:\\n {2}simplane ${command}|Examples?:[^]*simplane ${command}`,
          ),
        )
      }
    }
  })

  test('a topic has its page, a command its help, and anything else the nearest one', async () => {
    const folder = temporary()
    expectGolden('exit-codes.txt', (await simplane(folder, ['help', 'exit-codes'])).out)
    expect((await simplane(folder, ['help', 'retirement', 'check'])).out).toContain(
      'may this device be retired now?',
    )
    expectUsage(await simplane(folder, ['help', 'exit-code']), /did you mean "exit-codes"/)
  })

  test('what is not understood is said, with the nearest command, and ends with 64', async () => {
    const folder = temporary()
    const mistakes: readonly (readonly [string, RegExp])[] = [
      ['staus', /unknown command 'staus'[^]*status/],
      ['plan --flet x', /unknown option '--flet'[^]*--fleet/],
      ['plan --fleet x.json', /--fleet needs --desired/],
      ['plan -o xml', /Allowed choices are text, json, markdown/],
      ['retirement check', /missing required argument/],
      ['reconcile --timeout soon', /--timeout "soon" is not a number of minutes/],
      ['run --devices many', /--devices "many" is not a whole number/],
      ['history --since yesterday', /--since "yesterday" is neither/],
      ['export', /--fleet, or --desired DIR/],
      ['schema plans', /Allowed choices are simplane/],
    ]
    const all = await Promise.all(mistakes.map(([line]) => simplane(folder, line.split(' '))))
    for (const [at, ended] of all.entries()) expectUsage(ended, mistakes[at]?.[1] ?? /never/)
  })

  test('the version is the one of the package', async () => {
    const folder = temporary()
    const { version } = JSON.parse(readFileSync(join(FIXTURES, '../../../package.json'), 'utf8')) as {
      version: string
    }
    expect((await simplane(folder, ['version'])).out).toBe(`${version}\n`)
    expect((await simplane(folder, ['--version'])).out).toBe(`${version}\n`)
  })
})

describe('plan of two files', () => {
  test('prints the same text, JSON and Markdown for ever', async () => {
    expectGolden('plan.txt', (await simplane(FIXTURES, FLEET)).out)
    expectGolden('plan.md', (await simplane(FIXTURES, [...FLEET, '-o', 'markdown'])).out)
    const json = await simplane(FIXTURES, [...FLEET, '-o', 'json'])
    expectGolden('plan.json', json.out)
    expect(schemaErrors('plan', parsed(json))).toBeNull()
    expect(json.err).toBe('')
  })

  test('leaves no file behind: no database, no mirror', async () => {
    const folder = temporary()
    const words = ['plan', '--desired', join(FIXTURES, 'desired'), '--fleet', join(FIXTURES, 'fleet.json')]
    expect((await simplane(folder, words)).code).toBe(0)
    expect(existsSync(join(folder, 'state'))).toBe(false)
  })

  test('says by --detailed-exitcode whether something changes, is held, or neither', async () => {
    const folder = temporary()
    const fleet = JSON.parse(readFileSync(join(FIXTURES, 'fleet.json'), 'utf8')) as {
      devices: { id: string }[]
    }
    const codeOf = async (...ids: string[]): Promise<number | null> => {
      const devices = fleet.devices.filter(({ id }) => ids.includes(id))
      writeFileSync(join(folder, `${ids.join('')}.json`), JSON.stringify({ ...fleet, devices }))
      const words = [
        'plan',
        '--desired',
        join(FIXTURES, 'desired'),
        '--fleet',
        `${ids.join('')}.json`,
        '--detailed-exitcode',
      ]
      return (await simplane(folder, words)).code
    }
    expect(await Promise.all([codeOf('d-4'), codeOf('d-1', 'd-3'), codeOf('d-3')])).toEqual([0, 2, 3])
  })

  test('is no plan, and exit 1, when a file is missing or not valid', async () => {
    const folder = workplace()
    const missing = await simplane(folder, ['plan', '--desired', 'desired-state', '--fleet', 'none.json'])
    expect(missing).toMatchObject({ code: 1, out: '' })
    expect(missing.err).toMatch(/fleet snapshot none\.json cannot be read[^]*simplane export --fleet/)
    writeFileSync(join(folder, 'bad.json'), '{"apiVersion": "simplane/v1"')
    const bad = await simplane(folder, [
      'plan',
      '--desired',
      'desired-state',
      '--fleet',
      'bad.json',
      '-o',
      'json',
    ])
    expect(bad.code).toBe(1)
    expect(schemaErrors('findings', parsed(bad))).toBeNull()
  })
})

describe('validate', () => {
  test('is one line for a good folder', async () => {
    expect(await simplane(workplace(), ['validate'])).toEqual({
      code: 0,
      out: '9 files, 8 documents: valid.\n',
      err: '',
    })
  })

  test('shows file, line, column, a caret and the nearest key, in every format', async () => {
    const folder = workplace()
    breakConfiguration(folder)
    const text = await simplane(folder, ['validate'])
    expect(text.code).toBe(1)
    expect(text.out).toMatch(
      /unknown key "serverUrl"\n {2}--> desired-state\/configurations\/acme-laptops\.yaml:\d+:\d+[^]*\^{9} did you mean "serverName"/,
    )
    const json = await simplane(folder, ['validate', '-o', 'json'])
    expect(schemaErrors('findings', parsed(json))).toBeNull()
    const actions = await simplane(folder, ['validate'], { env: { GITHUB_ACTIONS: 'true' } })
    expect(actions.out).toMatch(/^::error file=desired-state\/configurations\/acme-laptops\.yaml,line=\d+/m)
    expect((await simplane(folder, ['validate', '-o', 'markdown'])).out).toContain(
      '| `configurations/acme-laptops.yaml:8` |',
    )
    expect([json.code, actions.code]).toEqual([1, 1])
  })

  test('a folder that is not there is an error that names it', async () => {
    const ended = await simplane(temporary(), ['validate', 'nowhere'])
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toContain('nowhere')
  })

  test('takes the folder and what to ignore from simplane.yaml, relative to that file', async () => {
    const folder = workplace()
    writeFileSync(join(folder, 'desired-state/values.yaml'), 'not: a document\n')
    mkdirSync(join(folder, 'service'))
    const settings =
      'apiVersion: simplane/v1\nkind: Settings\nsource: { path: ../desired-state, ignore: [values.yaml] }\n'
    writeFileSync(join(folder, 'service/simplane.yaml'), settings)
    expect((await simplane(folder, ['validate'])).code).toBe(1)
    expect((await simplane(folder, ['validate', '--config', 'service/simplane.yaml'])).code).toBe(0)
    expect((await simplane(join(folder, 'service'), ['validate'])).code).toBe(0)
    expect(
      (await simplane(folder, ['validate'], { env: { SIMPLANE_CONFIG: 'service/simplane.yaml' } })).code,
    ).toBe(0)
  })
})

describe('without any state', () => {
  test('every command that needs some says how to get there', async () => {
    const folder = temporary()
    const lines = [
      'status',
      'devices',
      'drift',
      'history',
      'plan',
      'approve h-1',
      'retry fleet',
      'retirement check x',
      'export --fleet',
      'explain LAP-1',
    ]
    const all = await Promise.all(
      lines.map(async (line) => ({ line, ...(await simplane(folder, line.split(' '))) })),
    )
    for (const { line, code, out, err } of all) {
      expect({ line, code, out }).toEqual({ line, code: 1, out: '' })
      expect(err).toMatch(/no recorded state yet at \.\/state\/simplane\.db/)
      expect(err).toContain('simplane run')
    }
  })

  test('codes, rules and fields are explained all the same', async () => {
    const folder = temporary()
    for (const what of ['would-strand', 'S15', 'onRemove'])
      expect((await simplane(folder, ['explain', what])).code).toBe(0)
    expect(parsed(await simplane(folder, ['explain', 's15', '-o', 'json']))).toMatchObject({ kind: 'Page' })
    expect((await simplane(folder, ['explain', 'would-stand'])).err).toContain('Did you mean "would-strand"?')
  })

  test('the service says which folder is missing, starts nothing and writes nothing', async () => {
    const folder = temporary()
    const ended = await simplane(folder, ['run'])
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toMatch(/no desired state at \.\/desired-state[^]*simplane init/)
    expect(existsSync(join(folder, 'state'))).toBe(false)
  })

  test('a store in a place that cannot be written is a sentence, not a trace', async () => {
    const folder = workplace()
    writeFileSync(join(folder, 'file'), '')
    const ended = await simplane(folder, ['run'], { env: { SIMPLANE_STORE: './file/simplane.db' } })
    expect(ended.code).toBe(1)
    expect(ended.err).not.toMatch(/Unexpected trouble|\n {4}at /)
  })
})

describe('settings', () => {
  test('with a mistake stop the command, with the place and the nearest key', async () => {
    const folder = workplace()
    writeFileSync(join(folder, 'simplane.yaml'), 'apiVersion: simplane/v1\nkind: Settings\nstroe: ./x.db\n')
    const ended = await simplane(folder, ['run'])
    expect(ended).toMatchObject({ code: 1, out: '' })
    expect(ended.err).toMatch(/unknown key "stroe"[^]*simplane\.yaml:3:1[^]*did you mean "store"\?/)
  })

  test('that are no YAML, or not there, are a sentence', async () => {
    const folder = workplace()
    writeFileSync(join(folder, 'simplane.yaml'), '{ apiVersion: [')
    expect((await simplane(folder, ['status'])).err).toMatch(/simplane\.yaml:\d+/)
    const missing = await simplane(folder, ['status', '--config', 'other.yaml'])
    expect(missing.code).toBe(1)
    expect(missing.err).toContain('The settings file other.yaml cannot be read')
  })
})

describe('schema and init', () => {
  test('every schema is JSON with its own id and title', async () => {
    const folder = temporary()
    for (const name of ['simplane', 'plan', 'settings', 'fleet-snapshot']) {
      const schema = parsed(await simplane(folder, ['schema', name]))
      expect(schema).toMatchObject({
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        title: expect.any(String) as string,
      })
    }
  })

  test('a starter is valid as it is, is never written twice, and lists its files as JSON', async () => {
    const folder = temporary()
    const first = await simplane(folder, ['init', 'esim/'])
    expect(first.code).toBe(0)
    expect(first.out).toContain('esim/desired-state/policy.yaml')
    expect((await simplane(join(folder, 'esim'), ['validate'])).code).toBe(0)
    const again = await simplane(folder, ['init', 'esim'])
    expectUsage(again, /was not written: it is there already/)
    expect(parsed(await simplane(folder, ['init', 'other', '-o', 'json']))).toMatchObject({ kind: 'Starter' })
  })
})

describe('colours', () => {
  test('are on where they are asked for, off in a pipe, with NO_COLOR and with --no-color', async () => {
    const colours = async (words: string[], env: Record<string, string>): Promise<boolean> =>
      (await simplane(FIXTURES, [...FLEET, ...words], { env })).out.includes('\u001b[')
    expect(await colours([], {})).toBe(false)
    expect(await colours([], { FORCE_COLOR: '1' })).toBe(true)
    expect(await colours([], { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(await colours(['--no-color'], { FORCE_COLOR: '1' })).toBe(false)
  })
})

function breakConfiguration(folder: string): void {
  const file = join(folder, 'desired-state/configurations/acme-laptops.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('serverName:', 'serverUrl:'))
}
