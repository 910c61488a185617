import { describe, expect, it } from 'vitest'
import { MINUTE } from '../../src/domain/time.ts'
import { LAPTOPS } from '../reconcile/world.ts'
import { openTeam } from './team.ts'

const NEO = LAPTOPS.replace('smdp.acme', 'smdp.neo')

describe('a pull request on a forge, with a real repository', () => {
  it('shows its plan, its mistakes on their lines, the plan again, then how it goes, and how it ended', async () => {
    const team = await openTeam()
    const { github, world } = team
    const { number, sha } = team.propose({ 'acme.yaml': NEO })
    await team.round()
    expect(team.comment(number)).toMatch(/^### 🔴 14 eSIM resets/)
    expect(team.comment(number)).toContain('`windows.serverName`')
    expect(team.comment(number)).toContain('`esim/acme.yaml:')
    expect(team.statuses(sha)).toMatchObject({
      'simplane/validate': 'success: 2 files valid',
      'simplane/plan': expect.stringMatching(/^success: 14 eSIM resets/),
    })
    // Planning is looking: no step of it is there.
    expect(await world.store.unsettled()).toMatchObject({ ready: 0, held: 0, underWay: 0 })

    const broken = team.propose({ 'acme.yaml': NEO.replace('serverName', 'serverNam') }, number)
    await team.round()
    expect(team.comment(number)).toMatch(/^### ❌ Not valid: \d errors?, no plan\n/)
    expect(team.comment(number)).toContain('Earlier plans (1)')
    expect(team.statuses(broken.sha)).toMatchObject({
      'simplane/validate': expect.stringMatching(/^failure: /),
      'simplane/plan': expect.stringMatching(/^failure: /),
    })
    const line = NEO.split('\n').findIndex((each) => each.includes('serverName')) + 1
    expect(github.annotations(broken.sha, 'simplane/validate')).toContainEqual(
      expect.objectContaining({ file: 'esim/acme.yaml', line, severity: 'error', title: 'invalid-document' }),
    )

    team.propose({ 'acme.yaml': NEO }, number)
    await team.round()
    expect(team.comment(number)).toMatch(/^### 🔴 14 eSIM resets/)

    const merged = team.merge(number)
    await github.clock.advance(MINUTE)
    await world.pass()
    await team.round()
    expect(team.comment(number)).toMatch(/^### 🟡 Rolling out: 0 of 14 devices proven/)
    expect(team.statuses(merged)).toMatchObject({ 'simplane/apply': expect.stringMatching(/^pending: /) })

    // The service is restarted amid it.
    await world.restart()
    team.restart()
    await world.live(2 * 60 * MINUTE)
    await github.clock.advance(MINUTE)
    await team.round()
    const { held, failed } = (await world.store.counts()).byVerdict
    const end = team.comment(number)
    expect(end).toMatch(/^### (✅ Done|❌ Ended): \d+ of 14 devices as merged|^### ✅ Done: all of 14/)
    expect(end).toContain('The plan that was merged')
    expect(end).toContain('`windows.serverName`')
    expect(held + failed).toBeLessThan(42)
    expect(team.statuses(merged)['simplane/apply']).not.toMatch(/^pending/)
    const { edits } = github.comments(number)[0] ?? {}
    await team.round()
    expect(github.comments(number)[0]?.edits).toBe(edits)
  })
})
