import { execFileSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemClock } from '../../src/clock.ts'
import { openSimulator } from '../../src/drivers/simulator/simulator.ts'
import { QUICK, parsed, quickWorkplace, schemaErrors, simplane, temporary } from './harness.ts'

type PlanJson = {
  readonly devices: readonly {
    readonly device: string
    readonly steps: readonly { readonly id: string; readonly kind: string }[]
  }[]
}

function stepsOf(plan: unknown): readonly (readonly string[])[] {
  return (plan as PlanJson).devices.map(({ device, steps }) => [device, ...steps.map(({ kind }) => kind)])
}

describe('without a service', () => {
  test('a pass is made, the rest is held, and what a person then lets go is carried out by the next pass', async () => {
    const folder = quickWorkplace()
    const dry = await simplane(folder, ['reconcile', '--dry-run'])
    expect(dry.code).toBe(1)
    const pass = await simplane(folder, ['reconcile', '--wait', '-o', 'json'])
    expect(pass.code).toBe(3)
    expect(parsed(pass)).toMatchObject({
      kind: 'Reconciliation',
      settled: true,
      byVerdict: { held: 1, 'in-sync': 38 },
    })
    expect((await simplane(folder, ['reconcile', '--dry-run'])).out).toMatch(/Nothing was done\./)
    const id = /simplane approve (h-[0-9a-f]+)/.exec((await simplane(folder, ['status'])).out)?.[1] ?? ''
    const approved = await simplane(folder, ['approve', id, '--yes', '-o', 'json'])
    expect(parsed(approved)).toMatchObject({ kind: 'Approval', hold: id, devices: 1 })
    expect(approved.err).toContain('No service is running on this store')
    expect((await simplane(folder, ['reconcile', '--wait'])).code).toBe(0)
    expect((await simplane(folder, ['status', '--healthy'])).code).toBe(1)
  })

  test('desired state that is not valid makes no pass', async () => {
    const folder = quickWorkplace()
    writeFileSync(join(folder, 'desired-state/policy.yaml'), 'apiVersion: simplane/v1\nkind: Polici\n')
    const ended = await simplane(folder, ['reconcile', '--wait'])
    expect(ended.code).toBe(1)
    expect(ended.err).toMatch(
      /not valid \(\d errors?\)\. No device was touched\.\nsimplane validate shows why\./,
    )
  })

  test('what a user did on a device is drift, with its own exit code, and the next pass repairs it', async () => {
    const folder = quickWorkplace()
    expect((await simplane(folder, ['reconcile', '--wait'])).code).toBe(3)
    {
      await using simulator = await openSimulator({
        path: join(folder, 'state/simulator.db'),
        clock: systemClock,
      })
      simulator.userDeletesEsim('d-7')
    }
    await simplane(folder, ['reconcile'])
    const drift = await simplane(folder, ['drift', '--detailed-exitcode'])
    expect(drift).toMatchObject({ code: 2, out: expect.stringContaining('removed-on-device') as string })
    expect((await simplane(folder, ['drift', '-o', 'markdown'])).out).not.toContain('LAP-0007')
    expect(parsed(await simplane(folder, ['drift', '-o', 'json']))).toMatchObject({
      kind: expect.any(String) as string,
    })
    await simplane(folder, ['reconcile', '--wait'])
    expect((await simplane(folder, ['drift', '--detailed-exitcode'])).code).toBe(0)
  })
})

