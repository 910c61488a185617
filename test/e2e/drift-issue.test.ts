import { onTestFinished, describe, expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../src/domain/time.ts'
import { approveHold } from '../../src/reconcile/approve.ts'
import { Reviews, type ReviewsOptions } from '../../src/reconcile/review/reviews.ts'
import { drive, type SeenIssue } from '../conformance/forge-world.ts'
import { openGitHubWorld, type GitHubWorld } from '../forge/fakes/github-world.ts'
import { LAPTOPS, openWorld, PARIS, type World } from '../reconcile/world.ts'

/** A forge, and a service whose fourteen laptops of Paris have their eSIMs; nothing is repaired without a person. */
type Team = {
  readonly github: GitHubWorld
  readonly world: World
  /** A round of the reports, so much later. */
  readonly later: (duration: number) => Promise<void>
  readonly restart: () => Promise<void>
  /** Every issue there ever was, oldest first. */
  readonly issues: () => readonly SeenIssue[]
  /** What was written to issues so far. */
  readonly writes: () => number
}

const PROPOSE = `apiVersion: simplane/v1
kind: Policy
metadata: { name: default }
spec: { mode: propose }
`

async function openTeam(options: Partial<ReviewsOptions> = {}): Promise<Team> {
  const github = await openGitHubWorld('app')
  const world = await openWorld({ clock: github.clock, devices: 42 })
  await world.write({ 'acme.yaml': LAPTOPS, 'paris.yaml': PARIS })
  await world.settle()
  await world.write({ 'policy.yaml': PROPOSE })
  await world.settle()
  const open = (): Reviews =>
    new Reviews(
      { ...world.parts, forge: github.forge },
      {
        branch: 'main',
        prefix: '',
        every: 5 * MINUTE,
        forks: false,
        identities: false,
        version: '0.1.0',
        drift: true,
        ...options,
      },
    )
  let reviews = open()
  onTestFinished(async () => {
    await reviews[Symbol.asyncDispose]()
    await github[Symbol.asyncDispose]()
  })
  return {
    github,
    world,
    async later(duration) {
      await github.clock.advance(duration)
      await drive(github, reviews.round(await world.store.inForce()))
    },
    async restart() {
      await reviews[Symbol.asyncDispose]()
      await world.restart()
      reviews = open()
    },
    issues: () => github.issues(),
    writes: () => github.requests.filter((each) => /^(POST|PATCH|PUT) .*\/issues/.test(each)).length,
  }
}

/** Its user deletes its eSIM, and the MDM says so. */
async function removes(world: World, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) world.simulator.userDeletesEsim(id)
  await world.pass()
}

async function approveAll(world: World): Promise<void> {
  const { store, clock } = world
  for (const hold of await store.holds()) await approveHold(store, hold, { by: 'ann', now: clock.now() })
  await world.settle()
}

