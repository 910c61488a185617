import { describe, expect, it } from 'vitest'
import type { Proposal } from '../../src/domain/forge.ts'
import { SimplaneError } from '../../src/domain/error.ts'
import { forgeFor, HOSTILE, type ForgeWorld, type OpenForgeWorld } from './forge-world.ts'

/** A proposal that changes, adds and deletes a file. */
export function proposalFor({ base }: Pick<ForgeWorld, 'base'>, rest: Partial<Proposal> = {}): Proposal {
  return {
    branch: 'simplane/adopt-acme-phones',
    base: base.ref,
    from: base.sha,
    title: HOSTILE.title,
    body: HOSTILE.body,
    files: [
      { path: 'configurations/acme-phones.yaml', content: `# ${HOSTILE.body}\nkind: ESimConfiguration\n` },
      { path: 'README.md', content: 'eSIM configurations, adopted\n' },
      { path: 'keep/this.yaml' },
    ],
    ...rest,
  }
}

/** The part of the suite about branches and pull requests that we make. */
export function forgeProposals(open: OpenForgeWorld): void {
  describe('a proposal', () => {
    it('becomes a branch and a pull request', async () => {
      const world = await forgeFor(open)
      const proposal = proposalFor(world)
      const made = await world.forge.propose(proposal)
      expect(made.url).toMatch(/^https?:\/\//)
      const { title, body, branch, base } = proposal
      expect(world.pulls()).toMatchObject([
        { number: made.number, author: world.us, title, body, branch, base, open: true },
      ])
      expect(world.branch(branch)?.files).toEqual({
        'README.md': 'eSIM configurations, adopted\n',
        'configurations/acme-phones.yaml': proposal.files[0]?.content,
      })
      expect(world.branch(base)?.sha).toBe(world.base.sha)
    })

    it('that is made twice is one, and its branch stays where it is', async () => {
      const world = await forgeFor(open)
      const proposal = proposalFor(world)
      const first = await world.forge.propose(proposal)
      const { sha } = world.branch(proposal.branch) ?? {}
      expect(await world.forge.propose(proposal)).toEqual(first)
      expect(world.branch(proposal.branch)?.sha).toBe(sha)
      await Promise.all([world.forge.propose(proposal), world.forge.propose(proposal)])
      expect(world.pulls()).toHaveLength(1)
    })

    it('that changes is brought up to date, with only what it says now', async () => {
      const world = await forgeFor(open)
      const first = await world.forge.propose(proposalFor(world))
      const files = [{ path: 'configurations/acme-laptops.yaml', content: 'kind: ESimConfiguration\n' }]
      const next = proposalFor(world, { files, title: 'Adopt laptops', body: 'Other words' })
      expect(await world.forge.propose(next)).toEqual(first)
      expect(world.pulls()).toMatchObject([{ title: 'Adopt laptops', body: 'Other words' }])
      expect(world.branch(next.branch)?.files).toEqual({
        ...world.branch(world.base.ref)?.files,
        'configurations/acme-laptops.yaml': 'kind: ESimConfiguration\n',
      })
    })

    it('follows its base when that moved on', async () => {
      const world = await forgeFor(open)
      const first = await world.forge.propose(proposalFor(world))
      const from = world.push(world.base.ref, { 'other.yaml': 'kind: Other\n' })
      expect(await world.forge.propose(proposalFor(world, { from }))).toEqual(first)
      expect(world.branch(proposalFor(world).branch)?.files).toHaveProperty(['other.yaml'])
    })

    it('whose pull request was closed gets another one', async () => {
      const world = await forgeFor(open)
      const { number } = await world.forge.propose(proposalFor(world))
      world.closePull(number)
      const again = await world.forge.propose(proposalFor(world))
      expect(again.number).not.toBe(number)
      expect(world.pulls()).toMatchObject([{ open: false }, { open: true }])
    })

    it.each(['before', 'on top of ours'])(
      'never overwrites what somebody else committed to its branch (%s)',
      async (when) => {
        const world = await forgeFor(open)
        const proposal = proposalFor(world)
        if (when !== 'before') await world.forge.propose(proposal)
        const sha = world.push(proposal.branch, { 'theirs.yaml': 'kind: Theirs\n' })
        const refusal = world.forge.propose({ ...proposal, title: 'Another' })
        await expect(refusal).rejects.toBeInstanceOf(SimplaneError)
        await expect(refusal).rejects.toThrow(proposal.branch)
        expect(world.branch(proposal.branch)?.sha).toBe(sha)
        expect(world.pulls().map(({ title }) => title)).not.toContain('Another')
      },
    )
  })
}