describe('export', () => {
  test('of the fleet plans offline what the recorded state plans', async () => {
    const folder = quickWorkplace()
    await simplane(folder, ['reconcile', '--wait'])
    const file = join(folder, 'desired-state/configurations/acme-laptops.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('smdp.acme.example', 'smdp.neo.example'))
    const exported = await simplane(folder, ['export', '--fleet'])
    expect(schemaErrors('fleet-snapshot', parsed(exported))).toBeNull()
    writeFileSync(join(folder, 'fleet.json'), exported.out)
    writeFileSync(
      join(folder, 'fleet.ndjson'),
      (await simplane(folder, ['export', '--fleet', '--format', 'ndjson'])).out,
    )
    const online = stepsOf(parsed(await simplane(folder, ['plan', '-o', 'json'])))
    const offline = async (fleet: string): Promise<unknown> =>
      stepsOf(
        parsed(
          await simplane(folder, ['plan', '--desired', 'desired-state', '--fleet', fleet, '-o', 'json']),
        ),
      )
    expect(online.length).toBeGreaterThan(20)
    expect(await offline('fleet.json')).toEqual(online)
    expect(await offline('fleet.ndjson')).toEqual(online)
  })

  test('as desired state plans nothing, and overwrites nothing', async () => {
    const folder = quickWorkplace()
    await simplane(folder, ['reconcile', '--wait'])
    const exported = await simplane(folder, ['export', '--desired', 'adopted'])
    expect(exported.code).toBe(0)
    expect(exported.out).toContain('is empty (0 steps). mode: observe.')
    expect((await simplane(folder, ['validate', 'adopted'])).code).toBe(0)
    const plan = await simplane(folder, ['plan', '--desired', 'adopted', '-o', 'json'])
    expect(
      stepsOf(parsed(plan))
        .flat()
        .filter((word) => ['install', 'reset', 'uninstall'].includes(word)),
    ).toEqual([])
    const again = await simplane(folder, ['export', '--desired', 'adopted'])
    expect(again).toMatchObject({ code: 64, err: expect.stringContaining('nothing was written') as string })
    expect(parsed(await simplane(folder, ['export', '--desired', 'other', '-o', 'json']))).toMatchObject({
      kind: 'Export',
      steps: 0,
    })
  })
})

describe('git', () => {
  test('a branch is planned before it is merged, and says who wrote it', async () => {
    const folder = temporary()
    const repo = join(folder, 'esim')
    const git = (...words: string[]): string =>
      execFileSync('git', ['-C', repo, ...words], { encoding: 'utf8', stdio: 'pipe' })
    mkdirSync(repo)
    git('init', '--quiet', '--initial-branch=main')
    git('config', 'user.name', 'Jane Doe')
    git('config', 'user.email', 'jane.doe@acme.example')
    git('config', 'commit.gpgsign', 'false')
    cpSync(join(import.meta.dirname, '../../desired-state'), join(repo, 'desired-state'), { recursive: true })
    git('add', '--all')
    git('commit', '--quiet', '--message', 'Begin')
    writeFileSync(join(folder, 'simplane.yaml'), QUICK)
    const env = { SIMPLANE_SOURCE_REPO: './esim', SIMPLANE_SOURCE_PATH: 'desired-state' }
    expect((await simplane(folder, ['reconcile', '--wait'], { env })).code).toBe(3)
    git('checkout', '--quiet', '-b', 'neo')
    const file = join(repo, 'desired-state/configurations/acme-laptops.yaml')
    writeFileSync(file, readFileSync(file, 'utf8').replace('smdp.acme.example', 'smdp.neo.example'))
    git('commit', '--quiet', '--all', '--message', 'Move laptops to Neo')
    const branch = await simplane(folder, ['plan', '--ref', 'neo'], { env })
    expect(branch.out).toMatch(/^Desired {2}[0-9a-f]{7} "Move laptops to Neo", Jane Doe/)
    expect(branch.out).toContain('windows.serverName   smdp.acme.example -> smdp.neo.example')
    const byRef = await simplane(folder, ['plan', '--ref', 'neo', '-o', 'json', '--detailed-exitcode'], {
      env,
    })
    expect(byRef.code).toBe(2)
    expect(schemaErrors('plan', parsed(byRef))).toBeNull()
    expect(stepsOf(parsed(await simplane(folder, ['plan', '-o', 'json'], { env })))).toHaveLength(1)
    const nowhere = await simplane(folder, ['plan', '--ref', 'nowhere'], { env })
    expect(nowhere).toMatchObject({
      code: 1,
      out: '',
      err: expect.stringMatching(/no branch or tag nowhere/) as string,
    })
    renameSync(repo, join(folder, 'moved-away'))
    const unread = await simplane(folder, ['reconcile', '--wait'], { env })
    expect(unread.code).toBe(1)
    expect(unread.err).toContain('What was in force before was carried on with')
  })
})

describe('settings', () => {
  test('have their paths start from the file they are written in', async () => {
    const folder = quickWorkplace()
    mkdirSync(join(folder, 'service'))
    const text =
      'apiVersion: simplane/v1\nkind: Settings\nsource: { path: ../desired-state }\nstore: ./memory/simplane.db\n'
    writeFileSync(join(folder, 'service/simplane.yaml'), text)
    await simplane(folder, ['reconcile', '--config', 'service/simplane.yaml'])
    expect(readdirSync(join(folder, 'service/memory'))).toEqual(
      expect.arrayContaining(['simplane.db', 'simulator.db']),
    )
    expect(existsSync(join(folder, 'state'))).toBe(false)
  })

  test('a damaged store is said, and left as it is', async () => {
    const folder = quickWorkplace()
    mkdirSync(join(folder, 'state'))
    writeFileSync(
      join(folder, 'state/simplane.db'),
      'this is no database, it is a text of some length\n'.repeat(200),
    )
    const ended = await simplane(folder, ['status'])
    expect(ended).toMatchObject({
      code: 1,
      err: expect.stringContaining('no SQLite database, or it is damaged') as string,
    })
    expect(readFileSync(join(folder, 'state/simplane.db'), 'utf8')).toContain('this is no database')
    rmSync(join(folder, 'state'), { recursive: true })
  })
})
