import { spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = resolve(import.meta.dirname, '..')
const WORKFLOW = 'deploy/ci/workflow.yaml'
const GITLAB = 'deploy/ci/gitlab.yml'
const ACTION = '.github/actions/report/action.yml'

type Step = {
  readonly uses?: string
  readonly run?: string
  readonly env?: Readonly<Record<string, string>>
  readonly with?: Readonly<Record<string, unknown>>
  readonly 'working-directory'?: string
}
type Job = {
  readonly if?: string
  readonly permissions: unknown
  readonly steps: readonly Step[]
}
type Workflow = {
  readonly on: Readonly<Record<string, unknown>>
  readonly permissions: unknown
  readonly concurrency: { readonly group: string; readonly 'cancel-in-progress': boolean }
  readonly jobs: Readonly<Record<string, Job>>
}
type Action = {
  readonly inputs: Readonly<Record<string, { readonly required: boolean }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}
type GitLabJob = {
  readonly script: readonly string[]
  readonly rules?: readonly { readonly if: string }[]
  readonly artifacts?: { readonly reports: unknown; readonly when: string }
  readonly variables?: unknown
  readonly allow_failure?: unknown
}

function read(path: string): unknown {
  return parse(readFileSync(join(ROOT, path), 'utf8'), { strict: true, uniqueKeys: true })
}

const workflow = read(WORKFLOW) as Workflow
const action = read(ACTION) as Action
const gitlab = read(GITLAB) as Readonly<Record<string, GitLabJob>>

describe('the workflow for GitHub', () => {
  test('runs for pull requests alone, and never with the rights of the base for what a fork proposes', () => {
    expect(Object.keys(workflow.on)).toEqual(['pull_request'])
    const report = workflow.jobs['report']
    expect(report?.if).toBe('github.event.pull_request.head.repo.full_name == github.repository')
  })

  test('has no right that it does not need', () => {
    expect(workflow.permissions).toEqual({})
    expect(workflow.jobs['validate']?.permissions).toEqual({ contents: 'read' })
    expect(workflow.jobs['report']?.permissions).toEqual({
      contents: 'read',
      'pull-requests': 'write',
      statuses: 'write',
      checks: 'write',
    })
  })

  test('plans one commit of a pull request at a time', () => {
    expect(workflow.concurrency).toEqual({
      group: 'simplane-${{ github.event.pull_request.number }}',
      'cancel-in-progress': true,
    })
  })

  test('gives no secret to a job that checks out what is proposed', () => {
    for (const { steps } of Object.values(workflow.jobs)) {
      const checksOut = steps.some(({ uses }) => uses?.startsWith('actions/checkout@'))
      const tells = /secrets\.|actions\/report@/.test(JSON.stringify(steps))
      expect({ checksOut, tells }).not.toEqual({ checksOut: true, tells: true })
      for (const step of steps.filter(({ uses }) => uses?.startsWith('actions/checkout@')))
        expect(step.with).toEqual({ 'persist-credentials': false })
    }
  })

  test('hands the action inputs that it has', () => {
    const step = workflow.jobs['report']?.steps.find(({ uses }) => uses?.includes('/actions/report@'))
    for (const name of Object.keys(step?.with ?? {})) expect(Object.keys(action.inputs)).toContain(name)
  })
})

describe('workflow and action', () => {
  const steps = [...Object.values(workflow.jobs).flatMap((job) => job.steps), ...action.runs.steps]

  test('pin what others wrote to a commit', () => {
    const used = steps.flatMap(({ uses }) => uses ?? []).filter((uses) => !uses.startsWith('ACME/SIMPLANE/'))
    expect(used.length).toBeGreaterThan(2)
    for (const uses of used) expect(uses).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/)
  })

  test('never write what comes from outside into a script', () => {
    for (const { run = '' } of steps) expect(run).not.toContain('${{')
  })
})

