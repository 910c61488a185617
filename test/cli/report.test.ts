import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { runCli } from '../../src/cli/program.ts'
import { DAY, HOUR, SECOND, type Clock } from '../../src/domain/time.ts'
import { plainPaint } from '../../src/report/paint.ts'
import { openTeam, type Team } from '../e2e/team.ts'
import { TOKEN } from '../forge/fakes/github.ts'
import { LAPTOPS, PARIS } from '../reconcile/world.ts'
import { AUTHORITIES } from '../source/git-server.ts'

const NEO = LAPTOPS.replace('smdp.acme', 'smdp.neo')
const HELD = 3

type Ran = { readonly code: number; readonly out: string; readonly err: string }

/** One command of a person or of a CI, in this process: it shares the set clock. */
async function run(team: Team, words: readonly string[], env: Io['env'], cwd: string): Promise<Ran> {
  const said = { out: '', err: '' }
  const io: Io = {
    cwd,
    env: { PATH: process.env['PATH'], SSL_CERT_FILE: AUTHORITIES, ...env },
    clock: paced(team),
    signal: new AbortController().signal,
    out: (text) => (said.out += text),
    err: (text) => (said.err += text),
    terminal: false,
    paint: plainPaint,
    time: { clock: String, date: String },
    ask: () => Promise.resolve(undefined),
    actor: 'test',
    version: '0.1.0',
  }
  return { code: await runCli(words, io), ...said }
}

/** The clock of the team, which goes on for whoever paces its requests; limits of patience are never reached. */
function paced({ github: { clock } }: Team): Clock {
  return {
    now: () => clock.now(),
    sleep: (ms, signal) => (ms <= 2 * SECOND ? clock.advance(ms) : clock.sleep(ms, signal)),
  }
}

/** A folder with settings as the service of the team has them. */
function beside(team: Team): string {
  const folder = team.world.folder
  writeFileSync(
    join(folder, 'simplane.yaml'),
    `apiVersion: simplane/v1
kind: Settings
store: ./simplane.db
source: { repo: "${team.origin}/acme/esim.git", path: esim, auth: { token: { env: FORGE_TOKEN } } }
reports:
  forge: { kind: github, repository: acme/esim, api: "${team.github.fake.address}", token: { env: FORGE_TOKEN } }
`,
  )
  return folder
}

/** A folder without settings, as a step of a workflow has it. */
function alone(team: Team): string {
  const folder = join(team.world.folder, 'runner')
  mkdirSync(folder, { recursive: true })
  return folder
}

function variables(team: Team, number: number): Readonly<Record<string, string>> {
  return {
    GITHUB_ACTIONS: 'true',
    GITHUB_REPOSITORY: 'acme/esim',
    GITHUB_SERVER_URL: team.origin,
    GITHUB_API_URL: team.github.fake.address,
    GITHUB_REF: `refs/pull/${number}/merge`,
    GITHUB_BASE_REF: 'main',
    GITHUB_TOKEN: TOKEN,
    SIMPLANE_SOURCE_PATH: 'esim',
  }
}

const SETTINGS = { FORGE_TOKEN: TOKEN }

async function exported(team: Team, format: 'json' | 'ndjson' = 'json'): Promise<string> {
  const { out, code } = await run(team, ['export', '--fleet', '--format', format], SETTINGS, beside(team))
  expect(code).toBe(0)
  const file = join(alone(team), `fleet.${format}`)
  writeFileSync(file, out)
  return file
}

type Json = {
  readonly verdict: string
  readonly url?: string
  readonly plan?: { readonly summary: object; readonly digest: string }
}

function json({ out }: Ran): Json {
  return JSON.parse(out) as Json
}

function writes(team: Team): readonly string[] {
  return team.github.requests.filter((line) => !/^(GET|HEAD) /.test(line))
}

function reportFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('simplane-report-'))
}