describe('drift in an issue of the forge', () => {
  it('is told once, brought up to date with its trend, closed when it is gone, and told anew when it comes back', async () => {
    const team = await openTeam()
    const { world, later, issues } = team
    await later(0)
    expect(issues()).toEqual([])

    await removes(world, 'd-1', 'd-2')
    await later(20 * MINUTE)
    expect(issues()).toHaveLength(1)
    const [first] = issues()
    expect(first).toMatchObject({ open: true, author: team.github.us, edits: 0 })
    expect(first?.body).toMatch(
      /^### 2 devices drifted from `[^`]+` · 0 when last told, 20 min ago · oldest 20 min\n/,
    )
    expect(first?.body).toMatch(
      /\| `removed-on-device` \| 2 \(\+2\) \| 20 min \| `acme-laptops` \| no, waits for a person \|/,
    )
    expect(first?.body).toMatch(
      /\| 2 \| `acme-laptops` \| proposed only, [^|]+ \| `simplane approve h-[0-9a-f]+` \|/,
    )
    expect(first?.body).toContain('`simplane adopt`')
    expect(first?.body).toMatch(/\n<!-- simplane:drift -->\s*$/)

    // The same is told once, whatever is asked in between.
    const told = team.writes()
    for (let rounds = 0; rounds < 10; rounds += 1) await later(20 * MINUTE)
    expect(team.writes()).toBe(told)

    await removes(world, 'd-3')
    await later(20 * MINUTE)
    expect(issues()).toHaveLength(1)
    expect(issues()[0]?.body).toMatch(
      /^### 3 devices drifted from `[^`]+` · 2 when last told, 3 h 40 min ago · oldest 4 h\n/,
    )
    expect(issues()[0]?.body).toContain('| 3 (+1) |')

    await approveAll(world)
    await later(20 * MINUTE)
    expect(issues()[0]).toMatchObject({ open: false })
    expect(issues()[0]?.comments.at(-1)?.body).toMatch(
      /^### ✅ No drift from `[^`]+`\n42 devices looked at\. 3 had drifted/,
    )
    const closed = team.writes()
    await later(2 * DAY)
    expect(team.writes()).toBe(closed)

    await removes(world, 'd-4')
    await later(20 * MINUTE)
    expect(issues().map(({ open }) => open)).toEqual([false, true])
    expect(issues()[1]?.body).toMatch(/^### 1 device drifted from `[^`]+` · 0 yesterday · /)
  })

  it('is written over at most every 15 minutes, and anew after a day though its numbers are the same', async () => {
    const { world, later, issues } = await openTeam()
    await removes(world, 'd-1')
    await later(0)
    await removes(world, 'd-2')
    await later(14 * MINUTE)
    expect(issues()[0]).toMatchObject({ edits: 0, body: expect.stringMatching(/^### 1 device /) as string })
    await later(MINUTE)
    expect(issues()[0]?.body).toMatch(/^### 2 devices drifted/)
    const { edits = 0 } = issues()[0] ?? {}
    await later(23 * HOUR)
    expect(issues()[0]?.edits).toBe(edits)
    await later(2 * HOUR)
    expect(issues()[0]?.body).toMatch(/^### 2 devices drifted from `[^`]+` · 2 yesterday · oldest 1 d\n/)
  })

  it('is told when the forge is there again, and once', async () => {
    const team = await openTeam()
    const { world, github, later, issues } = team
    await removes(world, 'd-1')
    await github.reachable(false)
    await later(0)
    expect(issues()).toEqual([])
    await github.reachable(true)
    // It reads again, but does not write; then it writes and does not say so.
    const writes = (method: string, path: string): boolean => method === 'POST' && path.endsWith('/issues')
    github.suffer((method, path) => (writes(method, path) ? 'refused-before' : undefined))
    await later(5 * MINUTE)
    expect(issues()).toEqual([])
    github.suffer((method, path) => (writes(method, path) ? 'refused-after' : undefined))
    await later(5 * MINUTE)
    github.suffer(() => undefined)
    await later(5 * MINUTE)
    expect(issues()).toHaveLength(1)
    await approveAll(world)
    await github.reachable(false)
    await later(20 * MINUTE)
    expect(issues()[0]?.open).toBe(true)
    await github.reachable(true)
    await later(5 * MINUTE)
    expect(issues()[0]).toMatchObject({ open: false, comments: [expect.anything()] })
  })

  it('is known after a restart: nothing is told twice, and the issue is closed', async () => {
    const team = await openTeam()
    const { world, later, issues } = team
    await removes(world, 'd-1')
    await later(0)
    const told = team.writes()
    await team.restart()
    await later(20 * MINUTE)
    expect(team.writes()).toBe(told)
    await approveAll(world)
    await team.restart()
    await later(20 * MINUTE)
    expect(issues().map(({ open }) => open)).toEqual([false])
  })

  it('closes an issue of ours though what was told is forgotten, and never one of somebody else', async () => {
    const { world, github, later, issues } = await openTeam()
    await removes(world, 'd-1')
    await later(0)
    github.fileIssue('mallory', 'Mine', '<!-- simplane:drift -->')
    await world.store.remember('drift-issue', undefined)
    await approveAll(world)
    await later(20 * MINUTE)
    expect(issues().map(({ open }) => open)).toEqual([false, true])
  })

  it('is neither told nor called gone while an inventory is incomplete', async () => {
    const { world, later, issues } = await openTeam()
    await removes(world, 'd-1')
    await later(0)
    const { edits = 0 } = issues()[0] ?? {}
    await approveAll(world)
    world.simulator.setDials({ unreachable: true })
    await world.pass()
    await later(20 * MINUTE)
    expect(issues()[0]).toMatchObject({ open: true, edits })
    world.simulator.setDials({ unreachable: false })
    await world.pass()
    await later(20 * MINUTE)
    expect(issues()[0]).toMatchObject({ open: false })
  })

  it('names no device unless it is told to, and is left out where it is switched off', async () => {
    const masked = await openTeam()
    await removes(masked.world, 'd-1')
    const { record } = await masked.world.device('d-1')
    await masked.later(0)
    expect(record.name).toBeDefined()
    for (const text of [record.name ?? '', record.serialNumber ?? '', record.id])
      expect(masked.issues()[0]?.body).not.toContain(text)
    const clear = await openTeam({ identities: true })
    await removes(clear.world, 'd-1')
    await clear.later(0)
    expect(clear.issues()[0]?.body).toContain(record.name)
    const off = await openTeam({ drift: false })
    await removes(off.world, 'd-1')
    await off.later(DAY)
    expect(off.issues()).toEqual([])
  })
})