describe('the action', () => {
  const [, step] = action.runs.steps
  const script = step?.run ?? ''

  /** Runs its script with a program in place of npx that writes down what it was called with. */
  function runScript(env: Readonly<Record<string, string>>, code = 0) {
    const folder = mkdtempSync(join(tmpdir(), 'simplane-action-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    mkdirSync(join(folder, 'bin'))
    writeFileSync(
      join(folder, 'bin/npx'),
      `#!/bin/sh\nprintf '%s\\n' "$@" > "${folder}/called"\nexit ${code}\n`,
    )
    chmodSync(join(folder, 'bin/npx'), 0o755)
    const given = {
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      GITHUB_WORKSPACE: '/work space',
      FLEET: 'fleet.ndjson',
      NUMBER: '412',
      VERSION: 'v0.1.0',
      REPOSITORY: 'acme/simplane',
      ...env,
    }
    const ended = spawnSync('bash', ['-e', '-c', script], { cwd: folder, env: given, encoding: 'utf8' })
    const called = spawnSync('cat', [join(folder, 'called')], { encoding: 'utf8' }).stdout
    return { code: ended.status, out: ended.stdout, called: called.split('\n').slice(0, -1) }
  }

  test('is composite, and works away from any checkout', () => {
    expect(action.runs.using).toBe('composite')
    expect(Object.keys(action.inputs)).toEqual(['pull-request', 'fleet', 'path', 'version', 'token'])
    expect(step?.['working-directory']).toBe('${{ runner.temp }}')
  })

  test('calls this repository’s package at its version', () => {
    const words = [
      '--yes',
      '--package',
      'github:acme/simplane#v0.1.0',
      '--',
      'simplane',
      'report',
      '--pull-request',
    ]
    expect(runScript({})).toEqual({
      code: 0,
      out: '',
      called: [...words, '412', '--fleet', '/work space/fleet.ndjson'],
    })
    expect(runScript({ NUMBER: '', FLEET: '/tmp/fleet.json' }).called).toEqual([
      ...words,
      '--fleet',
      '/tmp/fleet.json',
    ])
  })

  test('fails as the command does, and only warns of what is not planned', () => {
    expect(runScript({}, 1).code).toBe(1)
    expect(runScript({}, 64).code).toBe(64)
    expect(runScript({}, 3)).toMatchObject({ code: 0, out: '::warning::The pull request was not planned.\n' })
  })

  test.each([
    { NUMBER: '1; id' },
    { NUMBER: '$(id)' },
    { NUMBER: '-1' },
    { VERSION: '' },
    { VERSION: '--call=id' },
    { VERSION: 'x#y' },
    { REPOSITORY: '' },
    { REPOSITORY: 'acme/../evil' },
    { REPOSITORY: 'acme/simplane --call id' },
  ])('runs nothing of an input: %j', (env) => {
    const { code, called, out } = runScript(env)
    expect({ code, called }).toEqual({ code: 1, called: [] })
    expect(out).toMatch(/^::error::/)
  })

  test('a file with a hostile name stays one word', () => {
    expect(runScript({ FLEET: '$(touch x) ; "' }).called.at(-1)).toBe('/work space/$(touch x) ; "')
  })
})

describe('the template for GitLab', () => {
  test('runs for merge requests alone, and tells nothing of one from a fork', () => {
    expect(gitlab['.simplane']?.rules).toEqual([{ if: '$CI_PIPELINE_SOURCE == "merge_request_event"' }])
    expect(gitlab['simplane-report']?.rules?.[0]?.if).toContain(
      '$CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_MERGE_REQUEST_PROJECT_ID',
    )
  })

  test('shows findings as code quality, whether they fail the job or not', () => {
    const { artifacts, script = [] } = gitlab['simplane-validate'] ?? {}
    expect(artifacts).toMatchObject({
      when: 'always',
      reports: { codequality: 'gl-code-quality-report.json' },
    })
    expect(script.join('\n')).toContain('-o code-quality > gl-code-quality-report.json')
  })

  test('checks nothing out where the token is', () => {
    expect(gitlab['simplane-report']).toMatchObject({
      variables: { GIT_STRATEGY: 'none' },
      allow_failure: { exit_codes: 3 },
    })
  })
})