describe('a pull request, told of by one command', () => {
  test('beside a recorded state it gets comment and statuses, once, and the second time the same ones', async () => {
    const team = await openTeam('token')
    const { number, sha } = team.propose({ 'acme.yaml': NEO })
    const words = ['report', '--pull-request', String(number)]
    const first = await run(team, words, SETTINGS, beside(team))
    expect(first).toEqual({
      code: 0,
      out: expect.stringMatching(
        new RegExp(
          `^Pull request ${number}: 🔴 14 eSIM resets \\(33\\.3% of the fleet\\).*\\nTold: https?://\\S+\\n$`,
        ),
      ) as string,
      err: '',
    })
    expect(team.comment(number)).toMatch(/^### 🔴 14 eSIM resets/)
    expect(team.comment(number)).not.toContain('snapshot')
    expect(team.statuses(sha)).toMatchObject({
      'simplane/validate': 'success: 2 files valid',
      'simplane/plan': expect.stringMatching(/^success: 14 eSIM resets/) as string,
    })
    const told = writes(team).length
    expect((await run(team, words, SETTINGS, beside(team))).code).toBe(0)
    expect(writes(team).length).toBe(told)
    // Planning is looking.
    expect(await team.world.store.unsettled()).toMatchObject({ ready: 0, held: 0, underWay: 0 })
  })

  test('against a snapshot of the same fleet the same devices change, and the comment says what it rests on', async () => {
    const team = await openTeam('token')
    // What was used of the budgets, a snapshot does not know: a day later nothing is.
    await team.github.clock.advance(DAY + HOUR)
    const { number } = team.propose({ 'acme.yaml': NEO })
    const words = ['report', '--pull-request', '-o', 'json']
    const stored = await run(
      team,
      ['report', '--pull-request', String(number), '-o', 'json'],
      SETTINGS,
      beside(team),
    )
    for (const format of ['json', 'ndjson'] as const) {
      const fleet = await exported(team, format)
      const folders = reportFolders()
      const planned = await run(team, [...words, '--fleet', fleet], variables(team, number), alone(team))
      expect([planned.code, planned.err]).toEqual([0, ''])
      expect(json(planned)).toMatchObject({
        verdict: 'plan',
        url: json(stored).url,
        plan: {
          summary: json(stored).plan?.summary,
          // Of the ids of the steps, and so of their devices.
          digest: json(stored).plan?.digest,
        },
      })
      expect(json(planned).plan?.summary).toMatchObject({ devices: 42, changing: 14 })
      expect(planned.out).not.toMatch(/simulator\/|5CG|LAP-/)
      expect(reportFolders()).toEqual(folders)
      expect(readdirSync(alone(team)).filter((name) => !name.startsWith('fleet.'))).toEqual([])
    }
    const comment = team.comment(number)
    expect(comment).toContain('**Not known** to a fleet snapshot: budgets used')
    expect(comment).toMatch(
      /<sub>.* · snapshot `[^`]*fleet\.ndjson`, 0 s old · 42 devices, inventory complete/,
    )
    expect(comment).not.toContain('Stale')
    expect(comment + JSON.stringify(writes(team))).not.toContain(TOKEN)
  })

  test('a snapshot of more than 24 hours is stale, one of 24 is not', async () => {
    const team = await openTeam('token')
    const { number } = team.propose({ 'acme.yaml': NEO })
    const words = ['report', '--fleet', await exported(team), '--pull-request']
    await team.github.clock.advance(DAY)
    expect((await run(team, words, variables(team, number), alone(team))).code).toBe(0)
    expect(team.comment(number)).not.toContain('tale')
    await team.github.clock.advance(HOUR)
    expect((await run(team, words, variables(team, number), alone(team))).code).toBe(0)
    expect(team.comment(number)).toContain('⚠ **Stale:** the fleet snapshot is 1 d old, more than 24 h.')
    expect(team.comment(number)).toContain(', 1 d old (stale) ·')
  })

  test('what is planned without it is not in its plan, though a snapshot remembers no plan', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    // Everybody on main is to move already; the proposal adds a group that nobody is in.
    team.repository.write({ 'esim/acme.yaml': NEO })
    team.repository.push('Move')
    const { number } = team.propose({
      'lyon.yaml': PARIS.replaceAll('paris', 'lyon').replace('Paris', 'Lyon-None'),
    })
    const words = ['report', '--pull-request', '--fleet', fleet, '-o', 'json']
    const planned = await run(team, words, variables(team, number), alone(team))
    expect(json(planned)).toMatchObject({ verdict: 'plan', plan: { summary: { changing: 0 } } })
    expect(team.comment(number)).toMatch(/^### ✅ No device changes\n/)
    expect(team.comment(number)).toContain('selects-nobody')
  })

  test.each(['recorded state', 'snapshot'])(
    'what is not valid, or does not merge, is exit code 1: %s',
    async (kind) => {
      const team = await openTeam('token')
      const fleet = kind === 'snapshot' ? ['--fleet', await exported(team)] : []
      const at = kind === 'snapshot' ? alone(team) : beside(team)
      const broken = team.propose({ 'acme.yaml': NEO.replace('serverName', 'serverNam') })
      const env = kind === 'snapshot' ? variables(team, broken.number) : SETTINGS
      const invalid = await run(team, ['report', '--pull-request', String(broken.number), ...fleet], env, at)
      expect(invalid.code).toBe(1)
      expect(team.comment(broken.number)).toMatch(/^### ❌ Not valid: /)
      expect(team.statuses(broken.sha)['simplane/plan']).toMatch(/^failure: /)

      const other = team.propose({ 'acme.yaml': NEO })
      team.repository.write({ 'esim/acme.yaml': LAPTOPS.replace('smdp.acme', 'smdp.third') })
      team.repository.push('Third')
      const words = ['report', '--pull-request', String(other.number), '-o', 'json', ...fleet]
      const conflict = await run(team, words, env, at)
      expect([conflict.code, json(conflict).verdict]).toEqual([1, 'conflict'])
    },
  )

  test('what leaves the desired state alone is exit code 0, and gets no comment', async () => {
    const team = await openTeam('token')
    const { number, sha } = team.propose({ '../README.md': 'More eSIMs\n' })
    const told = await run(team, ['report', '--pull-request', String(number)], SETTINGS, beside(team))
    expect(told).toEqual({
      code: 0,
      out: `Pull request ${number}: nothing of the desired state changes\n`,
      err: '',
    })
    expect(team.comment(number)).toBe('')
    expect(team.statuses(sha)['simplane/plan']).toMatch(/^success: /)
  })
})

describe('a dry run', () => {
  test('prints the comment and what would be posted, and posts nothing', async () => {
    const team = await openTeam('app')
    const { number, sha } = team.propose({ 'acme.yaml': NEO })
    const folder = beside(team)
    const key = join(folder, 'app.pem')
    const { APP } = await import('../forge/fakes/github.ts')
    writeFileSync(key, APP.privateKey)
    const settings = `apiVersion: simplane/v1
kind: Settings
store: ./simplane.db
source: { repo: "${team.origin}/acme/esim.git", path: esim, auth: { token: { env: FORGE_TOKEN } } }
reports:
  forge:
    kind: github
    repository: acme/esim
    api: "${team.github.fake.address}"
    app: { id: ${APP.id}, key: app.pem, installation: ${APP.installation} }
`
    writeFileSync(join(folder, 'simplane.yaml'), settings)
    const words = ['report', '--pull-request', String(number), '--dry-run']
    const before = writes(team).length
    const dry = await run(team, words, SETTINGS, folder)
    expect([dry.code, dry.err]).toEqual([0, ''])
    expect(dry.out).toMatch(/^### 🔴 14 eSIM resets/)
    expect(dry.out).toMatch(
      /\ngithub acme\/esim, pull request 1, would get: this comment, simplane\/validate success, simplane\/plan success\. Nothing was posted\.\n$/,
    )
    const asked = writes(team).slice(before)
    expect(asked.filter((line) => !line.includes('access_tokens'))).toEqual([])
    expect([team.comment(number), team.statuses(sha)]).toEqual(['', {}])

    const wet = await run(team, words.slice(0, 3), SETTINGS, folder)
    expect(wet.code).toBe(0)
    // The last line has ages, and a paced request takes a moment.
    expect(dry.out).toContain(team.comment(number).split('<sub>')[0])
    const broken = team.propose({ 'acme.yaml': NEO.replace('serverName', 'serverNam') }, number)
    const invalid = await run(team, words, SETTINGS, folder)
    expect([invalid.code, invalid.out]).toEqual([
      1,
      expect.stringMatching(/would get: .*, \d+ findings? on their lines\. Nothing was posted/) as string,
    ])
    expect(team.github.annotations(broken.sha, 'simplane/validate')).toEqual([])
  })
})

describe('what is not planned is exit code 3', () => {
  test('from a fork: it is told so, and its commit is never fetched', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    const { number } = team.github.openPull({ fork: true })
    const words = ['report', '--pull-request', String(number), '--fleet', fleet]
    const told = await run(team, words, variables(team, number), alone(team))
    expect([told.code, told.out]).toEqual([
      HELD,
      expect.stringContaining('Not planned: this comes from a fork') as string,
    ])
    expect(team.comment(number)).toMatch(/^### ⚪ Not planned: this comes from a fork/)
  })

  test('from a fork, with a token that may only read, as a CI gives it to forks', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    const { number } = team.github.openPull({ fork: true })
    team.github.fake.dials.instead = (method) =>
      method === 'GET'
        ? undefined
        : { status: 403, body: '{"message":"Resource not accessible by integration"}' }
    const words = ['report', '--pull-request', String(number), '--fleet', fleet]
    const refused = await run(team, words, variables(team, number), alone(team))
    expect(refused.code).toBe(HELD)
    expect(refused.err).toContain('was not told that it is not planned')
    expect(refused.err + refused.out).not.toContain(TOKEN)
    expect(team.comment(number)).toBe('')
  })

  test('where git cannot be read: the comment says why, and the required check waits', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    const { number, sha } = team.propose({ 'acme.yaml': NEO })
    const env = { ...variables(team, number), SSL_CERT_FILE: '/dev/null' }
    const words = ['report', '--pull-request', String(number), '--fleet', fleet, '-o', 'json']
    const told = await run(team, words, env, alone(team))
    expect([told.code, json(told).verdict]).toEqual([HELD, 'unavailable'])
    expect(team.comment(number)).toMatch(/^### ⚪ No plan for now/)
    expect(team.comment(number)).not.toContain(TOKEN)
    expect(team.statuses(sha)['simplane/plan']).toMatch(/^pending: /)
  })

  test('merged, or for another branch: nothing is sent', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    const { number } = team.propose({ 'acme.yaml': NEO })
    const words = ['report', '--pull-request', String(number), '--fleet', fleet]
    const before = writes(team).length
    const other = await run(
      team,
      words,
      { ...variables(team, number), GITHUB_BASE_REF: 'stable' },
      alone(team),
    )
    expect(other).toEqual({
      code: HELD,
      out: `Pull request ${number}: is for main, and stable is followed; nothing was sent\n`,
      err: '',
    })
    team.merge(number)
    const merged = await run(team, words, variables(team, number), alone(team))
    expect([merged.code, merged.out]).toEqual([HELD, expect.stringContaining('is merged') as string])
    expect(writes(team).length).toBe(before)
  })
})

describe('what is wrong is said before anything is sent', () => {
  test('hostile variables of a CI send nothing, and the token nowhere', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    const { number } = team.propose({ 'acme.yaml': NEO })
    const words = ['report', '--pull-request', String(number), '--fleet', fleet]
    const asked = team.github.requests.length
    for (const hostile of [
      { GITHUB_API_URL: 'https://evil.example/api/v3' },
      { GITHUB_SERVER_URL: 'https://github.com@evil.example' },
      { GITHUB_REPOSITORY: 'acme/esim/../../evil' },
      { GITHUB_BASE_REF: '--upload-pack=id' },
      { CI_PROJECT_PATH: 'acme/esim' },
      { GITHUB_TOKEN: '' },
      { GITHUB_TOKEN: `${TOKEN}\nx-evil: 1` },
      { SIMPLANE_SOURCE_PATH: '../../etc' },
    ]) {
      const refused = await run(team, words, { ...variables(team, number), ...hostile }, alone(team))
      expect({ hostile, code: refused.code }).toEqual({ hostile, code: 1 })
      expect(refused.out).toBe('')
      expect(refused.err).not.toMatch(/evil|upload-pack|ghp_|fault of simplane/)
    }
    expect(team.github.requests.slice(asked).filter((line) => !line.startsWith('GET'))).toEqual([])
    expect(team.comment(number)).toBe('')
  })

  test('no number, no such pull request, a snapshot with errors, settings without a forge', async () => {
    const team = await openTeam('token')
    const fleet = await exported(team)
    const env = variables(team, 1)
    const push = { ...env, GITHUB_REF: 'refs/heads/main' }
    const at = alone(team)
    expect((await run(team, ['report', '--pull-request', '--fleet', fleet], push, at)).code).toBe(64)
    expect((await run(team, ['report'], push, at)).code).toBe(64)
    expect((await run(team, ['report', '--pull-request', 'one'], push, at)).code).toBe(64)
    const none = await run(team, ['report', '--pull-request', '77', '--fleet', fleet], env, at)
    expect([none.code, none.err]).toEqual([1, expect.stringContaining('has no pull request 77') as string])
    writeFileSync(join(at, 'bad.json'), '{"devices": [')
    const bad = await run(team, ['report', '--pull-request', '1', '--fleet', 'bad.json'], env, at)
    expect([bad.code, bad.err]).toEqual([
      1,
      expect.stringContaining('Nothing was planned, and nothing was sent.') as string,
    ])
    const nowhere = await run(team, ['report', '--pull-request', '1', '--fleet', fleet], {}, at)
    expect([nowhere.code, nowhere.err]).toEqual([
      1,
      expect.stringContaining('no CI that simplane knows') as string,
    ])
    writeFileSync(join(at, 'simplane.yaml'), 'apiVersion: simplane/v1\nkind: Settings\n')
    const silent = await run(team, ['report', '--pull-request', '1', '--fleet', fleet], env, at)
    expect([silent.code, silent.err]).toEqual([
      1,
      expect.stringContaining('there is no reports in them') as string,
    ])
  })
})
