import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../src/domain/time.ts'
import { LAPTOPS } from '../reconcile/world.ts'
import { openTeam } from './team.ts'

const NEO = LAPTOPS.replace('smdp.acme', 'smdp.neo')

describe('a proposal', () => {
  it('that has nothing to do with the desired state gets statuses and no comment', async () => {
    const team = await openTeam()
    const { number, sha } = team.propose({ '../README.md': 'Other words\n' })
    await team.round()
    expect(team.github.comments(number)).toEqual([])
    expect(team.statuses(sha)).toMatchObject({
      'simplane/validate': expect.stringMatching(/^success: /),
      'simplane/plan': expect.stringMatching(/^success: No device changes/),
    })
  })

  it('that conflicts with main says in which files, and is planned once it does not', async () => {
    const team = await openTeam()
    const { number } = team.propose({ 'acme.yaml': NEO })
    team.repository.write({ 'esim/acme.yaml': LAPTOPS.replace('smdp.acme', 'smdp.third') })
    team.repository.push('Meanwhile')
    await team.round()
    expect(team.comment(number)).toMatch(/^### .*conflict/i)
    expect(team.comment(number)).toContain('`esim/acme.yaml`')
    team.repository.write({ 'esim/acme.yaml': LAPTOPS })
    team.repository.push('Back')
    await team.world.pass()
    await team.github.clock.advance(2 * HOUR)
    await team.round()
    expect(team.comment(number)).toMatch(/^### 🔴 14 eSIM resets/)
  })

  it('from a fork is not read at all unless the settings say so', async () => {
    const shut = await openTeam()
    const { number } = shut.propose({ 'acme.yaml': NEO })
    Object.assign(shut.github.fake.repository.issues[number - 1]?.pull ?? {}, { fork: true })
    await shut.round()
    expect(shut.comment(number)).toContain('`reports.forks: true`')
    expect(shut.comment(number)).not.toMatch(/smdp|acme-laptops|eSIM reset/)

    const open = await openTeam('app', { forks: true })
    const other = open.propose({ 'acme.yaml': NEO })
    Object.assign(open.github.fake.repository.issues[other.number - 1]?.pull ?? {}, { fork: true })
    await open.round()
    expect(open.comment(other.number)).toMatch(/^### 🔴 14 eSIM resets/)
  })

  it('is told once while nothing changes, and anew when the fleet or main has moved on', async () => {
    const team = await openTeam()
    const { github } = team
    const { number } = team.propose({ 'acme.yaml': NEO })
    await team.round()
    const asked = github.requests.length
    await team.round()
    await team.round()
    // Only the list of proposals is asked for again.
    expect(github.requests.slice(asked).every((each) => each.startsWith('GET '))).toBe(true)
    expect(github.comments(number)[0]?.edits).toBe(0)
    // Another change is merged first: fewer devices are left for this one.
    team.repository.write({
      'esim/paris.yaml': `apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: { name: paris }\nspec: { devices: ["id:simulator/d-1"] }\n`,
    })
    team.repository.push('Smaller Paris')
    await team.world.pass()
    await team.round()
    expect(github.comments(number)[0]?.edits).toBe(1)
    expect(team.comment(number)).toMatch(/^### 🔴 1 eSIM reset/)
  })

  it('is told later where the forge is away, and neither the fleet nor the loop is held up by it', async () => {
    const team = await openTeam()
    const { number } = team.propose({ 'acme.yaml': NEO })
    await team.github.reachable(false)
    await team.round()
    await team.round()
    await team.github.reachable(true)
    await team.github.clock.advance(MINUTE)
    await team.round()
    expect(team.comment(number)).toMatch(/^### 🔴 14 eSIM resets/)
  })

  it('that was merged is not called done by what was in force before, whatever the clock of the forge says', async () => {
    const team = await openTeam()
    const { github, world, repository } = team
    const { number } = team.propose({ 'acme.yaml': NEO })
    await team.round()
    const plan = team.comment(number)
    const merged = team.merge(number)
    // The forge's clock is behind, and what this service has read last is a commit from before the merge.
    const { pull } = github.fake.repository.issues[number - 1] ?? {}
    if (pull !== undefined) pull.mergedAt = github.clock.now() - HOUR
    repository.git(repository.clone, 'push', '-q', '-f', 'origin', `${merged}^1:main`)
    await world.pass()
    await team.round()
    expect(team.comment(number)).toBe(plan)
    expect(team.statuses(merged)).toEqual({})

    // Two merges between two looks: its own commit is never the newest one.
    repository.write({ 'README.md': 'Other words\n' })
    repository.push('Another change')
    await world.pass()
    await team.round()
    expect(team.comment(number)).toMatch(/^### 🟡 Rolling out: 0 of 14 devices proven/)
  })

  it('that git does not have says so, and keeps no other waiting', async () => {
    const team = await openTeam()
    const lost = team.github.openPull()
    const { number } = team.propose({ 'acme.yaml': NEO })
    await team.round()
    expect(team.comment(lost.number)).toMatch(/^### ⚪ No plan for now/)
    expect(team.statuses(lost.sha)).toMatchObject({ 'simplane/plan': expect.stringMatching(/^pending: /) })
    expect(team.comment(number)).toMatch(/^### 🔴 14 eSIM resets/)
  })

  it('of a person who names things to do harm comes out harmless, and masked', async () => {
    const team = await openTeam()
    const evil = 'x`| <img src=x onerror=alert(1)> @acme/all #1'
    const { number } = team.propose({
      'acme.yaml': NEO.replace('spec:', `  description: ${JSON.stringify(evil)}\nspec:`),
      'group.yaml': `apiVersion: simplane/v1\nkind: DeviceGroup\nmetadata: { name: other }\nspec: { selector: { mdmGroups: [${JSON.stringify(evil)}] } }\n`,
    })
    await team.round()
    const text = team.comment(number)
    const bare = text.replaceAll(/(`+)[^`]*\1/g, '')
    expect(bare).not.toMatch(/<img|@acme|onerror/)
    for (const { record } of await team.world.store.scan(0, 100)) {
      if (record.serialNumber !== undefined) expect(text).not.toContain(record.serialNumber)
      if (record.user !== undefined) expect(text).not.toContain(record.user)
    }
  })
})
